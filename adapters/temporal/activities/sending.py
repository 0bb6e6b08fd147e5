"""What the three send activities have in common."""

from datetime import datetime

from structlog.contextvars import bound_contextvars

from adapters.temporal.activities.patience import within
from adapters.temporal.common.errors import told_to_temporal
from adapters.temporal.common.payloads import SendOutcome, SendPayload
from application.send_message import SendMessage, SendResult
from domain.idempotency import AttemptKey
from domain.statuses import Channel


async def send(
    send_message: SendMessage, channel: Channel, enrollment_id: str, payload: SendPayload
) -> SendOutcome:
    """Send one attempt on a channel, with its ids bound for every log line.

    Raises:
        temporalio.exceptions.ApplicationError: `adapters.temporal.common.errors` tells which.
    """
    key = AttemptKey(enrollment_id, payload.step, payload.attempt)
    with (
        bound_contextvars(enrollment_id=enrollment_id, attempt=str(key)),
        within(payload.patience),
        told_to_temporal(),
    ):
        return _outcome(await send_message(key, channel, _time(payload.due), _time(payload.since)))


def _outcome(result: SendResult) -> SendOutcome:
    until = None if result.until is None else result.until.isoformat()
    refusal = None if result.refusal is None else result.refusal.value
    return SendOutcome(result.provider_ref, result.status.value, result.reason, until, refusal)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
