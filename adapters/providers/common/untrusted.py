"""Values from outside, made safe to store: what cannot be is a `MalformedCallback`, nothing else."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from application.errors import MalformedCallback

LONGEST_ID = 200
"""Characters in any vendor's id; theirs are 34 to 100 long."""


def identifier(value: object, name: str) -> str:
    """A vendor's id: text that is short and printable.

    Args:
        value: what came.
        name: what it should be, for the error's text.

    Raises:
        MalformedCallback: it is missing, no text, too long, or not printable.
    """
    if isinstance(value, str) and 0 < len(value) <= LONGEST_ID and value.isprintable():
        return value
    raise MalformedCallback(f"{name} is missing or is not an id")


def optional_identifier(value: object) -> str | None:
    """The same where it may be missing; what is no id counts as missing."""
    try:
        return identifier(value, "")
    except MalformedCallback:
        return None


def json_value(body: bytes) -> Any:
    """Parse a JSON body.

    Raises:
        MalformedCallback: it is not JSON, not UTF-8, or nested too deep to read.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedCallback("the body is not JSON that can be read") from error


def json_object(body: bytes) -> Mapping[str, Any]:
    """Parse a body that is one JSON object.

    Raises:
        MalformedCallback: it is none that can be read.
    """
    value = json_value(body)
    if not isinstance(value, dict):
        raise MalformedCallback("the body is not a JSON object")
    return value


def utf8(text: str) -> str:
    """Read text that was decoded byte by byte (latin-1) as UTF-8.

    Raises:
        MalformedCallback: it is not UTF-8.
    """
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedCallback("the body is not UTF-8") from error


def words(text: str) -> str:
    """A person's text without what a database may refuse: NUL and lone surrogates."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def from_epoch(seconds: object, otherwise: datetime) -> datetime:
    """The time so many seconds after 1970, or another one where none is given.

    Raises:
        MalformedCallback: it is given and is no time.
    """
    if seconds is None:
        return otherwise
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise MalformedCallback("the timestamp is not a number")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise MalformedCallback("the timestamp is not a time") from error


def from_iso(text: object, otherwise: datetime) -> datetime:
    """A time in ISO 8601, in UTC; another one where none is given.

    Raises:
        MalformedCallback: it is given and is no time.
    """
    if text is None:
        return otherwise
    if not isinstance(text, str):
        raise MalformedCallback("the timestamp is not a text")
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedCallback("the timestamp is not a time") from error
