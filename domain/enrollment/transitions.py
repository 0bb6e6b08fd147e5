"""Which facts a status takes notice of, and where it may lead: tables, checked for totality by the tests."""

from collections.abc import Mapping

from domain.enrollment import events as facts
from domain.enrollment.state import Status

_ALWAYS: frozenset[type[facts.Event]] = frozenset(
    {facts.ProviderEvent, facts.Paused, facts.Resumed, facts.Cancelled, facts.OptedOut, facts.GoalReached}
)

ACCEPTS: Mapping[Status, frozenset[type[facts.Event]]] = {
    Status.NEW: frozenset({facts.Started}),
    Status.PREPARING: _ALWAYS | {facts.StepPrepared, facts.StepSkipped},
    Status.SCHEDULED: _ALWAYS | {facts.WaitElapsed},
    Status.SENDING: _ALWAYS
    | {facts.MessageAccepted, facts.MessageRejected, facts.SendFailed, facts.SendUnknown, facts.SendRefused},
    Status.WAITING: _ALWAYS | {facts.WaitElapsed},
    Status.CHECKING: _ALWAYS | {facts.WaitChecked},
    Status.HANDING_OFF: _ALWAYS | {facts.HandoffCreated, facts.HandoffResolved},
    Status.HANDED_OFF: _ALWAYS | {facts.HandoffResolved, facts.WaitElapsed},
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
