"""Which facts a status takes notice of, and where it may lead: tables, checked for totality by the tests."""

from collections.abc import Mapping

from domain.enrollment.events import (
    Cancelled,
    Event,
    GoalReached,
    HandoffCreated,
    HandoffResolved,
    MessageAccepted,
    MessageRejected,
    OptedOut,
    Paused,
    ProviderEvent,
    Resumed,
    SendFailed,
    SendRefused,
    SendUnknown,
    Started,
    StepPrepared,
    StepSkipped,
    WaitChecked,
    WaitElapsed,
)
from domain.enrollment.state import Status

_ALWAYS: frozenset[type[Event]] = frozenset(
    {ProviderEvent, Paused, Resumed, Cancelled, OptedOut, GoalReached}
)

ACCEPTS: Mapping[Status, frozenset[type[Event]]] = {
    Status.NEW: frozenset({Started}),
    Status.PREPARING: _ALWAYS | {StepPrepared, StepSkipped},
    Status.SCHEDULED: _ALWAYS | {WaitElapsed},
    Status.SENDING: _ALWAYS | {MessageAccepted, MessageRejected, SendFailed, SendUnknown, SendRefused},
    Status.WAITING: _ALWAYS | {WaitElapsed},
    Status.CHECKING: _ALWAYS | {WaitChecked},
    Status.HANDING_OFF: _ALWAYS | {HandoffCreated, HandoffResolved},
    Status.HANDED_OFF: _ALWAYS | {HandoffResolved, WaitElapsed},
    Status.FINISHED: frozenset(),
}
"""Which facts a status takes notice of. Any other fact changes nothing."""

_ENTERED = frozenset(
    {Status.PREPARING, Status.SCHEDULED, Status.SENDING, Status.HANDING_OFF, Status.FINISHED}
)
"""Where any step may lead."""

LEADS_TO: Mapping[Status, frozenset[Status]] = {
    Status.NEW: frozenset({Status.NEW, Status.PREPARING, Status.SCHEDULED, Status.SENDING}),
    Status.PREPARING: _ENTERED,
    Status.SCHEDULED: _ENTERED | {Status.WAITING},
    Status.SENDING: _ENTERED | {Status.WAITING},
    Status.WAITING: _ENTERED | {Status.WAITING, Status.CHECKING},
    Status.CHECKING: _ENTERED | {Status.WAITING, Status.CHECKING},
    Status.HANDING_OFF: frozenset({Status.HANDING_OFF, Status.HANDED_OFF, Status.FINISHED}),
    Status.HANDED_OFF: frozenset({Status.HANDED_OFF, Status.FINISHED}),
    Status.FINISHED: frozenset({Status.FINISHED}),
}
"""Where a status may lead with one fact, itself included."""
