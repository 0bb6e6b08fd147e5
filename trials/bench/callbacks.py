"""What a provider reports of a message, as it is taken in once its signature was checked and it was read."""

from datetime import datetime

from attrs import frozen

from application.ports.callbacks import Report, StatusReport
from application.ports.webhooks import StagedWebhook, Verdict
from domain.idempotency import AttemptKey, webhook_key
from domain.statuses import Channel, DeliveryStatus
from trials.bench.lived import callback_body
from trials.bench.nobody import ref_of, vendor


@frozen
class Callback:
    """One callback.

    Args:
        webhook: as it came.
        reports: what it says.
    """

    webhook: StagedWebhook
    reports: tuple[Report, ...]


def callback(key: AttemptKey, channel: Channel, status: DeliveryStatus, at: datetime) -> Callback:
    """A provider's callback, by our key and its own reference.

    Args:
        key: which attempt.
        channel: by which channel.
        status: what became of it.
        at: when.
    """
    provider, ref = vendor(channel), ref_of(key)
    body, target = callback_body(ref, status), f"/webhooks/{provider}?attempt={key}"
    webhook = StagedWebhook(
        key=webhook_key(provider, target, body),
        provider=provider,
        target=target,
        content_type="application/x-www-form-urlencoded",
        body=body,
        received_at=at,
        verdict=Verdict.READ,
    )
    return Callback(webhook, (StatusReport(f"{ref}:{status.value}", status, at, str(key), ref),))
