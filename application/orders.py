"""What people and events tell runs, as rows of the timeline that are passed on: the database is asked first.

Whoever wants something of many runs stores it; telling them is the work of `application.dispatch_events`,
and of the relay where that fails. Each kind has its own way to the run.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from application.ports.interactions import Dispatch, Interaction
from domain.enrollment.move import Move
from domain.idempotency import order_key, order_name

OPT_OUT = "opt_out"
"""Tells an enrollment of an opt-out given elsewhere."""

HANDOFF_RESOLVED = "handoff_resolved"
"""Tells an enrollment that a human has closed its case."""

GOAL = "goal"
"""Tells an enrollment of an event; its name is the detail."""

MIGRATE = "migrate"
"""Tells an enrollment to go over to another version; `moves_text` is the detail."""

MOVE = "move"
"""Tells an enrollment to go to a step; `move_text` is the detail."""

PAUSE, RESUME = "pause", "resume"
"""Tell an enrollment to stand still, and to go on; what becomes of what fell due meanwhile is the detail."""

CANCEL = "cancel"
"""Tells an enrollment to end."""

_MOVE = re.compile(r"([^ ,]+) -> ([^ ,]+)")
_VERSION = re.compile(r"to version ([0-9]+)")


def order(kind: str, enrollment_id: str, detail: str, at: datetime, name: str) -> Interaction:
    """A row that tells a run something.

    Args:
        kind: which of the above.
        enrollment_id: whose run.
        detail: what in particular.
        at: when it was wanted.
        name: what makes it one however often it is wanted: the same name is the same order.
    """
    return Interaction(
        key=order_key(enrollment_id, kind, name),
        kind=kind,
        at=at,
        enrollment_id=enrollment_id,
        detail=detail,
        dispatch=Dispatch.PENDING,
    )


def move_text(step: str, event: str | None = None) -> str:
    """A move in words: the step's key, after the event that leads there, e.g. ``upgraded -> onboarding``."""
    return step if event is None else f"{event} -> {step}"


def read_move(row: Interaction) -> Move:
    """The order that a row of the kind `MOVE` holds; its name is derived from the row's key."""
    event, _, step = row.detail.rpartition(" -> ")
    return Move(step, order_name(row.key), event or None)


def moves_text(version: int, moves: Mapping[str, str]) -> str:
    """A migration in words, e.g. ``to version 2: text -> text, call -> :end``."""
    return f"to version {version}: " + ", ".join(f"{old} -> {new}" for old, new in sorted(moves.items()))


def read_moves(text: str) -> tuple[int, dict[str, str]]:
    """What `moves_text` has written.

    Raises:
        ValueError: it has not.
    """
    version, _, moves = text.partition(": ")
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ValueError("this is not a migration")
    return int(match[1]), dict(_MOVE.findall(moves))
