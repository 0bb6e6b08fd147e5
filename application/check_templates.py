"""Find out before anybody is enrolled whether a campaign's templates can be rendered at all."""

from collections.abc import Iterator

from application.errors import TemplateFault
from application.ports.rendering import Renderer
from domain.campaign import Campaign
from domain.errors import InvalidCampaign

_Path = tuple[str | int, ...]


def template_problems(renderer: Renderer, campaign: Campaign) -> Iterator[InvalidCampaign]:
    """Every template of a campaign that is malformed, with its place in the definition.

    What a contact may lack is not looked at: that shows when a message is rendered for one.
    """
    for path, template in _templates(campaign):
        try:
            renderer.variables(template)
        except TemplateFault as fault:
            yield InvalidCampaign(path, f"the template is malformed: {fault}")


def _templates(campaign: Campaign) -> Iterator[tuple[_Path, str]]:
    for index, step in enumerate(campaign.plan.steps):
        message = campaign.messages[step.key]
        for part in ("subject", "text", "html"):
            template = getattr(message, part)
            if template is not None:
                yield ("steps", index, "message", part), template
    yield ("handoff", "summary"), campaign.handoff_summary
