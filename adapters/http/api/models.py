"""What requests and answers are made of: pydantic models, here those that several modules share."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer


def rfc3339(at: datetime) -> str:
    """A time in UTC as RFC 3339 has it, to the microsecond: ``2026-03-31T09:00:00.000000Z``."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


Moment = Annotated[AwareDatetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]
"""A time: read with any offset, never without one; given in UTC."""


class Given(BaseModel):
    """The base of request bodies: a member that nobody reads is refused: it would silently do nothing."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Shown(BaseModel):
    """The base of answers."""
