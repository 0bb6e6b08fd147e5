"""What a campaign's templates come to with made-up values, where that is allowed and may be a mistake."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve, frozen

from application.campaign_templates import Path, message_path
from application.errors import TemplateFault
from application.ports.rendering import Renderer
from domain.attributes import LINKS, AttributeType
from domain.campaign import Campaign, Message
from domain.contact import Contact
from domain.language.attributes import declared
from domain.sms import SmsEncoding, SmsSize, beyond_gsm
from domain.statuses import Channel
from domain.steps import Step

SAMPLE_LINKS: Mapping[str, str] = {name: f"https://example.com/{name[0]}/{'x' * 100}" for name in LINKS}
"""As long as real ones."""

_SAMPLES = {
    AttributeType.TEXT: "Alexandria",
    AttributeType.NUMBER: "1250",
    AttributeType.TIME: "2026-05-04T09:30+02:00",
}
_MOST_NAMED = 3


@frozen
class TemplateWarning:
    """One thing to look at.

    Args:
        path: where in the definition, as keys and indexes.
        problem: what may be wrong, one sentence.
    """

    path: Path
    problem: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path))}: {self.problem}"


def template_warnings(
    renderer: Renderer, definition: Mapping[str, Any], campaign: Campaign
) -> Iterator[TemplateWarning]:
    """Every message that cannot be rendered with plausible values, or is an SMS of more parts than wanted.

    Args:
        renderer: renders.
        definition: what the campaign was read from.
        campaign: whose ``sms_parts`` says how many parts are wanted at most.
    """
    contact = sample_contact(declared(definition))
    for path, message, channel in _messages(definition, campaign):
        try:
            content = renderer.message(message, contact, SAMPLE_LINKS)
        except TemplateFault as fault:
            yield TemplateWarning(path, f"with made-up values, it cannot be sent: {fault}")
            continue
        if channel is Channel.SMS and (problem := too_long(content.text, campaign.sms_parts)) is not None:
            yield TemplateWarning((*path, "text"), f"with made-up values, {problem}")


def too_long(text: str, most: int) -> str | None:
    """What to say of an SMS of too many parts; None where it is short enough.

    Args:
        text: as it would be sent.
        most: how many parts it may have.
    """
    size = SmsSize.of(text)
    if size.parts <= most:
        return None
    told = (
        f"it comes to {size.parts} parts ({size.characters} characters in {size.encoding}), more than {most}"
    )
    if size.encoding is SmsEncoding.GSM_7:
        return told
    culprits = beyond_gsm(text)
    named = ", ".join(f"{each!r} ({_name(each)})" for each in culprits[:_MOST_NAMED])
    more = f" and {len(culprits) - _MOST_NAMED} more" if len(culprits) > _MOST_NAMED else ""
    return f"{told}; {SmsEncoding.GSM_7} has no {named}{more}, which leaves less room in each part"


def sample_contact(attributes: Mapping[str, AttributeType]) -> Contact:
    """A contact who has everything, made up.

    Args:
        attributes: name to type.
    """
    return Contact(
        "sample",
        "customer-1042",
        phone="+12025550123",
        email="alexandria@example.com",
        timezone="Europe/Berlin",
        attributes={name: _SAMPLES[kind] for name, kind in attributes.items()},
    )


def _messages(definition: Mapping[str, Any], campaign: Campaign) -> Iterator[tuple[Path, Message, Channel]]:
    """Every message in every language, once, with its path."""
    told: set[tuple[Path, Channel]] = set()
    for index, step in enumerate(campaign.plan.steps):
        path = message_path(definition, index)
        if not isinstance(step, Step) or (path, step.channel) in told:
            continue
        told.add((path, step.channel))
        message = campaign.messages[step.key]
        yield path, evolve(message, languages={}), step.channel
        for tag, variant in message.languages.items():
            yield (*path, "languages", tag), variant, step.channel


def _name(character: str) -> str:
    return unicodedata.name(character, f"U+{ord(character):04X}").lower()
