"""Show what a contact would get from a campaign, without sending anything."""

from collections.abc import Iterator, Mapping

from attrs import evolve, field, frozen

from application.errors import TemplateFault
from application.ports.messaging import Content
from application.ports.rendering import Renderer
from application.template_warnings import SAMPLE_LINKS, too_long
from domain.campaign import Campaign, Message
from domain.contact import Contact
from domain.sms import SmsSize
from domain.statuses import Channel
from domain.steps import Step
from domain.times.delays import DelayUnknown, FromAttribute, stated


@frozen
class StepPreview:
    """What one step would send. The repr shows no personal data.

    Args:
        step: the step's key.
        channel: how the contact would be reached.
        applies: whether the step's condition holds for the contact; if not, the step is passed over.
        language: the tag of the variant that was chosen; None for the words that hold for all others.
        content: the words; None where they cannot be rendered.
        sms: what the text comes to on the network, of an SMS.
        problems: why the contact would not get it, or what to look at; sentences.
    """

    step: str
    channel: Channel
    applies: bool = True
    language: str | None = None
    content: Content | None = field(default=None, repr=False)
    sms: SmsSize | None = None
    problems: tuple[str, ...] = ()


@frozen
class PreviewCampaign:
    """Render every step of a campaign for one contact.

    Args:
        renderer: gives the words.
    """

    renderer: Renderer

    def __call__(
        self, campaign: Campaign, contact: Contact, links: Mapping[str, str] = SAMPLE_LINKS
    ) -> tuple[StepPreview, ...]:
        """One preview for each step that sends, in the order of the plan; what one lacks stops no other.

        Args:
            campaign: published or not.
            contact: stored or made up.
            links: what stands for the links that each message gets: name to address.
        """
        steps = (step for step in campaign.plan.steps if isinstance(step, Step))
        return tuple(self._preview(campaign, step, contact, links) for step in steps)

    def _preview(
        self, campaign: Campaign, step: Step, contact: Contact, links: Mapping[str, str]
    ) -> StepPreview:
        condition = campaign.conditions.get(step.key)
        language, words = _chosen(campaign.messages[step.key], contact)
        preview = StepPreview(
            step.key,
            step.channel,
            applies=condition is None or condition.holds(contact.known),
            language=language,
            problems=(*_unreachable(step.channel, contact), *_never_due(step, contact)),
        )
        try:
            content = self.renderer.message(campaign.messages[step.key], contact, links)
        except TemplateFault as fault:
            why = self._why(str(fault), words, {*contact.known, *links})
            return evolve(preview, problems=(*preview.problems, *why))
        return _with_size(evolve(preview, content=content), content.text, campaign.sms_parts)

    def _why(self, fault: str, words: Message, known: set[str]) -> Iterator[str]:
        """Why it cannot be rendered: all that is missing at once, where something is."""
        try:
            parts = (words.text, words.subject, words.html, words.mjml)
            needed = {name for part in parts if part is not None for name in self.renderer.needed(part)}
        except TemplateFault:
            needed = set()
        missing = sorted(needed - known)
        yield from (f"the contact has no {name}, and the template needs it" for name in missing)
        if not missing:
            yield fault


def _with_size(preview: StepPreview, text: str, most: int) -> StepPreview:
    if preview.channel is not Channel.SMS:
        return preview
    problem = too_long(text, most)
    problems = preview.problems if problem is None else (*preview.problems, problem)
    return evolve(preview, sms=SmsSize.of(text), problems=problems)


def _chosen(message: Message, contact: Contact) -> tuple[str | None, Message]:
    words = message.in_language(contact.known.get("language"))
    return next((tag for tag, each in message.languages.items() if each is words), None), words


def _unreachable(channel: Channel, contact: Contact) -> Iterator[str]:
    if contact.address(channel) is None:
        yield f"the contact has no {'e-mail address' if channel is Channel.EMAIL else 'phone number'}"


def _never_due(step: Step, contact: Contact) -> Iterator[str]:
    if isinstance(step.delay, FromAttribute):
        try:
            stated(step.delay.attribute, contact.attributes)
        except DelayUnknown as fault:
            yield str(fault)
