"""Two ledgers that agree, and each way in which they may not."""

from collections.abc import Mapping

import pytest

from domain.attempts import AttemptState
from domain.reconciliation import Reconciliation, reconcile

ACCEPTED, UNKNOWN = AttemptState.ACCEPTED, AttemptState.UNKNOWN


@pytest.mark.parametrize(
    ("taken", "attempts", "found"),
    [
        ([], {}, Reconciliation(0, 0, 0, 0, (), (), ())),
        (["a", "b"], {ACCEPTED: ["b", "a"]}, Reconciliation(2, 2, 0, 0, (), (), ())),
        (["a"], {UNKNOWN: ["a", "b"]}, Reconciliation(1, 0, 1, 1, (), (), ())),
        (["b", "a"], {}, Reconciliation(2, 0, 0, 0, ("a", "b"), (), ())),
        ([], {ACCEPTED: ["b", "a"]}, Reconciliation(0, 2, 0, 0, (), ("a", "b"), ())),
        (["a", "a", "b"], {ACCEPTED: ["a", "b"]}, Reconciliation(3, 2, 0, 0, (), (), ("a",))),
        *(
            (["a"], {state: ["a"]}, Reconciliation(1, 0, 0, 0, ("a",), (), ()))
            for state in (AttemptState.CLAIMED, AttemptState.RELEASED, AttemptState.REJECTED)
        ),
    ],
)
def test_reconcile(
    taken: list[str], attempts: Mapping[AttemptState, list[str]], found: Reconciliation
) -> None:
    """Sends and attempts are held against each other by their keys."""
    assert reconcile(taken, attempts) == found


@pytest.mark.parametrize(
    ("found", "clean"),
    [
        (Reconciliation(2, 1, 1, 1, (), (), ()), True),
        (Reconciliation(1, 1, 0, 0, ("a",), (), ()), False),
        (Reconciliation(1, 1, 0, 0, (), ("a",), ()), False),
        (Reconciliation(1, 1, 0, 0, (), (), ("a",)), False),
    ],
)
def test_clean(found: Reconciliation, *, clean: bool) -> None:
    """Any key that does not match spoils it; an attempt in doubt does not."""
    assert found.clean is clean
