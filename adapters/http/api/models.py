"""What requests and answers are made of: pydantic models, here those that several modules share."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, Strict

from domain.limits import MAX_VERSION
from domain.times.rfc3339 import rfc3339

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")


def _written(at: object) -> object:
    """A time as it came: seconds since 1970, which pydantic would take too, are none that people write."""
    if isinstance(at, datetime) or (isinstance(at, str) and _RFC3339.match(at)):
        return at
    raise ValueError("write a time as RFC 3339 has it, such as 2026-03-31T09:00:00Z")


def _number(value: object) -> object:
    """A number as JSON has it; 3.0 is an integer there as well."""
    if isinstance(value, bool | str):
        raise ValueError("write a whole number")  # noqa: TRY004 - pydantic makes a problem of this one
    return value


Time = Annotated[AwareDatetime, BeforeValidator(_written)]
"""A time of a request: with any offset, never without one."""
Moment = Annotated[Time, PlainSerializer(rfc3339, return_type=str, when_used="json")]
"""A time: read with any offset, never without one; given in UTC."""
Flag = Annotated[bool, Strict()]
"""true or false in the body of a request, and not 1, "yes" or "off", which pydantic would take too."""
Whole = Annotated[int, BeforeValidator(_number)]
"""An integer in the body of a request, and not a text that looks like one."""
Version = Annotated[int, Field(ge=1, le=MAX_VERSION), BeforeValidator(_number)]
"""The number of a campaign's version in the body of a request."""
Number = Annotated[float, Strict()]
"""A number in the body of a request, and not a text that looks like one."""


class Given(BaseModel):
    """The base of request bodies: a member that nobody reads is refused: it would silently do nothing."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Shown(BaseModel):
    """The base of answers."""
