"""What schemathesis is told of this API besides its document; loaded by ``schemathesis.toml``."""

import re
from itertools import count
from typing import Any

import schemathesis
from schemathesis.generation import GenerationMode

from adapters.http.api.idempotency import HEADER, LONGEST

_USABLE = re.compile(r"[\x20-\x7e]+")
_numbers = count(1)


@schemathesis.serializer("application/x-ndjson", "application/jsonl")
def json_lines(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """A body of lines, which the document describes as a text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Change what no schema can say."""
    _renew_key(case)
    _drop_cursor(case)


def _renew_key(case: schemathesis.Case) -> None:
    """Make a usable Idempotency-Key a new one: one that comes again keeps a request from its handler."""
    given = case.headers.get(HEADER) if case.headers else None
    if isinstance(given, str) and _USABLE.fullmatch(given):
        number = str(next(_numbers))
        case.headers[HEADER] = given[: LONGEST - len(number)] + number


def _drop_cursor(case: schemathesis.Case) -> None:
    """Let good requests have no cursor: only a page that was given before has one. Bad ones may have any."""
    if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE and case.query:
        case.query.pop("cursor", None)
