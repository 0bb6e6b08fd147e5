"""Our own way to change a value does what `attrs.evolve` does."""

from datetime import UTC, datetime

import attrs
import pytest
from attrs.exceptions import FrozenInstanceError

from domain.enrollment.state import EnrollmentState, Status
from domain.values import evolve

STATE = EnrollmentState("one", Status.WAITING, 2, 1, due=datetime(2030, 3, 4, tzinfo=UTC), deferrals=3)


def test_some_fields_are_others_and_all_else_is_the_same() -> None:
    """A new value; the old one stays."""
    changed = evolve(STATE, status=Status.CHECKING, owed=STATE.due)

    assert changed == attrs.evolve(STATE, status=Status.CHECKING, owed=STATE.due)
    assert hash(changed) == hash(attrs.evolve(STATE, status=Status.CHECKING, owed=STATE.due))
    assert repr(changed) == repr(attrs.evolve(STATE, status=Status.CHECKING, owed=STATE.due))
    assert (STATE.status, STATE.owed) == (Status.WAITING, None)


def test_a_changed_value_is_as_frozen_as_any() -> None:
    """Nothing can be set on it, either."""
    with pytest.raises(FrozenInstanceError):
        evolve(STATE, step=3).step = 4  # type: ignore[misc]
