"""What people and events tell runs, as rows."""

from collections.abc import Mapping

import pytest
from attrs import evolve

from application import orders
from application.ports.interactions import Dispatch
from domain.enrollment.migrate import END
from domain.enrollment.move import Move
from tests.fakes.clock import NOW


def test_an_order_is_a_row_that_is_still_to_be_told() -> None:
    """The same name is the same row, whoever wants it and whenever; another name, kind or run is another."""
    row = orders.order(orders.GOAL, "e-1", "purchased", NOW, "order-17")

    assert (row.kind, row.enrollment_id, row.detail, row.at) == ("goal", "e-1", "purchased", NOW)
    assert row.dispatch is Dispatch.PENDING
    assert row.key == orders.order(orders.GOAL, "e-1", "", NOW, "order-17").key
    assert (
        len(
            {
                row.key,
                orders.order(orders.GOAL, "e-1", "", NOW, "order-18").key,
                orders.order(orders.CANCEL, "e-1", "", NOW, "order-17").key,
                orders.order(orders.GOAL, "e-2", "", NOW, "order-17").key,
            }
        )
        == 4
    )


@pytest.mark.parametrize(
    ("moves", "text"),
    [
        ({}, "to version 2: "),
        ({"text": "text"}, "to version 2: text -> text"),
        (
            {"text": "first-text", "call": END, "mail_2": "mail"},
            "to version 2: call -> :end, mail_2 -> mail, text -> first-text",
        ),
    ],
)
def test_a_migration_is_told_in_words_that_can_be_read_back(moves: Mapping[str, str], text: str) -> None:
    """The row shows people what was wanted and the relay what to tell; the order does not matter."""
    assert orders.moves_text(2, moves) == text
    assert orders.read_moves(text) == (2, moves)


@pytest.mark.parametrize("event", [None, "upgraded"])
def test_a_move_is_told_in_words_that_can_be_read_back(event: str | None) -> None:
    """Its name follows from the row's key, and says nothing of what a caller calls an event."""
    row = orders.order(orders.MOVE, "e-1", orders.move_text("step-2", event), NOW, "event:ada@example.com")
    told = orders.read_move(row)

    assert told == orders.read_move(row) == Move("step-2", told.order, event)
    assert "ada" not in told.order
    assert told.order != orders.read_move(evolve(row, key="another")).order


@pytest.mark.parametrize("text", ["", "purchased", "to version two: a -> b", "version 2: a -> b"])
def test_what_is_no_migration_is_refused(text: str) -> None:
    """A row that was written by hand cannot lead a run anywhere."""
    with pytest.raises(ValueError, match="not a migration"):
        orders.read_moves(text)
