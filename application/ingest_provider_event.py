"""Take in what providers report: store first, then let the enrollments hear of it."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta

import structlog
from attrs import Factory, evolve, field, frozen

from application.addressees import Addressees
from application.consequences import Consequences
from application.dispatch_events import DispatchEvents, let_hear
from application.errors import BadSignature, DatabaseUnavailable, UnknownCampaign
from application.news import News, read_news
from application.ports.callbacks import HandoffAction, HandoffReport, InboundText, Report, StatusReport
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment
from application.ports.handoffs import Handoff
from application.ports.interactions import Dispatch, Interaction
from application.ports.telemetry import NoTelemetry, Telemetry
from application.ports.webhooks import StagedWebhook
from application.together import Together
from domain.attempts import IN_DOUBT
from domain.errors import DomainError
from domain.idempotency import AttemptKey
from domain.keywords import Keywords
from domain.statuses import ENDING, DeliveryStatus, result_of

_log = structlog.get_logger(__name__)

FEW = 10
"""A delivery of no more events than this is stored along with others."""

AT_ONCE = 32
"""How many deliveries one transaction stores at most: other processes wait for it."""

PATIENCE = timedelta(seconds=15)
"""How long a delivery waits for its transaction, with those before it: vendors wait for us no longer."""


@frozen
class Delivery:
    """One webhook and what could be read from it.

    Args:
        webhook: as it came.
        reports: what could be read.
        nonce: what makes its signature good for this delivery only, where that is not the body.
    """

    webhook: StagedWebhook
    reports: Sequence[Report]
    nonce: str | None = None

    @property
    def goes_along(self) -> bool:
        """Whether it is stored along with others.

        What people write and do is looked at one by one: it counts in which order that came. So is what may
        be refused for its nonce.
        """
        of_messages = all(isinstance(report, StatusReport) for report in self.reports)
        return self.nonce is None and len(self.reports) <= FEW and of_messages


@frozen
class IngestProviderEvent:
    """Store a callback and its events in one transaction, then signal what can change a decision.

    Once this returns, the provider may be told that all is well: nothing can be lost any more. Callbacks that
    come at the same time share a transaction: ADR 14.

    Args:
        tenant: whose webhooks these are, for what a stranger writes.
        keywords: the words by which people steer us, where the provider does not tell them itself.
        telemetry: counts what nobody can be found for.
        patience: how long a delivery waits to be stored along with others.
    """

    database: Database
    dispatch: DispatchEvents
    clock: Clock
    tenant: str
    keywords: Keywords = field(factory=Keywords)
    telemetry: Telemetry = field(factory=NoTelemetry)
    patience: timedelta = PATIENCE
    _rounds: Together[Delivery, list[Interaction]] = field(
        default=Factory(
            lambda self: Together(self._store, (DatabaseUnavailable,), AT_ONCE),
            takes_self=True,
        ),
        init=False,
        eq=False,
        repr=False,
    )

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
        delivery = Delivery(webhook, tuple(reports), nonce)
        if delivery.goes_along:
            stored = await self._along(delivery)
        else:
            [stored] = await self._store([delivery])
        await let_hear(self.dispatch, stored)
        return len(stored)

    async def _along(self, delivery: Delivery) -> list[Interaction]:
        """Store a delivery along with others.

        While the database is gone or locked each transaction takes long to fail, and ever more wait: nobody
        is kept for longer than a vendor would stay.
        """
        try:
            async with asyncio.timeout(self.patience.total_seconds()):
                return await self._rounds.ask(delivery)
        except TimeoutError:
            raise DatabaseUnavailable("the database does not keep up with the deliveries") from None

    async def _store(self, deliveries: Sequence[Delivery]) -> list[list[Interaction]]:
        """Store deliveries in one transaction; gives the new rows of each."""
        async with self.database.transaction() as tx:
            await tx.webhooks.stage(*(each.webhook for each in deliveries))
            for each in deliveries:
                if each.nonce is not None:
                    await self._use(tx, each.webhook, each.nonce)
            news = await self._news(tx, deliveries)
            told = [each for _, each in news]
            await self._consequences.hear(tx, told)
            shared = await self._consequences.follow_up(tx, told)
        self._count(told)
        whose = {each.row.key: number for number, each in news}
        stored: list[list[Interaction]] = [[] for _ in deliveries]
        for event, row in [*((each, each.row) for each in told), *shared]:
            stored[whose[event.row.key]].append(row)
        return stored

    @property
    def _consequences(self) -> Consequences:
        return Consequences(self.clock, self.tenant)

    async def _use(self, tx: Transaction, webhook: StagedWebhook, nonce: str) -> None:
        if not await tx.webhooks.use_nonce(webhook.provider, nonce, webhook.key, self.clock()):
            raise BadSignature(f"{webhook.provider}: the signature was used by another delivery before")

    # Rows --------------------------------------------------------------------------------------------

    async def _news(self, tx: Transaction, deliveries: Sequence[Delivery]) -> list[tuple[int, News]]:
        """Store every event once, all in one statement; gives those that are new, each with its delivery."""
        known = await _known(tx, deliveries)
        told: dict[str, tuple[int, News]] = {}
        erased: dict[int, StagedWebhook] = {}
        settled: set[AttemptKey] = set()
        for number, delivery in enumerate(deliveries):
            provider = delivery.webhook.provider
            for report in delivery.reports:
                news = read_news(provider, report, await known[provider].of(report), self.keywords)
                if news.about.is_erased:
                    erased[number] = delivery.webhook
                if news.row.key in told:  # vendors repeat themselves, also within one batch
                    continue
                dispatch = await self._must_hear(tx, news, settled)
                told[news.row.key] = number, evolve(news, row=evolve(news.row, dispatch=dispatch))
        if erased:
            await tx.holdings.empty_staged(list(erased.values()))
        new = await tx.interactions.add([news.row for _, news in told.values()])
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
        # Of one in doubt it must hear whatever comes: it may be all that ever tells that it was sent.
        in_doubt = attempt.state in IN_DOUBT and attempt.key not in settled
        settled.add(attempt.key)
        if enrollment.outcome is not None:
            return Dispatch.LATE
        if status in ENDING or in_doubt or await _heeds(tx, enrollment, attempt.key.step, status):
            return Dispatch.PENDING
        return Dispatch.NONE

    def _count(self, news: Iterable[News]) -> None:
        for each in news:
            if not each.is_lost:
                continue
            provider = each.row.provider or ""
            contradicts = each.about.contradicts
            word = "webhook.unmatched" if contradicts is None else "webhook.contradicted"
            _log.warning(word, provider=provider, event_id=each.report.event_id)
            if contradicts is not None:
                self.telemetry.unmatched(provider, contradicts.channel.value)
            elif isinstance(each.report, InboundText):
                self.telemetry.unmatched(provider, each.report.channel.value)
            elif isinstance(each.report, HandoffReport):
                self.telemetry.unmatched(provider, "handoff")


async def _known(tx: Transaction, deliveries: Iterable[Delivery]) -> dict[str, Addressees]:
    """Who finds whom the deliveries are about, by provider; what can be looked up together is."""
    reports: dict[str, list[Report]] = {}
    for each in deliveries:
        reports.setdefault(each.webhook.provider, []).extend(each.reports)
    known = {provider: Addressees(tx, provider) for provider in reports}
    for provider, addressees in known.items():
        await addressees.look_up(reports[provider])
    return known


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
