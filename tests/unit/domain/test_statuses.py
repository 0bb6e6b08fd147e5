"""Delivery statuses form a chain, and each stands for a result, for progress or for an end."""

from itertools import product

import pytest

from domain.statuses import (
    ENDING,
    POSSIBLE,
    PROGRESS,
    SUPPRESSING,
    Channel,
    DeliveryStatus,
    Result,
    join,
    result_of,
)

D = DeliveryStatus


def test_ranks_are_unique() -> None:
    """No two statuses tie, and ranks count from 1 in the order of definition."""
    assert [status.rank for status in DeliveryStatus] == list(range(1, len(DeliveryStatus) + 1))


def test_join_is_commutative() -> None:
    """Which of two statuses is told first does not matter."""
    assert all(join(a, b) is join(b, a) for a, b in product(DeliveryStatus, repeat=2))


def test_join_is_associative() -> None:
    """How three statuses are taken together does not matter, also where nothing was known before."""
    triples = list(product((None, *DeliveryStatus), DeliveryStatus, DeliveryStatus))

    assert all(join(join(a, b), c) is join(a, join(b, c)) for a, b, c in triples)


def test_join_is_idempotent() -> None:
    """A status that is told again is the same status."""
    assert all(join(status, status) is status for status in DeliveryStatus)


def test_join_begins_with_nothing() -> None:
    """The first status is taken as it is."""
    assert all(join(None, status) is status for status in DeliveryStatus)


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (D.FAILED, D.DELIVERED),
        (D.DELIVERED, D.BOUNCED),
        (D.DELIVERED, D.ANSWERED),
        (D.ANSWERED, D.VOICEMAIL),
        (D.NO_ANSWER, D.ANSWERED),
        (D.BOUNCED, D.REPLIED),
        (D.REPLIED, D.OPTED_OUT),
        (D.OPTED_OUT, D.COMPLAINED),
    ],
)
def test_what_outranks_what(low: DeliveryStatus, high: DeliveryStatus) -> None:
    """The chain is in the order that the module's sentences give."""
    assert low.rank < high.rank
    assert join(high, low) is high


def test_every_status_is_told_apart() -> None:
    """A status is progress, or an end, or stands for the result of the same name."""
    for status in DeliveryStatus:
        result = result_of(status)

        assert (result is None) == (status in PROGRESS | ENDING)
        assert result is None or result.value == status.value


def test_every_result_is_possible_somewhere() -> None:
    """Each channel has its results, and no result is without a channel."""
    assert set(POSSIBLE) == set(Channel)
    assert frozenset().union(*POSSIBLE.values()) == set(Result)


def test_what_ends_also_suppresses() -> None:
    """Whoever wants out is not contacted again, nor is an address that bounces."""
    assert {D.OPTED_OUT, D.COMPLAINED, D.BOUNCED} == SUPPRESSING
    assert ENDING < SUPPRESSING
