"""Data of any shape, such as a campaign's definition: what nothing of ours could store or look through."""

from collections.abc import Iterator
from typing import Any

from adapters.http.api.problems import INVALID, ApiProblem, field_path

DEEPEST = 100
"""How deep it may be nested."""

_TEXT = "It has a character that no text can have: NUL, or half of a surrogate pair."
_DEEP = f"It is nested more than {DEEPEST} deep."


def check_plain(data: object, *place: str | int) -> None:
    """See to it that data can be read and stored.

    Args:
        data: as it came: mappings, lists, text, numbers, booleans and None.
        place: where it stands in the request, e.g. ``"body", "definition"``.

    Raises:
        ApiProblem: it is too deep, or has a text that is none.
    """
    rest: list[tuple[tuple[str | int, ...], Any]] = [(place, data)]
    while rest:  # not by calling itself: the depth is what is asked for
        path, value = rest.pop()
        if len(path) - len(place) > DEEPEST:
            raise _wrong(path[: len(place) + 1], _DEEP)
        if not _is_text(value):
            raise _wrong(path, _TEXT)
        for key, each in _members(value):
            if not _is_text(key):
                raise _wrong(path, _TEXT)
            rest.append(((*path, key), each))


def _members(value: object) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _is_text(value: object) -> bool:
    """Whether a value is a text that can be stored, or none at all."""
    if not isinstance(value, str):
        return True
    return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


def _wrong(path: tuple[str | int, ...], sentence: str) -> ApiProblem:
    return ApiProblem(INVALID, f"{field_path(path)}: {sentence}", [(field_path(path), sentence)])
