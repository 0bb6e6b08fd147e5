"""The activity that sends, as the server and its workers would carry it out: repeated until patience ends."""

from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import define

from application.errors import OutcomeUnknown, TransientFault
from application.send_message import SendMessage as SendMessageUseCase
from application.send_message import SendResult, SendStatus
from domain.enrollment.commands import SendMessage
from domain.enrollment.events import (
    Event,
    MessageAccepted,
    MessageRejected,
    ProviderEvent,
    SendFailed,
    SendRefused,
    SendUnknown,
)
from domain.idempotency import AttemptKey
from domain.refusals import Refusal
from domain.statuses import DeliveryStatus
from tests.unit.campaigns.agenda import Agenda
from tests.unit.campaigns.books import ENROLLMENT
from tests.unit.campaigns.carrier import WorkerDied
from tests.unit.campaigns.evidence import Evidence

_LONGEST_BACK_OFF = timedelta(minutes=30)


@define
class Call:
    """One order to send, called until it is answered.

    Args:
        order: what to send.
        agenda: where the calls and the answer are put.
        evidence: whether the run has ended meanwhile.
        tell: lets the run hear of the answer.
        send_message: what is called.
        patience: for how long.
    """

    order: SendMessage
    agenda: Agenda
    evidence: Evidence
    tell: Callable[[datetime, Callable[[datetime], Event]], None]
    send_message: SendMessageUseCase
    patience: timedelta
    number: int = 0
    first: datetime | None = None

    async def __call__(self) -> None:
        """Call once more. Of a run that has ended, some workers hear too late."""
        if self.evidence.ended is not None and self.agenda.chance.random() < 0.5:
            return
        order, self.number = self.order, self.number + 1
        self.first = self.first or self.agenda.now
        since = None if order.since == order.due else order.since
        key = AttemptKey(ENROLLMENT, order.step, order.attempt)
        try:
            result = await self.send_message(key, order.channel, order.due, since)
        except TransientFault as fault:
            self._again(self.first, fault.retry_after, SendFailed)
        except (OutcomeUnknown, WorkerDied):
            self._again(self.first, None, SendUnknown)
        else:
            if result.refusal is not None:
                self.evidence.refusals.add(result.refusal)
            self.tell(self.agenda.soon(), lambda at: _fact(result, order, at))

    def _again(
        self, first: datetime, asked: timedelta | None, at_last: type[SendFailed | SendUnknown]
    ) -> None:
        wait = asked or min(timedelta(seconds=2 ** min(self.number, 12)), _LONGEST_BACK_OFF)
        if self.agenda.now + wait <= first + self.patience:
            self.agenda.at(self.agenda.now + wait, self)
        else:
            self.tell(self.agenda.soon(), lambda at: at_last(at, self.order.step, self.order.attempt))


def _fact(result: SendResult, order: SendMessage, at: datetime) -> Event:
    step, attempt, reason = order.step, order.attempt, result.reason or ""
    match result.status:
        case SendStatus.ACCEPTED:
            return MessageAccepted(at, step, attempt)
        case SendStatus.REJECTED:
            return MessageRejected(at, step, attempt, reason)
        case SendStatus.UNKNOWN:
            return SendUnknown(at, step, attempt)
        case SendStatus.REFUSED:
            return SendRefused(at, step, attempt, result.refusal or Refusal.PAUSED, result.until, reason)
        case SendStatus.OPTED_OUT:
            return ProviderEvent(at, step, attempt, DeliveryStatus.OPTED_OUT)
