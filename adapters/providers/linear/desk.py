"""Handoffs as Linear issues (linear.app/developers/graphql).

We choose an issue's id, derived from the handoff's key, so that the same case twice meets the issue that is
there: Linear then answers INPUT_ERROR, and asking for the id tells whether that was why. Errors come with
HTTP 200 or 400. Whatever goes wrong is raised as something to try again.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from attrs import field, frozen

from adapters.providers.common.desks import facts, inside, mark, title
from adapters.providers.common.http import (
    Timeouts,
    Wire,
    base_address,
    capped,
    credential,
    read_object,
    reference,
    retry_after,
)
from application.errors import OutcomeUnknown, TransientFault
from application.ports.handoffs import Ticket

CREATE = """mutation Open($input: IssueCreateInput!) {
  issueCreate(input: $input) { success issue { id } }
}"""
FIND = """query Find($id: String!) {
  issue(id: $id) { id }
}"""

_LONGEST_TITLE = 255
_CODE = re.compile(r"[A-Z_]{1,60}")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


@frozen
class LinearDesk:
    """Opens issues in one Linear team.

    Args:
        client: the pooled HTTP client; not closed here.
        api_key: a personal API key.
        team: the team's id.
        base_url: of the API.
        timeouts: for every call.
    """

    client: httpx.AsyncClient = field(repr=False)
    api_key: str = field(repr=False, validator=credential)
    team: str
    base_url: str = field(default="https://api.linear.app", converter=base_address)
    timeouts: Timeouts = field(factory=Timeouts)
    name: str = field(default="linear", init=False)
    knows_key: bool = field(default=True, init=False)

    async def open(self, ticket: Ticket) -> str:
        """Open an issue, or find the one that is there; returns its id.

        Raises:
            TransientFault: Linear did not take it and may take it later.
            OutcomeUnknown: Linear may have taken it.
        """
        response = await self._ask(CREATE, {"input": self._issue(ticket)})
        answer = read_object(response)
        code = error_code(answer)
        if code == "INPUT_ERROR" and await self._exists(issue_id(ticket.key)):
            return issue_id(ticket.key)
        if code is not None:
            raise TransientFault(f"linear: {code}", _wait(response.headers, datetime.now(UTC)))
        if not response.is_success:
            raise TransientFault(f"linear: HTTP {response.status_code}")
        if answer is None:
            raise OutcomeUnknown("linear: an answer that cannot be read")
        return reference(self.name, inside(answer, "data", "issueCreate", "issue", "id"))

    async def _exists(self, id_: str) -> bool:
        answer = read_object(await self._ask(FIND, {"id": id_}))
        return inside(answer, "data", "issue", "id") == id_

    async def _ask(self, query: str, variables: Mapping[str, Any]) -> httpx.Response:
        return await Wire(self.client, self.name, "handoff", self.timeouts).post(
            f"{self.base_url}/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": self.api_key},
        )

    def _issue(self, ticket: Ticket) -> Mapping[str, Any]:
        return {
            "id": issue_id(ticket.key),
            "teamId": self.team,
            "title": title(ticket, _LONGEST_TITLE),
            "description": _description(ticket),
        }


def issue_id(key: str) -> str:
    """The id of a handoff's issue: 122 bits of a hash in the form of a random UUID, which Linear wants."""
    return str(uuid.UUID(bytes=hashlib.sha256(key.encode()).digest()[:16], version=4))


def _description(ticket: Ticket) -> str:
    """Markdown in which no text can link or format; the mark at its end comes back in callbacks."""
    lines = [f"* {name}: {_plain(value)}" for name, value in facts(ticket).items()]
    return "\n".join([_plain(ticket.summary), "", *lines, "", f"`{mark(ticket.key)}`"])


def _plain(text: str) -> str:
    """Text with every punctuation mark escaped (CommonMark, 2.4)."""
    return _PUNCTUATION.sub(r"\\\1", text)


def error_code(answer: Mapping[str, Any] | None) -> str | None:
    """The code of the first error; None where there is no error."""
    errors = (answer or {}).get("errors")
    if not errors:
        return None
    code = inside(errors[0], "extensions", "code") if isinstance(errors, list) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else "an error without a code"


def _wait(headers: httpx.Headers, now: datetime) -> timedelta | None:
    """How long to wait: Retry-After, or the end of Linear's window, in milliseconds since 1970.

    Source: linear.app/developers/rate-limiting.
    """
    reset = headers.get("x-ratelimit-requests-reset", "")
    if "retry-after" in headers or not (reset.isascii() and reset.isdigit() and len(reset) <= 15):
        return retry_after(headers, now)
    return capped(timedelta(milliseconds=int(reset) - int(now.timestamp() * 1000)))
