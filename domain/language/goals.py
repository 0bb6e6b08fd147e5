"""Goals: events that win an enrollment, of the caller's own or told by a provider, or lead it to a step."""

from collections.abc import Callable, Collection, Mapping, Sequence

from attrs import frozen

from domain.language import words
from domain.language.routes import Routes
from domain.language.sections import Section, text
from domain.limits import KEY, MAX_GOALS
from domain.statuses import POSSIBLE, Channel, DeliveryStatus, result_of
from domain.wording import nearest, shown

_NOT_OF_A_STATUS = {
    "event": "an event of your own and what a provider reports are two goals: write them apart",
    "then": "is for events of your own; what a provider reports leads where on of its step says",
}


@frozen
class Goals:
    """What wins an enrollment wherever it stands, and what leads it elsewhere.

    Args:
        events: names of events that win it.
        statuses: what a provider may tell that wins it, too.
        routes: name of an event to the key of the step that it leads to.
        unclear: a step that an event leads to could not be read, and may be any.
    """

    events: frozenset[str]
    statuses: frozenset[DeliveryStatus]
    routes: Mapping[str, str]
    unclear: bool = False


def read_goals(top: Section, channels: Collection[Channel], routes: Routes) -> Goals:
    """Read ``goals``.

    Args:
        top: the campaign.
        channels: those that it uses, or may be meant to use.
        routes: its steps.
    """
    named = top.each("goals", _event)
    if len(named) > MAX_GOALS:
        top.wrong("goals", f"there are {len(named)} goals, and a campaign has at most {MAX_GOALS}")
    events = frozenset(event for event in named if event is not None)
    items = [(index, item) for index, item in enumerate(_items(top)) if isinstance(item, Mapping)]
    told = [(index, item) for index, item in items if not _is_routed(item)]
    led = _led([_open(top, *each, words.EVENT, {}) for each in items if each not in told], events, routes)
    statuses = [
        _open(top, *each, words.GOAL, _NOT_OF_A_STATUS).take(
            "status", _status(channels), None, missing="name one, such as clicked"
        )
        for each in told
    ]
    return Goals(
        events,
        frozenset(status for status in statuses if status is not None),
        {event: step for event, step in led if event is not None and step is not None},
        unclear=any(step is None for _, step in led),
    )


def _items(top: Section) -> Sequence[object]:
    items = top.values.get("goals", ())
    return items if isinstance(items, (list, tuple)) else ()


def _is_routed(item: Mapping[object, object]) -> bool:
    """Whether a mapping is meant for an event that leads to a step."""
    return "status" not in item and any(word in item for word in words.EVENT)


def _open(
    top: Section, index: int, item: object, known: Collection[str], misplaced: Mapping[str, str]
) -> Section:
    return Section.open(item, (*top.path, "goals", index), known, top.problems, misplaced)


def _led(
    sections: Sequence[Section], wins: Collection[str], routes: Routes
) -> list[tuple[str | None, str | None]]:
    """The events that lead to steps, with the keys of those; None for what could not be read."""
    led: list[tuple[str | None, str | None]] = []
    for section in sections:
        event = section.take("event", _name, None, missing="name the event that leads to the step")
        step = section.take(
            "then", routes.step, None, missing="name the step; an event that wins is its name alone"
        )
        if event in wins:
            section.wrong("event", f"{event!r} wins already: an event either wins or leads to a step")
        elif event is not None and event in dict(led):
            section.wrong("event", f"{event!r} leads to a step already")
        led.append((event, step))
    return led


def _event(value: object) -> str | None:
    """The name of an event; None for a mapping, which is read elsewhere."""
    return None if isinstance(value, Mapping) else _name(value)


def _name(value: object) -> str:
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
