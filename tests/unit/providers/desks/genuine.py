"""Callbacks as each desk signs them, and what they say, for the contract that all readers keep."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from attrs import evolve, field, frozen

from adapters.providers.jira.callbacks import JiraCallbackReader
from adapters.providers.linear.callbacks import LinearCallbackReader
from adapters.providers.linear.desk import issue_id
from adapters.providers.pagerduty.callbacks import PagerDutyCallbackReader
from adapters.providers.slack.callbacks import SlackCallbackReader
from adapters.providers.webhook.callbacks import WebhookCallbackReader
from adapters.providers.webhook.signing import Signing
from adapters.providers.zendesk.callbacks import ZendeskCallbackReader
from application.ports.callbacks import Callback, CallbackReader

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = "7b1b2f:handoff"
MARK = f"drumbeat_handoff:{KEY}"

Told = dict[str, Any]
Sign = Callable[[bytes, str, datetime], Mapping[str, str]]


def digest(secret: str, signed: bytes) -> bytes:
    """HMAC-SHA256, written out here once more."""
    return hmac.new(secret.encode(), signed, hashlib.sha256).digest()


def as_json(told: Any) -> bytes:
    return json.dumps(told).encode()


def as_payload(told: Any) -> bytes:
    return urlencode({"payload": json.dumps(told)}).encode()


def sign_slack(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    ts = str(int(at.timestamp()))
    signature = digest(secret, b"v0:" + ts.encode() + b":" + body).hex()
    return {"x-slack-request-timestamp": ts, "x-slack-signature": f"v0={signature}"}


def sign_zendesk(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    ts = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "x-zendesk-webhook-signature-timestamp": ts,
        "x-zendesk-webhook-signature": base64.b64encode(digest(secret, ts.encode() + body)).decode(),
    }


def sign_pagerduty(body: bytes, secret: str, _at: datetime) -> Mapping[str, str]:
    return {"x-pagerduty-signature": f"v1={digest(secret, body).hex()}"}


def sign_linear(body: bytes, secret: str, _at: datetime) -> Mapping[str, str]:
    return {"linear-signature": digest(secret, body).hex()}


def sign_jira(body: bytes, secret: str, _at: datetime) -> Mapping[str, str]:
    return {"x-hub-signature": f"sha256={digest(secret, body).hex()}"}


def sign_webhook(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    ts = str(int(at.timestamp()))
    signed = b"msg_1." + ts.encode() + b"." + body
    signature = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": ts,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


@frozen
class Genuine:
    """One desk's callbacks.

    Args:
        name: the vendor's.
        reader: makes a reader of secrets.
        sign: the headers of a body.
        resolved: what it tells when a case is resolved.
        reassigned: when it is given to somebody.
        encode: makes a body of what is told.
        has_age: whether what it signs has a time that counts.
        ref: of the case in both; None where the key is enough.
        secrets: three good ones.
    """

    name: str
    reader: Callable[[Sequence[str]], CallbackReader]
    sign: Sign
    resolved: Told
    reassigned: Told
    encode: Callable[[Any], bytes] = as_json
    has_age: bool = True
    ref: str | None = None
    secrets: Sequence[str] = field(default=("s3cret-one", "s3cret-two", "s3cret-three"))

    def callback(self, told: Any, secret: str | None = None, at: datetime = NOW) -> Callback:
        """A genuine callback; bytes are signed as they are."""
        body = told if isinstance(told, bytes) else self.encode(told)
        headers = dict(self.sign(body, secret or self.secrets[0], at))
        return Callback(f"https://hooks.example.com/webhooks/{self.name}", headers, body)

    def with_headers(self, **headers: str) -> Callback:
        """A genuine callback with other headers."""
        callback = self.callback(self.resolved)
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        return evolve(callback, headers={**callback.headers, **changed})


def slack_press(**action: Any) -> Told:
    """One use of one element of our message."""
    return {
        "type": "block_actions",
        "user": {"id": "U1", "username": "rep", "name": "rep", "team_id": "T1"},
        "container": {"type": "message", "message_ts": "1795367400.000100", "channel_id": "C1"},
        "trigger_id": "12466734323.1395872398",
        "message": {"type": "message", "text": "Call Ana"},
        "actions": [{"block_id": f"0/{MARK}", "action_ts": "1795367460.000200", **action}],
    }


def zendesk_event(kind: str, **change: Any) -> Told:
    return {
        "type": f"zen:event-type:ticket.{kind}",
        "id": "01HNXXXX",
        "time": "2026-11-22T12:00:00Z",
        "subject": "zen:ticket:35436",
        "detail": {"id": "35436", "external_id": MARK, "actor_id": "8447388090494", "status": "SOLVED"},
        "event": change,
    }


def pagerduty_event(kind: str) -> Told:
    return {
        "event": {
            "id": "01CJPNI3EWZE6W",
            "event_type": f"incident.{kind}",
            "resource_type": "incident",
            "occurred_at": "2026-11-22T12:00:00.000Z",
            "agent": {"id": "PLH1HKV", "type": "user_reference"},
            "data": {"id": "PGR0VU2", "incident_key": MARK, "assignees": [{"id": "PTUXL6G"}]},
        }
    }


def linear_event(changed: Told, **data: Any) -> Told:
    return {
        "action": "update",
        "type": "Issue",
        "actor": {"id": "user-1", "type": "user"},
        "data": {
            "id": issue_id(KEY),
            "description": f"Call Ana\n\n`{MARK}`",
            "updatedAt": "2026-11-22T12:00:00.000Z",
            "state": {"type": "started"},
            "assigneeId": "user-2",
            **data,
        },
        "updatedFrom": changed,
        "webhookTimestamp": int(NOW.timestamp() * 1000),
    }


def jira_event(*items: Told, category: str = "done") -> Told:
    status = {"name": "Anything", "statusCategory": {"key": category}}
    return {
        "timestamp": int(NOW.timestamp() * 1000),
        "webhookEvent": "jira:issue_updated",
        "user": {"accountId": "557058:1"},
        "issue": {"id": "1", "key": "HELP-1", "fields": {"labels": ["urgent", MARK], "status": status}},
        "changelog": {"id": "10124", "items": list(items)},
    }


DESKS = [
    Genuine(
        "slack",
        SlackCallbackReader,
        sign_slack,
        slack_press(action_id="drumbeat_resolve", type="button"),
        slack_press(action_id="drumbeat_reassign", type="users_select", selected_user="U2"),
        as_payload,
        ref="C1:1795367400.000100",
    ),
    Genuine(
        "zendesk",
        ZendeskCallbackReader,
        sign_zendesk,
        zendesk_event("status_changed", current="SOLVED", previous="OPEN"),
        zendesk_event("agent_assignment_changed", current="235324", previous="235323"),
        ref="35436",
    ),
    Genuine(
        "pagerduty",
        PagerDutyCallbackReader,
        sign_pagerduty,
        pagerduty_event("resolved"),
        pagerduty_event("reassigned"),
        has_age=False,
        ref=MARK,
    ),
    Genuine(
        "linear",
        LinearCallbackReader,
        sign_linear,
        linear_event({"stateId": "state-1"}, state={"type": "completed"}),
        linear_event({"assigneeId": "user-1"}),
        ref=issue_id(KEY),
    ),
    Genuine(
        "jira",
        JiraCallbackReader,
        sign_jira,
        jira_event({"field": "status", "from": "1", "to": "10001"}),
        jira_event({"field": "assignee", "from": None, "to": "557058:2"}, category="new"),
        has_age=False,
        ref="HELP-1",
    ),
    Genuine(
        "webhook",
        lambda secrets: WebhookCallbackReader(Signing(secrets)),
        sign_webhook,
        {"type": "handoff.resolved", "handoff": KEY, "by": "agent-1"},
        {"type": "handoff.reassigned", "handoff": KEY, "by": "agent-1", "to": "agent-2"},
        secrets=(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
            "whsec_GBkaGxwdHh8gISIjJCUmJygpKissLS4v",
        ),
    ),
]
