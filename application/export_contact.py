"""Give out everything that is held on a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from application.erase_contact import channels_to
from application.keep_contacts import contact_of
from application.ports.attempts import Attempt
from application.ports.consents import Consent
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment
from application.ports.handoffs import Handoff
from application.ports.interactions import Interaction
from application.ports.suppressions import EVERYBODY, Suppression
from application.ports.webhooks import StagedWebhook
from application.staging import all_staged
from domain.contact import Contact
from domain.erasure import Traces, excerpt, traces
from domain.statuses import Channel
from domain.times.rfc3339 import rfc3339

Data = dict[str, Any]
"""Plain data that JSON can hold; times are texts, RFC 3339 in UTC."""


@frozen
class ExportContact:
    """Collect what all tables hold on a contact.

    Of the staged callbacks only those are given that name an enrollment of the contact, and of a body that
    tells of many messages only what is about theirs: providers report of several people, and several
    tenants, in one. What a person wrote without our being told in answer to what stands in the timelines.
    """

    database: Database

    async def __call__(self, tenant: str, external_id: str) -> Data:
        """Everything as one document: ``docs/api.md`` shows its form.

        Args:
            tenant: whose contact.
            external_id: the contact, by the tenant's name for it.

        Raises:
            UnknownContact: the tenant has no such contact.
        """
        async with self.database.transaction() as tx:
            contact = await contact_of(tx, tenant, external_id)
            enrollments = await tx.holdings.enrollments(contact.id)
            handoffs = await tx.holdings.handoffs(contact.id)
            document = {
                "contact": _contact(contact),
                "consents": [_consent(each) for each in await tx.consents.of_contact(contact.id)],
                "suppressions": await _suppressions(tx, tenant, contact),
                "audiences": await tx.holdings.audiences(contact.id),
                "enrollments": [await _enrollment(tx, each, handoffs) for each in enrollments],
            }
        theirs = traces((), [enrollment.id for enrollment in enrollments])
        staged = await all_staged(self.database, theirs) if enrollments else []
        return document | {"webhooks": [_webhook(each, theirs) for each in staged]}


async def _suppressions(tx: Transaction, tenant: str, contact: Contact) -> list[Data]:
    return [
        _suppression(channel, address, each)
        for address, channels in channels_to(contact).items()
        for channel in channels
        for each in await tx.suppressions.of(tenant, channel, address)
    ]


async def _enrollment(tx: Transaction, enrollment: Enrollment, handoffs: Sequence[Handoff]) -> Data:
    attempts = await tx.attempts.of_enrollment(enrollment.id)
    interactions = await tx.interactions.of_enrollment(enrollment.id)
    return {
        "id": enrollment.id,
        "campaign": enrollment.campaign,
        "version": enrollment.version,
        "entry": enrollment.entry,
        "step": enrollment.step,
        "outcome": enrollment.outcome and enrollment.outcome.value,
        **_times(
            enrolled_at=enrollment.created_at,
            started_at=enrollment.started_at,
            paused_at=enrollment.paused_at,
            finished_at=enrollment.finished_at,
        ),
        "attempts": [_attempt(each) for each in attempts],
        "interactions": [_interaction(each) for each in interactions],
        "handoffs": [_handoff(each) for each in handoffs if each.enrollment_id == enrollment.id],
    }


def _contact(contact: Contact) -> Data:
    return {
        "id": contact.id,
        "external_id": contact.external_id,
        "phone": contact.phone,
        "email": contact.email,
        "timezone": contact.timezone,
        "attributes": dict(contact.attributes),
    }


def _consent(consent: Consent) -> Data:
    said = {"channel": consent.channel.value, "given": consent.given, "source": consent.source}
    return {**said, **_times(at=consent.at)}


def _suppression(channel: Channel, address: str, suppression: Suppression) -> Data:
    return {
        "channel": channel.value,
        "address": address,
        "reason": suppression.reason,
        "everybody": suppression.tenant == EVERYBODY,
        **_times(since=suppression.added_at),
    }


def _attempt(attempt: Attempt) -> Data:
    return {
        "key": str(attempt.key),
        "step": attempt.key.step,
        "attempt": attempt.key.attempt,
        "channel": attempt.channel.value,
        "provider": attempt.provider,
        "state": attempt.state.value,
        "delivery": attempt.delivery and attempt.delivery.value,
        "provider_ref": attempt.provider_ref,
        "reason": attempt.reason,
        **_times(at=attempt.claimed_at),
    }


def _interaction(interaction: Interaction) -> Data:
    return {
        "kind": interaction.kind,
        "step": interaction.step,
        "attempt": interaction.attempt,
        "provider": interaction.provider,
        "detail": interaction.detail,
        "text": interaction.text,
        **_times(at=interaction.at),
    }


def _handoff(handoff: Handoff) -> Data:
    return {
        "step": handoff.step,
        "reason": handoff.reason,
        "desk": handoff.desk,
        "ref": handoff.ref,
        **_times(created_at=handoff.created_at, resolved_at=handoff.resolved_at),
    }


def _webhook(webhook: StagedWebhook, theirs: Traces) -> Data:
    return {
        "provider": webhook.provider,
        "target": webhook.target,
        "content_type": webhook.content_type,
        "verdict": webhook.verdict.value,
        "body": excerpt(webhook.body, theirs).decode("utf-8", "replace"),
        **_times(received_at=webhook.received_at),
    }


def _times(**times: datetime | None) -> Mapping[str, str | None]:
    return {name: None if at is None else rfc3339(at) for name, at in times.items()}
