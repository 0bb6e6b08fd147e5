"""Handoffs as Slack messages (docs.slack.dev/reference/methods/chat.postMessage).

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

from adapters.providers.common.correlation import HANDOFF, HANDOFF_EVENT
from adapters.providers.common.http import Timeouts, Wire, base_address, credential, read_object, retry_after
from application.errors import ApplicationError, OutcomeUnknown, TransientFault
from application.ports.handoffs import Ticket

_CODE = re.compile(r"[a-z0-9_]{1,60}")
_MAY_HAVE_HAPPENED = frozenset({"internal_error", "fatal_error", "request_timeout"})
"""Errors of which Slack says that some of the operation may have succeeded."""

_LONGEST_SECTION = 3000
"""Characters in a section's text (docs.slack.dev/reference/block-kit/blocks/section-block)."""


@frozen
class SlackDesk:
    """Posts handoffs to one Slack channel.

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

    async def open(self, ticket: Ticket) -> str:
        """Post the case; returns ``channel:ts``, by which Slack knows the message.

        Raises:
            TransientFault: Slack did not take it and may take it later.
            OutcomeUnknown: Slack may have taken it.
        """
        response = await Wire(self.client, self.name, "handoff", self.timeouts).post(
            f"{self.base_url}/chat.postMessage",
            json=self._message(ticket),
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
        return _ref(answer)

    def _message(self, ticket: Ticket) -> Mapping[str, Any]:
        summary = escape(
            ticket.summary.strip() or "(no summary)", _LONGEST_SECTION
        )  # Slack takes no empty text
        return {
            "channel": self.channel,
            "text": summary,
            "blocks": [
                _section(summary),
                {
                    "type": "section",
                    "fields": [_labelled("Campaign", ticket.campaign), _labelled("Reason", ticket.reason)],
                },
                {"type": "context", "elements": [_labelled("Enrollment", ticket.enrollment_id)]},
            ],
            "metadata": {"event_type": HANDOFF_EVENT, "event_payload": {HANDOFF: ticket.key}},
            "unfurl_links": False,
            "unfurl_media": False,
        }


def escape(text: str, longest: int) -> str:
    """Escape Slack's three control characters, so that no text can mention or link.

    Args:
        text: any text.
        longest: characters that the result may have; what is over is cut at a whole character.

    Source: docs.slack.dev/messaging/formatting-message-text, "Escaping text".
    """
    escaped = [{"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(char, char) for char in text[:longest]]
    length = sum(map(len, escaped))
    while length > longest:
        length -= len(escaped.pop())
    return "".join(escaped)


def _section(text: str) -> Mapping[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _labelled(label: str, value: str) -> Mapping[str, str]:
    return {"type": "mrkdwn", "text": f"*{label}:* {escape(value, 500)}"}


def _fault(error: object, headers: httpx.Headers) -> ApplicationError:
    code = error if isinstance(error, str) and _CODE.fullmatch(error) else "an error without a code"
    if code in _MAY_HAVE_HAPPENED:
        return OutcomeUnknown(f"slack: {code}")
    return TransientFault(f"slack: {code}", retry_after(headers, datetime.now(UTC)))


def _ref(answer: Mapping[str, Any]) -> str:
    channel, ts = answer.get("channel"), answer.get("ts")
    if not isinstance(channel, str) or not isinstance(ts, str):
        raise OutcomeUnknown("slack: an answer of success that names no message")
    return f"{channel}:{ts}"
