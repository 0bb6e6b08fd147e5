"""What requests are made of is what JSON has, and nothing that only looks like it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from adapters.http.api.models import Flag, Number, Time, Version, Whole

NINE = datetime(2026, 3, 31, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "given", "taken"),
    [
        (Time, "2026-03-31T09:00:00Z", NINE),
        (Time, "2026-03-31t11:00:00.0+02:00", NINE),
        (Flag, False, False),
        (Whole, 3, 3),
        (Whole, 3.0, 3),
        (Whole, -(10**30), -(10**30)),
        (Version, 1, 1),
        (Number, 3, 3.0),
        (Number, 0.5, 0.5),
    ],
)
def test_what_json_has_is_taken(kind: Any, given: object, taken: object) -> None:
    """Times as RFC 3339 has them, with any offset; 3.0 is an integer in JSON Schema."""
    assert TypeAdapter(kind).validate_python(given) == taken


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Time, 0),
        (Time, "1774947600"),
        (Time, "0.5"),
        (Time, "2026-03-31"),
        (Time, "2026-03-31T09:00:00"),
        (Time, None),
        (Flag, 0),
        (Flag, "no"),
        (Whole, "3"),
        (Whole, True),
        (Whole, 3.5),
        (Version, 0),
        (Version, 2**31),
        (Number, "0.5"),
        (Number, True),
    ],
)
def test_what_only_looks_like_it_is_refused(kind: Any, given: object) -> None:
    """Seconds since 1970, texts, and numbers for true and false."""
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(given)
