"""A whole campaign in its Python form."""

from collections.abc import Mapping, Sequence
from typing import Literal

from attrs import frozen

from domain.language.python.part import Duration, Part
from domain.language.python.rules import Caps, Event, Goal, Handoff, Window
from domain.language.python.steps import AnyStep, Message
from domain.language.python.words import AttributeWord, ChannelWord, Ending, PriorityWord, RefusedWords


@frozen(kw_only=True)
class Campaign(Part):
    """A campaign.

    Args:
        campaign: its key, such as ``appointment-reminder``.
        version: from 1; a published version never changes.
        priority: whose messages go first where they have to wait for a provider's rate.
        weight: its share among the campaigns of the same priority.
        patience: how long one attempt goes on trying a provider that is down.
        at_end: what follows the last step.
        handoff: what the human who takes over is told.
        attributes: what contacts must have: names, or name to type.
        timezone: the zone of contacts whose own is not known, an IANA name.
        window: when messages may go out.
        caps: how many messages a contact may get.
        consent: the channels on which contacts must have agreed to be reached; ``required`` is all of them.
        reentry: whether a contact may be enrolled again; a duration is a cool-down.
        refused: what follows where a message is not let out.
        goals: events by name, and statuses, that win the enrollment wherever it stands; or lead it to a step.
        sms_parts: how many parts an SMS may have before a warning.
        templates: messages by name, for `template` in steps.
        steps: in order; every route leads forward.
    """

    campaign: str
    version: int
    priority: PriorityWord | None = None
    weight: float | None = None
    patience: Duration | None = None
    at_end: Ending | None = None
    handoff: Handoff | None = None
    attributes: Mapping[str, AttributeWord] | Sequence[str] | None = None
    timezone: str | None = None
    window: str | Window | None = None
    caps: Caps | None = None
    consent: Literal["required", "none"] | Sequence[ChannelWord] | None = None
    reentry: Literal["once", "always"] | Duration | None = None
    refused: RefusedWords | None = None
    goals: Sequence[str | Goal | Event] | None = None
    sms_parts: int | None = None
    templates: Mapping[str, Message] | None = None
    steps: Sequence[AnyStep]
