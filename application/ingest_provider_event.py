"""Take in what providers report: store first, then let the enrollments hear of it."""

from collections.abc import Sequence

import structlog
from attrs import evolve, frozen

from application.dispatch_events import DispatchEvents
from application.errors import DatabaseUnavailable, RunsUnavailable, UnknownCampaign
from application.opt_outs import OptOut, spread, suppress
from application.ports.attempts import Attempt
from application.ports.callbacks import InboundText, Report, StatusReport
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment
from application.ports.interactions import Dispatch, Interaction
from application.ports.webhooks import StagedWebhook
from domain.attempts import AttemptState
from domain.errors import DomainError
from domain.idempotency import AttemptKey, event_key
from domain.optout import is_stop
from domain.statuses import ENDING, SUPPRESSING, Channel, DeliveryStatus, result_of

_log = structlog.get_logger(__name__)

AT_ONCE = 50
"""How many events are signalled before the provider gets its answer; the relay takes the rest."""


@frozen
class IngestProviderEvent:
    """Store a callback and its events in one transaction, then signal what can change a decision.

    Once this returns, the provider may be told that all is well: nothing can be lost any more.

    Args:
        tenant: whose webhooks these are, for what a stranger writes.
    """

    database: Database
    dispatch: DispatchEvents
    clock: Clock
    tenant: str

    async def __call__(self, webhook: StagedWebhook, reports: Sequence[Report] = ()) -> int:
        """Take in one delivery.

        Args:
            webhook: the delivery as it came.
            reports: what could be read from it.

        Returns:
            How many interactions are new.

        Raises:
            DatabaseUnavailable: nothing is stored; the provider must be told to come again.
        """
        async with self.database.transaction() as tx:
            await tx.webhooks.stage(webhook)
            stored = [row for report in reports for row in await self._store(tx, webhook.provider, report)]
        pending = [row for row in stored if row.dispatch is Dispatch.PENDING]
        try:
            await self.dispatch(pending[:AT_ONCE])
        except (RunsUnavailable, DatabaseUnavailable) as fault:
            _log.warning("webhook.left_to_relay", provider=webhook.provider, reason=str(fault))
        return len(stored)

    async def _store(self, tx: Transaction, provider: str, report: Report) -> list[Interaction]:
        attempt = await self._attempt(tx, provider, report)
        enrollment = None if attempt is None else await tx.enrollments.get(attempt.key.enrollment_id)
        row = _interaction(provider, report, attempt)
        if attempt is not None and enrollment is not None:
            row = evolve(row, dispatch=await self._dispatch(tx, attempt, enrollment, _status(report)))
        else:
            _log.warning("webhook.unknown_attempt", provider=provider, event_id=report.event_id)
        if not await _added(tx, row):
            return []
        if attempt is not None and enrollment is not None:
            ref = report.provider_ref if isinstance(report, StatusReport) else None
            await tx.attempts.hear(attempt.key, _status(report), self.clock(), ref)
        return [row, *await self._suppress(tx, report, attempt, enrollment, row)]

    async def _attempt(self, tx: Transaction, provider: str, report: Report) -> Attempt | None:
        if isinstance(report, InboundText):
            return await tx.attempts.latest_to(report.channel, report.sender)
        key = AttemptKey.parse(report.attempt_key or "")
        if key is not None:
            return await tx.attempts.get(key)
        return await tx.attempts.by_ref(provider, report.provider_ref) if report.provider_ref else None

    async def _dispatch(
        self, tx: Transaction, attempt: Attempt, enrollment: Enrollment, status: DeliveryStatus
    ) -> Dispatch:
        """Whether the run must hear of it: a signal that cannot change a decision only costs money."""
        if enrollment.outcome is not None:
            return Dispatch.LATE
        if status in ENDING or attempt.state in _IN_DOUBT:
            return Dispatch.PENDING
        result = result_of(status)
        if result is None:
            return Dispatch.NONE
        try:
            campaign = await tx.campaigns.get(enrollment.tenant, enrollment.campaign, enrollment.version)
        except (UnknownCampaign, DomainError):  # the run carries its plan and can tell
            return Dispatch.PENDING
        return Dispatch.PENDING if campaign.plan.heeds(attempt.key.step, result) else Dispatch.NONE

    async def _suppress(
        self,
        tx: Transaction,
        report: Report,
        attempt: Attempt | None,
        enrollment: Enrollment | None,
        row: Interaction,
    ) -> list[Interaction]:
        """Suppress the address if it must be, and let every other open enrollment to it know."""
        status = _status(report)
        reach = await self._reach(tx, report, attempt, enrollment)
        if status not in SUPPRESSING or reach is None:
            return []
        channel, address = reach
        # Whoever asks to be left alone means everybody here, also those whose message is still on its way.
        tenants = set(await tx.contacts.tenants_at(channel, address)) if status in ENDING else set()
        if enrollment is not None or not tenants:
            tenants.add(self.tenant if enrollment is None else enrollment.tenant)
        wish = OptOut(row.key, channel, address, status.value, row.provider or "", self.clock())
        if status in ENDING:
            return await spread(tx, wish, tenants, apart_from=None if enrollment is None else enrollment.id)
        await suppress(tx, wish, tenants)
        return []

    async def _reach(
        self, tx: Transaction, report: Report, attempt: Attempt | None, enrollment: Enrollment | None
    ) -> tuple[Channel, str] | None:
        """The channel and address that the report is about."""
        if isinstance(report, InboundText):
            return report.channel, report.sender
        contact = None if enrollment is None else await tx.contacts.get(enrollment.contact_id)
        address = None if contact is None or attempt is None else contact.address(attempt.channel)
        return None if attempt is None or address is None else (attempt.channel, address)


_IN_DOUBT = frozenset({AttemptState.CLAIMED, AttemptState.UNKNOWN})
"""Of an attempt in doubt the run must hear whatever comes: it may be all that ever tells that it was sent."""


async def _added(tx: Transaction, row: Interaction) -> bool:
    return row.key in await tx.interactions.add([row])


def _status(report: Report) -> DeliveryStatus:
    if isinstance(report, StatusReport):
        return report.status
    return DeliveryStatus.OPTED_OUT if report.opted_out or is_stop(report.text) else DeliveryStatus.REPLIED


def _interaction(provider: str, report: Report, attempt: Attempt | None) -> Interaction:
    status = _status(report)
    key = None if attempt is None else attempt.key
    return Interaction(
        key=event_key(provider, report.event_id),
        kind=status.value,
        at=report.at,
        enrollment_id=None if key is None else key.enrollment_id,
        step=None if key is None else key.step,
        attempt=None if key is None else key.attempt,
        provider=provider,
        status=status,
        detail=report.detail if isinstance(report, StatusReport) else "",
        text=report.text if isinstance(report, InboundText) else None,
    )
