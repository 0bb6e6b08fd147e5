"""The values of a campaign in words, for drawings and for what has changed between versions."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TypeVar

from domain.conditions import Splitter
from domain.statuses import Channel, Result
from domain.steps import Fallback, Route, RouteKind
from domain.times import durations
from domain.times.delays import Delay, delay_text
from domain.times.windows import SendWindow

_T = TypeVar("_T")

_MOST = 200

CHANNELS: Mapping[Channel, str] = {Channel.SMS: "SMS", Channel.EMAIL: "e-mail", Channel.VOICE: "call"}

_DESTINATIONS: Mapping[RouteKind, str] = {
    RouteKind.WAIT: "waiting on",
    RouteKind.NEXT: "the next step",
    RouteKind.COMPLETE: "the end as completed",
    RouteKind.ESCALATE: "a person",
    RouteKind.EXIT: "the exit",
    RouteKind.HOLD_OUT: "the control group",
}


def spaced(word: str) -> str:
    """A word of the language as people write it: ``no_answer`` is ``no answer``."""
    return word.replace("_", " ")


def clipped(text: str) -> str:
    """A text short enough for a drawing: a condition may list a thousand values."""
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}\N{HORIZONTAL ELLIPSIS}"


def listed(words: Iterable[str]) -> str:
    """Words in a row; ``nothing`` where there are none."""
    return ", ".join(map(spaced, words)) or "nothing"


def number(value: float) -> str:
    """A number without a fraction that says nothing, exactly."""
    return repr(value).removesuffix(".0")


def channels(chosen: Iterable[Channel]) -> str:
    """Some channels, always in the same order."""
    some = set(chosen)
    return ", ".join(words for channel, words in CHANNELS.items() if channel in some) or "nothing"


def results(chosen: Iterable[Result]) -> str:
    """Some results, always in the same order."""
    some = set(chosen)
    return listed(result.value for result in Result if result in some)


def destination(route: Route) -> str:
    """Where a route leads: ``step call``, ``the end as completed``."""
    return f"step {route.step}" if route.kind is RouteKind.STEP else _DESTINATIONS[route.kind]


def beginning(delay: Delay) -> str:
    """When a step begins: ``after 2 hours``, ``at tue 10:00``, ``at appointment_at - 2 days``."""
    if isinstance(delay, timedelta):
        return f"after {durations.words(delay)}" if delay else "at once"
    return f"at {delay_text(delay)}"


def fallback_test(fallback: Fallback) -> str:
    """What a fallback waits for: ``not delivered within 10 minutes``."""
    return f"not {spaced(fallback.status.value)} within {durations.words(fallback.within)}"


def hours(window: SendWindow) -> str:
    """A window's hours and the holidays that it keeps free."""
    holidays = f", not on holidays of {', '.join(window.holidays)}" if window.holidays else ""
    return f"{window}{holidays}"


def window_words(window: SendWindow | None) -> str:
    """A window with all that it says; ``none`` where there is none."""
    return "none" if window is None else f"{hours(window)}, spread over {durations.words(window.spread)}"


def shares(splitter: Splitter) -> tuple[str, ...]:
    """Who takes each branch of a split: ``45%``, ``language is de``, ``otherwise``."""
    if not splitter.weights:
        return (*map(str, splitter.conditions), "otherwise")
    total = sum(splitter.weights)
    return tuple(f"{100 * weight / total:.4g}%" for weight in splitter.weights)


def instead(label: str, old: _T, new: _T, words: Callable[[_T], str] = str) -> Iterator[str]:
    """A sentence where two values differ: ``waits 5 days instead of 3 days``.

    Args:
        label: what comes before the value.
        old: the value as it was.
        new: the value as it is.
        words: says either.
    """
    if old != new:
        yield f"{label} {words(new)} instead of {words(old)}"


def come_and_gone(label: str, old: Iterable[str], new: Iterable[str]) -> Iterator[str]:
    """A sentence for each name that is new, then for each that is gone."""
    before, after = set(old), set(new)
    yield from (f"{label} {name} is new" for name in sorted(after - before))
    yield from (f"{label} {name} is gone" for name in sorted(before - after))
