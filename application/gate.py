"""What stands between an attempt and its provider: may it go out, and what does it say."""

from datetime import timedelta

from attrs import evolve, frozen

from application.errors import TemplateFault
from application.ports.attempts import Attempt
from application.ports.database import Transaction
from application.ports.enrollments import Enrollment
from application.ports.messaging import OutboundMessage
from application.ports.rendering import Renderer
from domain.enrollment.state import Outcome
from domain.idempotency import AttemptKey
from domain.statuses import Channel

PAUSE_CHECK = timedelta(minutes=15)
"""How long a send for a paused campaign is put off before the gate is asked again."""

KNOWN_SINCE = timedelta(days=1)
"""How long before an attempt's claim others to the same address are known to whoever looks for it."""

_LEFT_ALONE = frozenset({Outcome.OPTED_OUT, Outcome.COMPLAINED})


@frozen
class Gate:
    """Asked in the transaction that claims the attempt, so that nothing comes in between.

    Args:
        renderer: gives the words.
    """

    renderer: Renderer

    def leaves_alone(self, enrollment: Enrollment) -> bool:
        """Whether the contact has opted out and the run does not know it.

        Such an enrollment ended while its run was being started, so nobody could tell the run: it hears of it
        here.
        """
        return enrollment.outcome in _LEFT_ALONE

    async def holds(self, tx: Transaction, enrollment: Enrollment) -> bool:
        """Whether the campaign is paused, for an enrollment that goes on."""
        return enrollment.outcome is None and await tx.campaigns.is_paused(
            enrollment.tenant, enrollment.campaign
        )

    async def admit(
        self, tx: Transaction, enrollment: Enrollment, key: AttemptKey, channel: Channel
    ) -> OutboundMessage | str:
        """The message if it may go out, else why it may not."""
        if enrollment.outcome is not None:
            return "the enrollment has ended"
        message = await self.compose(tx, enrollment, key, channel)
        if isinstance(message, str):
            return message
        if await tx.suppressions.holds(enrollment.tenant, channel, message.to):
            return "the address is suppressed"
        return message

    async def compose(
        self, tx: Transaction, enrollment: Enrollment, key: AttemptKey, channel: Channel
    ) -> OutboundMessage | str:
        """The message, else why there is none."""
        campaign = await tx.campaigns.get(enrollment.tenant, enrollment.campaign, enrollment.version)
        contact = await tx.contacts.get(enrollment.contact_id)
        address = None if contact is None else contact.address(channel)
        template = campaign.messages.get(key.step)
        if contact is None or address is None:
            return f"no address for {channel.value}"
        if template is None:
            return f"the campaign has no step {key.step}"
        try:
            return OutboundMessage(key, address, self.renderer.message(template, contact))
        except TemplateFault as fault:
            return str(fault)

    async def compose_for_look_up(
        self, tx: Transaction, enrollment: Enrollment, attempt: Attempt
    ) -> OutboundMessage | str:
        """The message of an attempt in doubt with what tells it from its like, else why there is none."""
        message = await self.compose(tx, enrollment, attempt.key, attempt.channel)
        if isinstance(message, str):
            return message
        claimed = evolve(message, since=attempt.claimed_at)
        return evolve(claimed, known_refs=await known_refs(tx, claimed, attempt.channel, attempt.provider))


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
