"""What Vonage keeps of what it took, and how its newer APIs refuse."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import Factory, field, frozen
from starlette.responses import JSONResponse

from adapters.providers.vonage.vendor import VonageSettings


@frozen
class Books:
    """What an account can look up.

    Args:
        account: its settings.
        texts: records of the Reports API.
        calls: the list of calls, each with the time ``at`` which it was made.
    """

    account: VonageSettings
    texts: list[Mapping[str, str]] = field(default=Factory(list), repr=False)
    calls: list[Mapping[str, Any]] = field(default=Factory(list), repr=False)


def problem(status: int, kind: str, title: str) -> JSONResponse:
    """An error in the shape of the other APIs (RFC 7807); a 429 asks for one second."""
    body = {
        "type": f"https://developer.vonage.com/api-errors#{kind}",
        "title": title,
        "detail": title,
        "instance": uuid.uuid4().hex,
    }
    headers = {"Retry-After": "1"} if status == 429 else None
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def span(query: Mapping[str, str]) -> tuple[datetime, datetime] | None:
    """The time that a look-up asks for; None where it does not say."""
    begin, end = query.get("date_start"), query.get("date_end")
    if begin is None or end is None:
        return None
    return datetime.fromisoformat(begin), datetime.fromisoformat(end)
