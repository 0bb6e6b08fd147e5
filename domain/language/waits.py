"""The wait of a step: how long, and what for."""

from collections.abc import Mapping
from datetime import timedelta

from domain.language import words
from domain.language.sections import Section, duration, word
from domain.limits import MAX_DURATION
from domain.statuses import POSSIBLE, Channel, Result
from domain.steps import NEXT, WAIT, Route, Step, default_route

# Where it could not be read, nothing may be said to be longer.
_LONGEST = MAX_DURATION


def read_wait(step: Section) -> tuple[timedelta, frozenset[Result] | None]:
    """Read ``wait``: a duration, or a mapping that says what the wait is for, too.

    Returns:
        How long, and what for; None where it does not say.
    """
    if not isinstance(step.values.get("wait"), Mapping):
        return step.take("wait", duration, _LONGEST, missing="say how long to wait, such as 3d"), None
    wait = step.section("wait", words.WAIT)
    awaited = wait.one_or_each("for", _status, missing="say what for, such as delivered; or write wait: 3d")
    longest = wait.take("up_to", duration, _LONGEST, missing="say how long at most, such as 3d")
    return longest, frozenset(awaited)


def _status(value: object) -> Result:
    return Result(word(words.STATUSES)(value))


def pressed_routes(own: Mapping[Result, Route]) -> Mapping[Result, Route]:
    """The routes of a call on which keys lead somewhere: picking up decides nothing, unless it says so.

    Nor does hanging up: every call is completed at last, also one on which a key has led elsewhere before.
    """
    if Result.ANSWERED in own:  # a call that is completed was answered, so it leads where that does
        return own
    return {Result.ANSWERED: WAIT, Result.DELIVERED: WAIT, **own}


def awaited_routes(
    own: Mapping[Result, Route], awaited: frozenset[Result], channel: Channel
) -> Mapping[Result, Route]:
    """All routes of a step that says what it waits for.

    What it waits for moves on, by default at least to the next step; failures do what they do by default; all
    else is noted only.

    Args:
        own: the routes that the step itself gives.
        awaited: what it waits for.
        channel: how it reaches the person.
    """
    usual = Step("", channel, timedelta(0), routes=own)
    routes = dict(own)
    for result in sorted(POSSIBLE[channel] - set(own)):
        if result in awaited:
            route = usual.route(result)
            routes[result] = NEXT if route == WAIT else route
        elif default_route(result) != NEXT:
            routes[result] = WAIT
    completed = channel is Channel.VOICE and Result.DELIVERED not in {*own, *awaited}
    if completed and routes[Result.ANSWERED] != WAIT:
        del routes[Result.DELIVERED]  # a completed call was answered, so it leads where that does
    return routes
