"""The delay before a step: a duration, a local time, or a time that an attribute tells."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from domain.attributes import AttributeType
from domain.language import words
from domain.language.attributes import Declared
from domain.language.sections import Section, choice, unfit
from domain.steps import Late
from domain.times.delays import Delay, FromAttribute, parse_delay
from domain.wording import shown

_NONE: Delay = timedelta(0)
_SUCH = "'tue 10:00' or 'appointment_at - 2d'"


def read_delay(step: Section, declared: Declared) -> tuple[Delay, Late]:
    """Read ``delay``.

    Args:
        step: the step.
        declared: the attributes that may tell a time.

    Returns:
        The delay, and what to do where its time was over.
    """
    read = _reader(declared)
    if not isinstance(step.values.get("delay"), Mapping):
        return step.take("delay", read, _NONE), Late.SKIP
    section = step.section("delay", words.DELAY)
    until = section.take("until", _until(read), _NONE, missing=f"say until when, such as {_SUCH}")
    return until, section.take("if_late", choice(Late), Late.SKIP)


def _reader(declared: Declared) -> Callable[[object], Delay]:
    def read(value: object) -> Delay:
        if not isinstance(value, str):
            raise unfit(f"a duration such as 2h, or a time such as {_SUCH}", value)
        delay = parse_delay(value)
        if isinstance(delay, FromAttribute):
            kind = declared.type_of(delay.attribute)
            if kind is not None and kind is not AttributeType.TIME:
                raise ValueError(f"{delay.attribute} is a {kind}; declare it under attributes as time")
        return delay

    return read


def _until(read: Callable[[object], Delay]) -> Callable[[object], Delay]:
    def read_time(value: object) -> Delay:
        delay = read(value)
        if not isinstance(delay, timedelta):
            return delay
        raise ValueError(f"{shown(value)} is a duration, which stands at delay itself; until takes {_SUCH}")

    return read_time
