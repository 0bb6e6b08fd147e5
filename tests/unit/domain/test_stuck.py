"""How long something may go on before a person is told."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.stuck import USUAL, StuckKind, StuckLimits

NOW = datetime(2030, 1, 15, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", StuckKind)
def test_everything_has_a_usual_limit(kind: StuckKind) -> None:
    """Where the settings say nothing, that one counts."""
    assert StuckLimits().since(kind, NOW) == NOW - USUAL[kind]


def test_a_limit_of_its_own_counts_for_its_kind_alone() -> None:
    """A deployment may be more patient with one thing than with another."""
    limits = StuckLimits({StuckKind.HANDOFF_UNCLAIMED: timedelta(hours=1)})

    assert limits.since(StuckKind.HANDOFF_UNCLAIMED, NOW) == NOW - timedelta(hours=1)
    assert limits.since(StuckKind.SEND_IN_DOUBT, NOW) == NOW - USUAL[StuckKind.SEND_IN_DOUBT]
