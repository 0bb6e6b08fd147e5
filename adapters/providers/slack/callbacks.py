"""Reads what Slack calls us with when people press the buttons of a handoff.

Sources: docs.slack.dev/authentication/verifying-requests-from-slack (signature) and .../reference/
interaction-payloads/block_actions-payload. Slack waits three seconds; other interactions and events mean
nothing to us, but for the question by which it makes sure of our address (.../events/url_verification).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from attrs import field, frozen
from attrs.validators import deep_iterable

from adapters.providers.common.desks import check_age, from_digits, inside
from adapters.providers.common.http import credential
from adapters.providers.common.signatures import hmac_sha256, verify
from adapters.providers.common.untrusted import from_epoch, identifier, json_object, optional_identifier
from adapters.providers.slack.message import HANDOFF, HANDOFF_EVENT, REASSIGN, RESOLVE, handoff_key
from application.errors import MalformedCallback
from application.ports.callbacks import Answer, Callback, HandoffAction, HandoffReport, Reading

MOST_FIELDS = 100
"""Slack sends one for an interaction and some fifteen for a command."""

_ACTIONS: Mapping[str, HandoffAction] = {
    RESOLVE: HandoffAction.RESOLVED,
    REASSIGN: HandoffAction.REASSIGNED,
}
_TS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")


@frozen
class SlackCallbackReader:
    """Reads Slack's callbacks.

    Args:
        secrets: the app's signing secrets, the current one first.
    """

    secrets: Sequence[str] = field(repr=False, validator=deep_iterable(credential))
    name: str = field(default="slack", init=False)

    async def read(self, callback: Callback, now: datetime) -> Reading:
        """Verify the signature and its age, then read the press of a button or answer a question.

        Raises:
            BadSignature: missing, wrong or too old.
            MalformedCallback: the signature is right, the body is not.
        """
        timestamp = callback.headers.get("x-slack-request-timestamp", "")
        given = callback.headers.get("x-slack-signature", "")
        verify(self.name, (signature(secret, timestamp, callback.body) for secret in self.secrets), given)
        check_age(self.name, from_digits(timestamp), now)
        if "json" in callback.headers.get("content-type", "").lower():
            return _event(json_object(callback.body))
        payload = _payload(callback.body)
        return Reading() if payload is None else _interaction(json_object(payload), now)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What Slack signs a request with."""
    signed = b"v0:" + timestamp.encode("utf-8", "surrogatepass") + b":" + body
    return f"v0={hmac_sha256(secret, signed).hex()}"


def _event(told: Mapping[str, Any]) -> Reading:
    """What came through the Events API: only its question is for us."""
    if told.get("type") != "url_verification":
        return Reading()
    challenge = identifier(told.get("challenge"), "challenge")
    return Reading(answer=Answer(challenge, "text/plain"))


def _payload(body: bytes) -> bytes | None:
    """The JSON of an interaction; None in a form of another sort, such as a command's."""
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise MalformedCallback("the body is not a form that can be read") from error
    payloads = fields.get("payload", [])
    if len(payloads) > 1:
        raise MalformedCallback("the form has several payloads")
    return payloads[0].encode("utf-8", "surrogatepass") if payloads else None


def _interaction(told: Mapping[str, Any], now: datetime) -> Reading:
    if told.get("type") != "block_actions":
        return Reading()
    actions = told.get("actions")
    if not isinstance(actions, list):
        raise MalformedCallback("actions is not a list")
    reports, unreadable = [], 0
    for action in actions:
        try:
            report = _report(told, action, now)
        except MalformedCallback:
            unreadable += 1
        else:
            reports += [] if report is None else [report]
    return Reading(tuple(reports), unreadable)


def _report(told: Mapping[str, Any], action: object, now: datetime) -> HandoffReport | None:
    kind = inside(action, "action_id")
    done = _ACTIONS.get(kind) if isinstance(kind, str) else None
    to = optional_identifier(inside(action, "selected_user")) or ""
    if done is None or (done is HandoffAction.REASSIGNED and not to):
        return None
    ts = inside(action, "action_ts")
    if not isinstance(ts, str) or not _TS.fullmatch(ts):
        raise MalformedCallback("action_ts is missing or is not a time")
    trigger = identifier(told.get("trigger_id"), "trigger_id")
    return HandoffReport(
        event_id=identifier(f"{trigger}:{ts}:{done}", "trigger_id"),
        action=done,
        at=from_epoch(float(ts), now),
        handoff_key=handoff_key(inside(action, "block_id")) or _noted_key(told),
        ref=_ref(told),
        by=identifier(inside(told, "user", "id"), "user.id"),
        to=to if done is HandoffAction.REASSIGNED else "",
    )


def _noted_key(told: Mapping[str, Any]) -> str | None:
    """The key in the message's metadata, where Slack sends those along."""
    metadata = inside(told, "message", "metadata")
    if inside(metadata, "event_type") != HANDOFF_EVENT:
        return None
    return optional_identifier(inside(metadata, "event_payload", HANDOFF))


def _ref(told: Mapping[str, Any]) -> str | None:
    channel = optional_identifier(inside(told, "container", "channel_id"))
    ts = optional_identifier(inside(told, "container", "message_ts"))
    return f"{channel}:{ts}" if channel and ts else None
