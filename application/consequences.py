"""What follows from what providers report: statuses of attempts, cases of humans, addresses left alone."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from attrs import frozen

from application.news import News
from application.opt_outs import OptOut, lift, spread, suppress
from application.ports.attempts import Heard
from application.ports.callbacks import HandoffAction, HandoffReport, InboundText, StatusReport
from application.ports.clock import Clock
from application.ports.database import Transaction
from application.ports.enrollments import Enrollment
from application.ports.handoffs import Handoff
from application.ports.interactions import Interaction
from domain.idempotency import AttemptKey
from domain.keywords import Keyword
from domain.statuses import ENDING, SUPPRESSING, Channel, join


@frozen
class Consequences:
    """Draws them, inside the transaction that stores the events.

    Args:
        clock: for what is noted now.
        tenant: whose the webhooks are, for what a stranger writes.
    """

    clock: Clock
    tenant: str

    async def hear(self, tx: Transaction, news: Iterable[News]) -> None:
        """Raise the delivery status of each attempt, once, to the highest that is new."""
        heard: dict[AttemptKey, Heard] = {}
        for each in news:
            attempt, status = each.about.attempt, each.row.status
            if attempt is None or status is None or each.about.enrollment is None:
                continue
            given = each.report.provider_ref if isinstance(each.report, StatusReport) else None
            given = None if each.about.is_erased else given
            known = heard.get(attempt.key)
            heard[attempt.key] = Heard(
                attempt.key,
                join(None if known is None else known.status, status),
                (None if known is None else known.provider_ref) or given,
            )
        await tx.attempts.hear_all(list(heard.values()), self.clock())

    async def follow_up(self, tx: Transaction, news: Iterable[News]) -> list[tuple[News, Interaction]]:
        """Do what the events ask for; gives the rows by which other enrollments hear of it, with the event.

        Address by address, so that two batches take the same rows in the same order and never wait for each
        other; of one address, in the order in which it came.
        """
        reached = [(await _reaches(tx, each), each) for each in news]
        reached.sort(key=lambda pair: pair[0])
        return [(each, row) for reaches, each in reached for row in await self._one(tx, each, reaches)]

    async def _one(
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
