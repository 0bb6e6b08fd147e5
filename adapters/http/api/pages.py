"""Pages of lists, by opaque cursors: what comes or goes meanwhile shifts nothing."""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.http.api.problems import INVALID, ApiProblem

_T = TypeVar("_T")
_S = TypeVar("_S")

LARGEST = 200


def _cursor(place: Sequence[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(place), separators=(",", ":")).encode()).decode()


def after(*example: str) -> Any:
    """What describes the parameter `cursor` of a list.

    Args:
        example: a place in the list, in its parts.
    """
    about = "The `next` of the page before; nothing for the first page."
    return Query(max_length=1000, description=about, examples=[_cursor(example)])


_AT, _ID = "2026-05-04T09:30:00+00:00", "0f4b8b52-7f1c-4b4e-8a36-1c5a0c2f9f10"
Limit = Annotated[int, Query(ge=1, le=LARGEST, description="How many to give at most.", examples=[50])]
"""A parameter of every list; its default is 50."""
After = Annotated[str | None, after("0")]
"""A parameter of every list: `cursor`; here where the place is one key or id."""
AfterTime = Annotated[str | None, after(_AT, _ID)]
"""The same where the place is a time and an id."""


class Page(BaseModel, Generic[_T]):
    """A part of a list."""

    model_config = ConfigDict(json_schema_extra={"description": "A part of a list."})

    items: list[_T] = Field(description="What is on this page, in the order of the list.")
    next: str | None = Field(
        default=None,
        description="Give it as `cursor` to get the next page; null at the end.",
        examples=[_cursor([_AT, _ID])],
    )

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """What the pages of a list are called, e.g. ``ContactPage``."""
        [item] = params
        return f"{item.__name__.removesuffix('Out').removesuffix('Listed')}Page"


def page_of(
    rows: Sequence[_S], limit: int, show: Callable[[_S], _T], place: Callable[[_S], Sequence[str]]
) -> Page[_T]:
    """A page of rows.

    Args:
        rows: as many as asked for, and one more where there are more: ask for ``limit + 1``.
        limit: how many were wanted.
        show: a row as it is answered.
        place: where a row stands in the order, as the next query takes it.
    """
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(items=[show(row) for row in shown], next=_cursor(place(shown[-1])) if more else None)


def place_after(cursor: str | None, parts: int) -> tuple[str, ...] | None:
    """Where the next page begins; None for the first one.

    Args:
        cursor: as the page before has given it.
        parts: how many parts a place has in this list.

    Raises:
        ApiProblem: nobody has given it.
    """
    if cursor is None:
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
    except (ValueError, RecursionError):
        place = None
    if not isinstance(place, list) or len(place) != parts or not all(isinstance(part, str) for part in place):
        raise wrong_cursor()
    return tuple(place)


def time_after(cursor: str | None) -> tuple[datetime, str] | None:
    """The same where the place is a time and an id.

    Raises:
        ApiProblem: nobody has given it.
    """
    place = place_after(cursor, 2)
    if place is None:
        return None
    try:
        at = datetime.fromisoformat(place[0])
    except ValueError:
        raise wrong_cursor() from None
    if at.tzinfo is None or not 1 < at.year < 9999:  # beyond, there is no UTC to change over to
        raise wrong_cursor()
    return at, place[1]


def wrong_cursor() -> ApiProblem:
    """What is said to a cursor that nobody has given."""
    return ApiProblem(
        INVALID,
        "The cursor is not one of this list: give the `next` of a page as it is.",
        [("query.cursor", "It is not a cursor of this list.")],
    )
