"""What stands between an attempt and its provider: may it go out now, and what does it say."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import evolve, field, frozen

from application.errors import TemplateFault
from application.local_calendar import LocalCalendar
from application.ports.attempts import Attempt
from application.ports.database import Transaction
from application.ports.enrollments import Enrollment
from application.ports.links import Links, NoLinks
from application.ports.messaging import OutboundMessage
from application.ports.rendering import Renderer
from domain.campaign import Campaign
from domain.contact import Contact
from domain.contact_rules import Cap
from domain.enrollment.state import Outcome
from domain.idempotency import AttemptKey
from domain.pauses import Pause, PausePolicy, frozen_due, next_check
from domain.refusals import Refusal
from domain.statuses import Channel
from domain.steps import Step
from domain.times.plan_time import PlanTime

KNOWN_SINCE = timedelta(days=1)
"""How long before an attempt's claim others to the same address are known to whoever looks for it."""

_LEFT_ALONE = frozenset({Outcome.OPTED_OUT, Outcome.COMPLAINED})


@frozen
class Touch:
    """An attempt that wants to go out.

    Args:
        key: which attempt.
        channel: by which channel.
        due: when it fell due.
        since: when the wait for that began; the same where there was none.
    """

    key: AttemptKey
    channel: Channel
    due: datetime
    since: datetime

    def let_out(self, at: datetime) -> "Touch":
        """The same, to be asked about again after it was let out: it takes no second slot after a pause."""
        due = max(self.due, at)  # the run's clock may be ahead of ours
        return evolve(self, due=due, since=due)


@frozen
class Refused:
    """Why an attempt may not go out.

    Args:
        refusal: the sort of reason.
        reason: in words, without personal data.
        until: when it may, as far as that can be told.
    """

    refusal: Refusal
    reason: str
    until: datetime | None = None


@frozen
class Gate:
    """Asked in the transaction that claims the attempt, so that nothing comes in between.

    Args:
        renderer: gives the words.
        places: tells what time it is where the contact is.
        links: by which a person decides what they get from us.
        caps: how often a contact may be reached, whatever the campaign.
    """

    renderer: Renderer
    places: LocalCalendar
    links: Links = field(factory=NoLinks)
    caps: tuple[Cap, ...] = ()

    def leaves_alone(self, enrollment: Enrollment) -> bool:
        """Whether the contact has opted out and the run does not know it.

        Such an enrollment ended while its run was being started, so nobody could tell the run: it hears of it
        here.
        """
        return enrollment.outcome in _LEFT_ALONE

    async def admit(
        self, tx: Transaction, enrollment: Enrollment, touch: Touch, now: datetime
    ) -> OutboundMessage | Refused:
        """The message if it may go out now, else why it may not."""
        # It fell due by the clock of the run: ours may be behind, and must not hold it back again.
        now = max(now, touch.due)
        if enrollment.outcome is not None:
            return Refused(Refusal.ENDED, "the enrollment has ended")
        held = await _held(tx, enrollment, touch, now)
        if held is not None:
            return held
        campaign, contact = await self._read(tx, enrollment)
        message = self._compose(campaign, contact, touch.key, touch.channel)
        if isinstance(message, Refused) or contact is None:
            return message
        tenant, channel = enrollment.tenant, touch.channel
        if await tx.suppressions.holds(tenant, channel, message.to):
            return Refused(Refusal.SUPPRESSED, "the address is suppressed")
        if channel in campaign.rules.consent and not await tx.consents.holds(contact.id, channel):
            return Refused(Refusal.CONSENT, f"no consent to {channel.value}")
        closed = self._closed(enrollment, campaign, contact, touch, now)
        return closed or await self._capped(tx, enrollment, campaign, touch, now) or message

    async def compose_for_look_up(
        self, tx: Transaction, enrollment: Enrollment, attempt: Attempt
    ) -> OutboundMessage | Refused:
        """The message of an attempt in doubt with what tells it from its like, else why there is none."""
        campaign, contact = await self._read(tx, enrollment)
        message = self._compose(campaign, contact, attempt.key, attempt.channel)
        if isinstance(message, Refused):
            return message
        claimed = evolve(message, since=attempt.claimed_at)
        return evolve(claimed, known_refs=await known_refs(tx, claimed, attempt.channel, attempt.provider))

    # Contents ----------------------------------------------------------------------------------------

    async def _read(self, tx: Transaction, enrollment: Enrollment) -> tuple[Campaign, Contact | None]:
        campaign = await tx.campaigns.get(enrollment.tenant, enrollment.campaign, enrollment.version)
        return campaign, await tx.contacts.get(enrollment.contact_id)

    def _compose(
        self, campaign: Campaign, contact: Contact | None, key: AttemptKey, channel: Channel
    ) -> OutboundMessage | Refused:
        address = None if contact is None else contact.address(channel)
        template = campaign.messages.get(key.step)
        if contact is None or address is None:
            return Refused(Refusal.ADDRESS, f"no address for {channel.value}")
        if template is None:
            return Refused(Refusal.CONTENT, f"the campaign has no step {key.step}")
        unsubscribe = self.links.unsubscribe(key) if channel is Channel.EMAIL else None
        try:
            content = self.renderer.message(template, contact, self._links(key))
        except TemplateFault as fault:
            return Refused(Refusal.CONTENT, str(fault))
        return OutboundMessage(
            key, address, content, unsubscribe_url=unsubscribe, keys=_keys(campaign, key.step)
        )

    def _links(self, key: AttemptKey) -> Mapping[str, str]:
        links = {
            "unsubscribe_url": self.links.unsubscribe(key),
            "preferences_url": self.links.preferences(key.enrollment_id),
        }
        return {name: url for name, url in links.items() if url is not None}

    # When and how often ------------------------------------------------------------------------------

    def _closed(
        self, enrollment: Enrollment, campaign: Campaign, contact: Contact, touch: Touch, now: datetime
    ) -> Refused | None:
        """Whether the window is closed where the contact is."""
        window = campaign.rules.window_of(touch.key.step)
        if window is None:
            return None
        time = PlanTime(enrollment.created_at, enrollment.time_scale)
        here = time.of(now)
        opens = self.places.may_go_out(window, contact, campaign.rules, here, str(touch.key))
        if opens is None:
            return Refused(Refusal.WINDOW, "the send window does not open within a year")
        return None if opens <= here else Refused(Refusal.WINDOW, "outside the send window", time.real(opens))

    async def _capped(
        self, tx: Transaction, enrollment: Enrollment, campaign: Campaign, touch: Touch, now: datetime
    ) -> Refused | None:
        """Whether the contact has had enough; the contact is locked, so that the count holds."""
        caps = [cap for cap in (*self.caps, *campaign.rules.caps) if cap.channel in (None, touch.channel)]
        if not caps:
            return None
        await tx.contacts.lock(enrollment.contact_id)
        latest: Refused | None = None
        for cap in caps:
            counted = await tx.attempts.nth_latest(enrollment.contact_id, cap.count, cap.channel, touch.key)
            free = None if counted is None else counted + cap.per * enrollment.time_scale
            if free is None or free <= now:
                continue
            if latest is None or latest.until is None or free > latest.until:
                latest = Refused(Refusal.CAP, f"no more than {cap}", free)
        return latest


async def _held(tx: Transaction, enrollment: Enrollment, touch: Touch, now: datetime) -> Refused | None:
    """Whether the enrollment, or its campaign, is paused, or what fell due in a pause has to wait."""
    if enrollment.paused_at is not None:
        until = next_check(Pause(enrollment.paused_at), now)
        return Refused(Refusal.PAUSED, "the enrollment is paused", until)
    pauses = await tx.campaigns.pauses(enrollment.tenant, enrollment.campaign)
    due = frozen_due(touch.since, touch.due, pauses)  # None while it is not due, for a pause goes on
    fell_due = due if due is not None and due <= now else None
    if fell_due is not None and any(p.policy is PausePolicy.EXPIRE and p.holds(fell_due) for p in pauses):
        return Refused(Refusal.EXPIRED, "it fell due while the campaign was paused")
    for pause in pauses:
        if pause.holds(now):
            return Refused(Refusal.PAUSED, "the campaign is paused", next_check(pause, now))
    if fell_due is None:
        return Refused(Refusal.PAUSED, "the campaign was paused", due)
    overdue = [p for p in pauses if p.policy is PausePolicy.CATCH_UP and p.has_kept(fell_due)]
    if overdue:
        slot = await tx.campaigns.take_slot(enrollment.tenant, enrollment.campaign, overdue[-1], now)
        if slot > now:
            return Refused(Refusal.CATCHING_UP, "the campaign catches up after a pause", slot)
    return None


def _keys(campaign: Campaign, key: str) -> frozenset[str]:
    index = campaign.plan.index(key)
    step = None if index is None else campaign.plan.steps[index]
    return frozenset(step.pressed) if isinstance(step, Step) else frozenset()


async def known_refs(
    tx: Transaction, message: OutboundMessage, channel: Channel, provider: str
) -> frozenset[str] | None:
    """What the provider calls the others that went to a message's address: `OutboundMessage.known_refs`."""
    if message.since is None:
        return None
    others = await tx.attempts.others_to(
        channel, message.to, provider, message.key, message.since - KNOWN_SINCE
    )
    refs = frozenset(other.provider_ref for other in others if other.provider_ref is not None)
    return refs if all(other.provider_ref is not None for other in others) else None
