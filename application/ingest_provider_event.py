"""Take in what providers report: store first, then let the enrollments hear of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog
from attrs import evolve, field, frozen

from application.addressees import Addressees
from application.dispatch_events import DispatchEvents, let_hear
from application.errors import BadSignature, UnknownCampaign
from application.news import News, read_news
from application.opt_outs import OptOut, lift, spread, suppress
from application.ports.callbacks import HandoffAction, HandoffReport, InboundText, Report, StatusReport
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment
from application.ports.handoffs import Handoff
from application.ports.interactions import Dispatch, Interaction
from application.ports.telemetry import NoTelemetry, Telemetry
from application.ports.webhooks import StagedWebhook
from domain.attempts import AttemptState
from domain.errors import DomainError
from domain.idempotency import AttemptKey
from domain.keywords import Keyword, Keywords
from domain.statuses import ENDING, SUPPRESSING, Channel, DeliveryStatus, join, result_of

_log = structlog.get_logger(__name__)


@frozen
class IngestProviderEvent:
    """Store a callback and its events in one transaction, then signal what can change a decision.

    Once this returns, the provider may be told that all is well: nothing can be lost any more.

    Args:
        tenant: whose webhooks these are, for what a stranger writes.
        keywords: the words by which people steer us, where the provider does not tell them itself.
        telemetry: counts what nobody can be found for.
    """

    database: Database
    dispatch: DispatchEvents
    clock: Clock
    tenant: str
    keywords: Keywords = field(factory=Keywords)
    telemetry: Telemetry = field(factory=NoTelemetry)

    async def __call__(
        self, webhook: StagedWebhook, reports: Sequence[Report] = (), nonce: str | None = None
    ) -> int:
        """Take in one delivery.

        Args:
            webhook: the delivery as it came.
            reports: what could be read from it.
            nonce: what makes its signature good for this delivery only, where that is not the body.

        Returns:
            How many interactions are new.

        Raises:
            BadSignature: another delivery has used the nonce; nothing is stored.
            DatabaseUnavailable: nothing is stored; the provider must be told to come again.
        """
        async with self.database.transaction() as tx:
            await tx.webhooks.stage(webhook)
            if nonce is not None:
                await self._use(tx, webhook, nonce)
            addressees = Addressees(tx, webhook.provider)
            news = await self._store(addressees, reports)
            if addressees.met_erased:
                await tx.holdings.empty_staged([webhook])
            await self._hear(tx, news)
            shared = await self._follow_up_all(tx, news)
        self._count(webhook.provider, news)
        stored = [*(each.row for each in news), *shared]
        await let_hear(self.dispatch, stored)
        return len(stored)

    async def _use(self, tx: Transaction, webhook: StagedWebhook, nonce: str) -> None:
        if not await tx.webhooks.use_nonce(webhook.provider, nonce, webhook.key, self.clock()):
            raise BadSignature(f"{webhook.provider}: the signature was used by another delivery before")

    # Rows --------------------------------------------------------------------------------------------

    async def _store(self, addressees: Addressees, reports: Sequence[Report]) -> list[News]:
        """Store every event once, all in one statement; gives those that are new."""
        tx, provider = addressees.tx, addressees.provider
        told: dict[str, News] = {}
        settled: set[AttemptKey] = set()
        for report in reports:
            news = read_news(provider, report, await addressees.of(report), self.keywords)
            if news.row.key in told:  # vendors repeat themselves, also within one batch
                continue
            dispatch = await self._must_hear(tx, news, settled)
            told[news.row.key] = evolve(news, row=evolve(news.row, dispatch=dispatch))
        new = await tx.interactions.add([each.row for each in told.values()])
        return [each for key, each in told.items() if key in new]

    async def _must_hear(self, tx: Transaction, news: News, settled: set[AttemptKey]) -> Dispatch:
        """Whether the run must hear of it: a signal that cannot change a decision only costs money.

        Args:
            tx: the transaction.
            news: what came.
            settled: the attempts of which something was heard before in this batch; this one is added.
        """
        report, attempt, enrollment = news.report, news.about.attempt, news.about.enrollment
        if isinstance(report, HandoffReport):
            return _once_resolved(report, news.about.handoff, enrollment)
        status = news.row.status
        if status is None or attempt is None or enrollment is None:
            return Dispatch.NONE
        in_doubt = attempt.state in _IN_DOUBT and attempt.key not in settled
        settled.add(attempt.key)
        if enrollment.outcome is not None:
            return Dispatch.LATE
        if status in ENDING or in_doubt or await _heeds(tx, enrollment, attempt.key.step, status):
            return Dispatch.PENDING
        return Dispatch.NONE

    def _count(self, provider: str, news: Iterable[News]) -> None:
        for each in news:
            if not each.is_lost:
                continue
            contradicts = each.about.contradicts
            word = "webhook.unmatched" if contradicts is None else "webhook.contradicted"
            _log.warning(word, provider=provider, event_id=each.report.event_id)
            if contradicts is not None:
                self.telemetry.unmatched(provider, contradicts.channel.value)
            elif isinstance(each.report, InboundText):
                self.telemetry.unmatched(provider, each.report.channel.value)
            elif isinstance(each.report, HandoffReport):
                self.telemetry.unmatched(provider, "handoff")

    # What follows ------------------------------------------------------------------------------------

    async def _hear(self, tx: Transaction, news: Iterable[News]) -> None:
        """Raise the delivery status of each attempt, once, to the highest that is new."""
        heard: dict[AttemptKey, tuple[DeliveryStatus, str | None]] = {}
        for each in news:
            attempt, status = each.about.attempt, each.row.status
            if attempt is None or status is None or each.about.enrollment is None:
                continue
            known, ref = heard.get(attempt.key, (None, None))
            given = each.report.provider_ref if isinstance(each.report, StatusReport) else None
            given = None if each.about.is_erased else given
            heard[attempt.key] = (join(known, status), ref or given)
        for key in sorted(heard, key=str):  # in one order everywhere, or two batches wait for each other
            status, ref = heard[key]
            await tx.attempts.hear(key, status, self.clock(), ref)

    async def _follow_up_all(self, tx: Transaction, news: Iterable[News]) -> list[Interaction]:
        """Do what the events ask for; gives the rows by which other enrollments hear of it.

        Address by address, so that two batches take the same rows in the same order and never wait for each
        other; of one address, in the order in which it came.
        """
        reached = [(await _reaches(tx, each), each) for each in news]
        reached.sort(key=lambda pair: pair[0])
        return [row for reaches, each in reached for row in await self._follow_up(tx, each, reaches)]

    async def _follow_up(
        self, tx: Transaction, news: News, reaches: Sequence[tuple[Channel, str]]
    ) -> list[Interaction]:
        report, handoff = news.report, news.about.handoff
        if isinstance(report, HandoffReport):
            if handoff is not None:
                await self._take_case(tx, handoff, report)
            return []
        if isinstance(report, InboundText) and news.keyword is Keyword.START:
            # The sender's own address and no other: whose message it names, anybody can have typed.
            tenants = await self._tenants(tx, report.channel, report.sender, news.about.enrollment)
            await lift(tx, report.channel, report.sender, tenants, self._when(news))
        if news.row.status not in SUPPRESSING:
            return []
        return [row for reach in reaches for row in await self._suppress(tx, news, *reach)]

    async def _take_case(self, tx: Transaction, handoff: Handoff, report: HandoffReport) -> None:
        if report.action is HandoffAction.RESOLVED:
            await tx.handoffs.resolve(handoff.key, report.at)
            return
        # By the desk's clock, unless that is ahead of ours; what was said before the last word is no news.
        at = min(report.at, self.clock())
        if report.to and (handoff.claimed_at is None or handoff.claimed_at <= at):
            await tx.handoffs.assign(handoff.key, report.to, at)

    async def _suppress(
        self, tx: Transaction, news: News, channel: Channel, address: str
    ) -> list[Interaction]:
        """Suppress an address, and let every other open enrollment to it know if that is a wish."""
        enrollment, row = news.about.enrollment, news.row
        wish = OptOut(row.key, channel, address, row.kind, row.provider or "", self._when(news))
        if row.status not in ENDING:
            await suppress(tx, wish, {self.tenant if enrollment is None else enrollment.tenant})
            return []
        tenants = await self._tenants(tx, channel, address, enrollment)
        return await spread(tx, wish, tenants, apart_from=None if enrollment is None else enrollment.id)

    def _when(self, news: News) -> datetime:
        """When it was said: by the provider's clock, unless that is ahead of ours."""
        return min(news.row.at, self.clock())

    async def _tenants(
        self, tx: Transaction, channel: Channel, address: str, enrollment: Enrollment | None
    ) -> set[str]:
        """Whom a person means who asks to be left alone, or not any more.

        Everybody here who has the address, also those whose message is still on its way.
        """
        tenants = set(await tx.contacts.tenants_at(channel, address))
        if enrollment is not None:
            return tenants | {enrollment.tenant}
        return tenants or {self.tenant}


_IN_DOUBT = frozenset({AttemptState.CLAIMED, AttemptState.UNKNOWN})
"""Of an attempt in doubt the run must hear whatever comes: it may be all that ever tells that it was sent."""


async def _heeds(tx: Transaction, enrollment: Enrollment, step: str, status: DeliveryStatus) -> bool:
    """Whether the plan makes anything of it at this step."""
    result = result_of(status)
    if result is None:
        return False
    try:
        campaign = await tx.campaigns.get(enrollment.tenant, enrollment.campaign, enrollment.version)
    except (UnknownCampaign, DomainError):  # the run carries its plan and can tell
        return True
    return campaign.plan.heeds(step, result)


def _once_resolved(report: HandoffReport, handoff: Handoff | None, enrollment: Enrollment | None) -> Dispatch:
    """Whether the run must hear of it: not where the case was closed before, here or at the desk."""
    if handoff is None or enrollment is None or report.action is not HandoffAction.RESOLVED:
        return Dispatch.NONE
    if handoff.resolved_at is not None:
        return Dispatch.NONE
    return Dispatch.PENDING if enrollment.outcome is None else Dispatch.LATE


async def _reaches(tx: Transaction, news: News) -> list[tuple[Channel, str]]:
    """Which addresses must be suppressed or freed: where a person wrote from, and where we wrote to.

    None where the event asks for nothing of the kind.
    """
    if news.keyword is Keyword.START and isinstance(news.report, InboundText):
        return [(news.report.channel, news.report.sender)]
    if news.row.status not in SUPPRESSING:
        return []
    attempt, enrollment = news.about.attempt, news.about.enrollment
    reaches: list[tuple[Channel, str]] = []
    if isinstance(news.report, InboundText):
        reaches.append((news.report.channel, news.report.sender))
    contact = None if enrollment is None else await tx.contacts.get(enrollment.contact_id)
    address = None if contact is None or attempt is None else contact.address(attempt.channel)
    if attempt is not None and address is not None:
        reaches.append((attempt.channel, address))
    return list(dict.fromkeys(reaches))
