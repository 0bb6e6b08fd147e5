"""What the lines of a timeline are called when a person reads them."""

from collections.abc import Callable, Mapping

from attrs import frozen

from application import orders
from application.show_timeline import ATTEMPT, ENROLLED, TimelineEntry
from domain.attempts import AttemptState
from domain.enrollment.commands import InteractionKind
from domain.language.in_words import CHANNELS, destination, spaced
from domain.statuses import Channel, DeliveryStatus
from domain.steps import Route

GOOD, BAD, HELD, QUIET = "green", "red", "yellow", "dim"


@frozen
class Line:
    """One line in words.

    Args:
        what: what happened.
        where: at which step and attempt; empty where at none.
        detail: more; may be empty.
        style: how it looks on a terminal.
    """

    what: str
    where: str
    detail: str
    style: str = ""


def line_of(entry: TimelineEntry) -> Line:
    """A line of a timeline in words."""
    what, detail, style = _told(entry)
    where = "" if entry.step is None else entry.step
    if entry.attempt is not None and entry.attempt > 1:
        where = f"{where} #{entry.attempt}"
    late = "after the end" if entry.late else ""
    return Line(what, where, ", ".join(part for part in (detail, late) if part), style)


def _told(entry: TimelineEntry) -> tuple[str, str, str]:
    if entry.kind == ATTEMPT:
        return _attempt(entry)
    usual = spaced(entry.kind), _as_it_is, _STYLES.get(entry.kind, "")
    what, words, style = _KINDS.get(entry.kind, usual)
    source = f"says {entry.provider}" if entry.provider else ""
    return what, ", ".join(part for part in (words(entry.detail), source) if part), style


def _attempt(entry: TimelineEntry) -> tuple[str, str, str]:
    channel = "message" if entry.channel is None else CHANNELS[entry.channel]
    by = f"by {entry.provider}" if entry.provider else ""
    detail = ", ".join(part for part in (by, entry.detail) if part)
    match entry.status:
        case AttemptState.ACCEPTED:
            sent = "placed" if entry.channel is Channel.VOICE else "sent"
            return f"{channel} {sent}", detail, "bold"
        case AttemptState.UNKNOWN:
            return f"{channel} in doubt", detail or "nobody can say whether it was sent", HELD
        case AttemptState.RELEASED:
            return f"{channel} not taken", detail, HELD
        case AttemptState.REJECTED:
            return f"{channel} {'refused' if entry.provider else 'kept back'}", detail, BAD
        case _:
            return f"{channel} under way", detail, HELD


def _as_it_is(detail: str) -> str:
    return detail


def _after(detail: str) -> str:
    return f"after {spaced(detail)}" if detail else ""


def _way(detail: str) -> str:
    """``unanswered -> mail`` as people say it."""
    why, _, to = detail.rpartition(" -> ")
    return f"to {to}" if not why else f"to {to}: {spaced(why)}"


def _branch(detail: str) -> str:
    try:
        return f"to {destination(Route.parse(detail))}"
    except ValueError:
        return detail


def _end(detail: str) -> str:
    """``completed: replied`` as people say it."""
    outcome, _, why = detail.partition(": ")
    return f"{spaced(outcome)}, {spaced(why)}" if why else spaced(outcome)


_KINDS: Mapping[str, tuple[str, Callable[[str], str], str]] = {
    ENROLLED: ("enrolled", lambda detail: f"in {detail}", "bold"),
    InteractionKind.TIMED_OUT: ("waited in vain", spaced, HELD),
    InteractionKind.BACKED_OFF: ("tries again later", _after, HELD),
    InteractionKind.DEFERRED: ("put off", _as_it_is, HELD),
    InteractionKind.REFUSED: ("kept back", _as_it_is, BAD),
    InteractionKind.PASSED_OVER: ("passed over", _as_it_is, HELD),
    InteractionKind.SKIPPED: ("left out", _as_it_is, QUIET),
    InteractionKind.BRANCHED: ("split", _branch, QUIET),
    InteractionKind.MOVED_ON: ("goes on", _way, QUIET),
    InteractionKind.MOVED: ("moved", _way, ""),
    InteractionKind.MIGRATED: ("changes version", _as_it_is, ""),
    InteractionKind.ESCALATED: ("handed to a person", _after, "bold"),
    InteractionKind.PAUSED: ("stands still", _as_it_is, HELD),
    InteractionKind.RESUMED: ("goes on", spaced, ""),
    InteractionKind.FINISHED: ("finished", _end, "bold"),
    orders.OPT_OUT: ("opted out elsewhere", spaced, BAD),
    orders.HANDOFF_RESOLVED: ("closed by a person", _as_it_is, GOOD),
    orders.GOAL: ("event", _as_it_is, GOOD),
    orders.MIGRATE: ("change of version asked for", _as_it_is, ""),
    orders.MOVE: ("move asked for", _as_it_is, ""),
    orders.PAUSE: ("pause asked for", _as_it_is, HELD),
    orders.RESUME: ("end of the pause asked for", spaced, ""),
    orders.CANCEL: ("end asked for", _as_it_is, ""),
}

_STYLES: Mapping[str, str] = {
    **dict.fromkeys((DeliveryStatus.QUEUED, DeliveryStatus.SENT), QUIET),
    **dict.fromkeys((DeliveryStatus.FAILED, DeliveryStatus.BOUNCED), BAD),
    **dict.fromkeys((DeliveryStatus.BUSY, DeliveryStatus.NO_ANSWER, DeliveryStatus.VOICEMAIL), HELD),
    **dict.fromkeys((DeliveryStatus.OPTED_OUT, DeliveryStatus.COMPLAINED), BAD),
    **dict.fromkeys((DeliveryStatus.ANSWERED, DeliveryStatus.CLICKED, DeliveryStatus.REPLIED), GOOD),
}
