"""Reads what any desk tells us, signed as we sign (Standard Webhooks).

| type | beside it |
|---|---|
| ``handoff.resolved`` | ``handoff``, and ``by`` if the desk likes |
| ``handoff.reassigned`` | the same, and ``to`` |

``handoff`` is the key that we sent, ``by`` and ``to`` are the desk's ids of people. Other types mean nothing
to us.
"""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from adapters.providers.common.untrusted import identifier, json_object, optional_identifier
from adapters.providers.webhook.signing import Signing
from application.ports.callbacks import Callback, HandoffAction, HandoffReport, Reading

_EVENTS: Mapping[str, HandoffAction] = {
    "handoff.resolved": HandoffAction.RESOLVED,
    "handoff.reassigned": HandoffAction.REASSIGNED,
}


@frozen
class WebhookCallbackReader:
    """Reads the callbacks of a desk behind signed webhooks.

    Args:
        signing: checks their signatures.
    """

    signing: Signing
    name: str = field(default="webhook", init=False)

    async def read(self, callback: Callback, now: datetime) -> Reading:
        """Verify the signature and its age, then read the one event.

        Raises:
            BadSignature: missing, wrong or too old.
            MalformedCallback: the signature is right, the body is not.
        """
        message, at = self.signing.check(callback, now)
        told = json_object(callback.body)
        kind = told.get("type")
        action = _EVENTS.get(kind) if isinstance(kind, str) else None
        if action is None:
            return Reading()
        return Reading(
            (
                HandoffReport(
                    event_id=message,
                    action=action,
                    at=at,
                    handoff_key=identifier(told.get("handoff"), "handoff"),
                    by=optional_identifier(told.get("by")) or "",
                    to=optional_identifier(told.get("to")) or "",
                ),
            )
        )
