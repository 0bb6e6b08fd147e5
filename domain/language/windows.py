"""Send windows: hours as text, the name of a preset, or a mapping with holidays and a spread."""

from collections.abc import Mapping
from datetime import timedelta

from attrs import evolve

from domain.language import words
from domain.language.sections import Section, duration, text, unfit
from domain.limits import HOLIDAYS, MAX_SPREAD
from domain.times.windows import ALWAYS, LOCAL, PRESETS, SendWindow, parse_quiet_hours, parse_window
from domain.wording import nearest, shown

_HOW = "write hours such as mon-fri 09:00-18:00"


def read_window(around: Section) -> SendWindow | None:
    """The window of a campaign or a step; None where it has none of its own."""
    value = around.values.get("window")
    if value is None:
        return None
    if isinstance(value, Mapping):
        return _mapping(around.section("window", words.WINDOW))
    return around.take("window", _hours, None)


def _hours(value: object) -> SendWindow:
    if not isinstance(value, str):
        raise unfit("hours", value, f"; {_HOW}")
    preset = PRESETS.get(value.strip())
    return SendWindow(parse_window(value), () if preset is None else preset.holidays)


def _mapping(section: Section) -> SendWindow:
    window = _opening(section)
    holidays = section.one_or_each("holidays", _calendar)
    spread = section.take("spread", _spread, window.spread)
    return evolve(window, holidays=tuple(dict.fromkeys((*window.holidays, *holidays))), spread=spread)


def _opening(section: Section) -> SendWindow:
    given = [word for word in words.HOURS if word in section.values]
    if not given and "holidays" not in section.values:
        section.report(f"says nothing; {_HOW}, or name a preset")
    for word in given[1:]:
        section.wrong(word, f"stands beside {given[0]}; give one of {', '.join(words.HOURS)}")
    always = SendWindow(ALWAYS)
    match given:
        case ["hours", *_]:
            windows = section.one_or_each("hours", _hours) or [always]
            return SendWindow(
                tuple(span for window in windows for span in window.spans),
                tuple(name for window in windows for name in window.holidays),
            )
        case ["preset", *_]:
            return section.take("preset", _preset, always)
        case ["quiet", *_]:
            return section.take("quiet", _quiet, always)
        case _:
            return always


def _preset(value: object) -> SendWindow:
    if not isinstance(value, str) or value not in PRESETS:
        raise ValueError(f"{shown(value)} is not a preset; {nearest(value, PRESETS)}")
    return SendWindow(PRESETS[value].spans, PRESETS[value].holidays)


def _quiet(value: object) -> SendWindow:
    return SendWindow(parse_quiet_hours(text(value)))


def _calendar(value: object) -> str:
    name = text(value)
    if name != LOCAL and not HOLIDAYS.fullmatch(name):
        raise ValueError(
            f"{shown(name)} is no calendar; write a country such as US, a part such as US-CA, or {LOCAL}"
        )
    return name


def _spread(value: object) -> timedelta:
    spread = duration(value)
    if not timedelta(0) <= spread <= MAX_SPREAD:
        raise ValueError("must be zero or more and at most 1 day")
    return spread
