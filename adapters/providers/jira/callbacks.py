"""Reads Jira's admin webhooks: issues that came to a status which means done, or to another assignee.

Source: developer.atlassian.com/cloud/jira/platform/webhooks ("Secure admin webhooks"; the signature is that
of W3C WebSub, section 7.1). Only webhooks that an administrator made with a secret are signed so.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen
from attrs.validators import deep_iterable

from adapters.providers.common.desks import inside, key_of
from adapters.providers.common.http import credential
from adapters.providers.common.signatures import hmac_sha256, verify
from adapters.providers.common.untrusted import from_epoch, identifier, json_object, optional_identifier
from application.errors import MalformedCallback
from application.ports.callbacks import Callback, HandoffAction, HandoffReport, Reading


@frozen
class JiraCallbackReader:
    """Reads Jira's callbacks.

    The signature has no time in it and repeats come for an hour; a replay meets the UNIQUE event id instead.

    Args:
        secrets: the webhook's secrets, the current one first.
    """

    secrets: Sequence[str] = field(repr=False, validator=deep_iterable(credential))
    name: str = field(default="jira", init=False)

    async def read(self, callback: Callback, now: datetime) -> Reading:
        """Verify the signature, then read the changes of the one issue.

        Raises:
            BadSignature: missing or wrong.
            MalformedCallback: the signature is right, the body is not.
        """
        given = callback.headers.get("x-hub-signature", "")
        verify(self.name, (signature(secret, callback.body) for secret in self.secrets), given)
        told = json_object(callback.body)
        key = _key(inside(told, "issue", "fields", "labels"))
        if told.get("webhookEvent") != "jira:issue_updated" or key is None:
            return Reading()
        return Reading(tuple(_reports(told, key, now)))


def signature(secret: str, body: bytes) -> str:
    """What Jira signs a body with."""
    return f"sha256={hmac_sha256(secret, body).hex()}"


def _key(labels: object) -> str | None:
    keys = [key_of(label) for label in labels] if isinstance(labels, list) else []
    return next((key for key in keys if key is not None), None)


def _reports(told: Mapping[str, Any], key: str, now: datetime) -> Iterator[HandoffReport]:
    """What one change of an issue did; it may do both."""
    items = inside(told, "changelog", "items")
    changed = {
        item["field"]: item
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and isinstance(item.get("field"), str)
    }
    category = inside(told, "issue", "fields", "status", "statusCategory", "key")
    if "status" in changed and category == "done":
        yield _report(told, key, HandoffAction.RESOLVED, now)
    to = optional_identifier(inside(changed.get("assignee"), "to"))
    if to is not None:
        yield _report(told, key, HandoffAction.REASSIGNED, now, to)


def _report(
    told: Mapping[str, Any], key: str, action: HandoffAction, now: datetime, to: str = ""
) -> HandoffReport:
    change = identifier(inside(told, "changelog", "id"), "changelog.id")
    return HandoffReport(
        event_id=identifier(f"{change}:{action}", "changelog.id"),
        action=action,
        at=_at(told.get("timestamp"), now),
        handoff_key=key,
        ref=optional_identifier(inside(told, "issue", "key")),
        by=optional_identifier(inside(told, "user", "accountId")) or "",
        to=to,
    )


def _at(milliseconds: object, now: datetime) -> datetime:
    if milliseconds is None:
        return now
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int) or not 0 <= milliseconds < 10**15:
        raise MalformedCallback("the timestamp is not a time")
    return from_epoch(milliseconds / 1000, now)
