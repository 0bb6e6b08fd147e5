"""Goals: events that win an enrollment, of the caller's own or told by a provider."""

from collections.abc import Callable, Collection, Mapping

from domain.language import words
from domain.language.sections import Section, text
from domain.limits import KEY, MAX_GOALS
from domain.statuses import POSSIBLE, Channel, DeliveryStatus, result_of
from domain.wording import nearest, shown


def read_goals(
    top: Section, channels: Collection[Channel]
) -> tuple[frozenset[str], frozenset[DeliveryStatus]]:
    """Read ``goals``.

    Args:
        top: the campaign.
        channels: those that it uses, or may be meant to use.

    Returns:
        The names of events, and what a provider may tell.
    """
    events = top.each("goals", _event)
    items = top.values.get("goals", ())
    goals = [
        Section.open(item, (*top.path, "goals", index), words.GOAL, top.problems)
        for index, item in enumerate(items if isinstance(items, (list, tuple)) else ())
        if isinstance(item, Mapping)
    ]
    if len(events) > MAX_GOALS:
        top.wrong("goals", f"there are {len(events)} goals, and a campaign has at most {MAX_GOALS}")
    read = _status(channels)
    statuses = [goal.take("status", read, None, missing="name one, such as clicked") for goal in goals]
    return (
        frozenset(event for event in events if event is not None),
        frozenset(status for status in statuses if status is not None),
    )


def _event(value: object) -> str | None:
    """The name of an event; None for a mapping, which is read elsewhere."""
    if isinstance(value, Mapping):
        return None
    name = text(value)
    if name in words.STATUSES:
        raise ValueError(
            f"{name!r} is what a provider tells: write {{status: {name}}}, or name your own event otherwise"
        )
    if not KEY.fullmatch(name):
        raise ValueError(
            f"{shown(name)} is not an event's name: use a-z, 0-9, - and _, beginning with a letter"
        )
    return name


def _status(channels: Collection[Channel]) -> Callable[[object], DeliveryStatus]:
    possible = {result for channel in channels for result in POSSIBLE[channel]}
    known = [word for word in words.STATUSES if result_of(DeliveryStatus(word)) in possible]

    def read(value: object) -> DeliveryStatus:
        if isinstance(value, str) and value in known:
            return DeliveryStatus(value)
        reason = "never comes of its steps" if value in words.STATUSES else "is not a goal"
        raise ValueError(f"{shown(value)} {reason}; {nearest(value, known)}")

    return read
