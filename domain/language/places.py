"""Places that a definition names: whether they exist is for those to say who have the databases.

What exists differs from release to release of those databases, so this is asked when a campaign is validated
or published, and never of what is stored.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeGuard

from domain.errors import InvalidCampaign
from domain.language.sections import Path
from domain.limits import HOLIDAYS, ZONE
from domain.wording import nearest, shown


def unknown_places(
    definition: object, zones: Collection[str], knows: Callable[[str], bool]
) -> Iterator[InvalidCampaign]:
    """Every time zone and calendar of holidays that does not exist, with its place.

    Args:
        definition: data of any shape; what cannot be read is left to `domain.language.parse.parse`.
        zones: the names of the IANA time zone database.
        knows: whether there is a calendar of holidays by a name such as ``US`` or ``US-CA``.
    """
    zone = _at(definition, "timezone")
    if isinstance(zone, str) and ZONE.fullmatch(zone) and zone not in zones:
        alike = nearest(zone, zones)
        advice = alike if alike.startswith("did") else "write it like Europe/Berlin"
        yield InvalidCampaign(("timezone",), f"{shown(zone)} is not a known time zone; {advice}")
    for path, name in _calendars(definition):
        if isinstance(name, str) and HOLIDAYS.fullmatch(name) and not knows(name):
            problem = f"{shown(name)} is not a known calendar; write a country such as US, or a part of one"
            yield InvalidCampaign(path, problem)


def _calendars(definition: object) -> Iterator[tuple[Path, object]]:
    steps = _at(definition, "steps")
    around: list[tuple[Path, object]] = [((), definition)]
    around += [(("steps", index), step) for index, step in enumerate(steps if _listed(steps) else ())]
    for path, section in around:
        holidays = _at(_at(section, "window"), "holidays")
        here = (*path, "window", "holidays")
        if _listed(holidays):
            yield from (((*here, index), name) for index, name in enumerate(holidays))
        else:
            yield here, holidays


def _listed(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, (list, tuple))


def _at(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, Mapping) else None
