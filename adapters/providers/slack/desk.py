"""Handoffs as Slack messages (docs.slack.dev/reference/methods/chat.postMessage and chat.update).

Slack has no idempotency key. A handoff is delivered at least once: whatever goes wrong is raised as
something to try again, also where Slack calls it permanent (a wrong token, a missing channel). A person
can mend those, and until then a case that waits is better than a case that is lost.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from attrs import field, frozen

from adapters.providers.common.http import (
    Timeouts,
    Wire,
    base_address,
    credential,
    read_object,
    reference,
    retry_after,
)
from adapters.providers.slack.message import message, outcome
from application.errors import ApplicationError, OutcomeUnknown, TransientFault
from application.ports.callbacks import HandoffAction, HandoffReport
from application.ports.handoffs import Ticket

_CODE = re.compile(r"[a-z0-9_]{1,60}")
_MAY_HAVE_HAPPENED = frozenset({"internal_error", "fatal_error", "request_timeout"})
"""Errors of which Slack says that some of the operation may have succeeded."""


@frozen
class SlackDesk:
    """Posts handoffs to one Slack channel, and lets them show what was done with them.

    Args:
        client: the pooled HTTP client; not closed here.
        token: a bot token with ``chat:write``.
        channel: the id of the channel, e.g. ``C0123456789``.
        base_url: of the Web API.
        timeouts: for every call.
    """

    client: httpx.AsyncClient = field(repr=False)
    token: str = field(repr=False, validator=credential)
    channel: str
    base_url: str = field(default="https://slack.com/api", converter=base_address)
    timeouts: Timeouts = field(factory=Timeouts)
    name: str = field(default="slack", init=False)
    knows_key: bool = field(default=False, init=False)

    async def open(self, ticket: Ticket) -> str:
        """Post the case; returns ``channel:ts``, by which Slack knows the message.

        Raises:
            TransientFault: Slack did not take it and may take it later.
            OutcomeUnknown: Slack may have taken it.
        """
        return _ref(
            await self._call(
                "chat.postMessage",
                {
                    "channel": self.channel,
                    **message(ticket),
                    "unfurl_links": False,
                    "unfurl_media": False,
                },
            )
        )

    async def show(self, ref: str, ticket: Ticket, report: HandoffReport) -> None:
        """Write into the message what was done; once it is resolved, its buttons are gone.

        Slack tells nobody that a message was changed, so whoever is given a case is told in its thread. Where
        this is repeated, that is said again.

        Raises:
            TransientFault: Slack did not take it and may take it later.
            OutcomeUnknown: Slack may have taken it.
        """
        channel, _, ts = ref.partition(":")
        await self._call("chat.update", {"channel": channel, "ts": ts, **message(ticket, report)})
        if report.action is HandoffAction.REASSIGNED:
            reply = {"channel": channel, "thread_ts": ts, "text": outcome(report)}
            await self._call("chat.postMessage", reply)

    async def _call(self, method: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call a method of the Web API; its errors mostly come with HTTP 200."""
        response = await Wire(self.client, self.name, "handoff", self.timeouts).post(
            f"{self.base_url}/{method}",
            json=body,
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json; charset=utf-8",  # without it, Slack warns
            },
        )
        if not response.is_success:
            raise TransientFault(f"slack: HTTP {response.status_code}")
        answer = read_object(response)
        if answer is None:
            raise OutcomeUnknown("slack: an answer that cannot be read")
        if answer.get("ok") is not True:
            raise _fault(answer.get("error"), response.headers)
        return answer


def _fault(error: object, headers: httpx.Headers) -> ApplicationError:
    code = error if isinstance(error, str) and _CODE.fullmatch(error) else "an error without a code"
    if code in _MAY_HAVE_HAPPENED:
        return OutcomeUnknown(f"slack: {code}")
    return TransientFault(f"slack: {code}", retry_after(headers, datetime.now(UTC)))


def _ref(answer: Mapping[str, Any]) -> str:
    return f"{reference('slack', answer.get('channel'))}:{reference('slack', answer.get('ts'))}"
