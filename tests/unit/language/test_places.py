"""Places that a definition names and that do not exist."""

from typing import Any

import pytest

from domain.language.places import unknown_places
from tests.unit.language.samples import EVERYTHING, Path, changed

ZONES = ("Europe/Berlin", "Europe/London", "UTC")
CALENDARS = {"US", "DE-BY"}


def unknown(definition: Any) -> dict[Path, str]:
    """What is not known of a definition's places."""
    return {each.path: each.problem for each in unknown_places(definition, ZONES, CALENDARS.__contains__)}


@pytest.mark.parametrize(
    ("path", "value", "place", "sentence"),
    [
        (("timezone",), "Europe/Berln", ("timezone",), "not a known time zone; did you mean Europe/Berlin?"),
        (
            ("timezone",),
            "Mars",
            ("timezone",),
            "'Mars' is not a known time zone; write it like Europe/Berlin",
        ),
        (("window", "holidays"), "XX", ("window", "holidays"), "'XX' is not a known calendar"),
        (
            ("window", "holidays"),
            ["US", "DE-XX"],
            ("window", "holidays", 1),
            "'DE-XX' is not a known calendar",
        ),
        (
            ("steps", 1, "window"),
            {"holidays": ["FR"]},
            ("steps", 1, "window", "holidays", 0),
            "'FR' is not a known calendar",
        ),
    ],
)
def test_what_does_not_exist_is_told_at_its_place(path: Path, value: Any, place: Path, sentence: str) -> None:
    """A zone or a calendar that nobody knows is told, with the nearest one where there is one."""
    found = unknown(changed(path, value))

    assert list(found) == [place]
    assert sentence in found[place]


@pytest.mark.parametrize(
    "definition",
    [
        EVERYTHING,
        changed(("timezone",), "Berlin, Germany"),
        changed(("window",), "mon-fri 09:00-18:00"),
        changed(("window", "holidays"), ["us", 5]),
        changed(("steps",), None),
        None,
        [],
    ],
)
def test_nothing_is_said_of_what_exists_or_cannot_be_read(definition: Any) -> None:
    """Known places are no problem, and what is no name of a place is the parser's to tell."""
    assert unknown(definition) == {}
