"""Find out before anybody is enrolled whether a campaign's templates can be rendered at all."""

from collections.abc import Iterator, Mapping
from typing import Any

from application.errors import TemplateFault
from application.ports.rendering import Renderer
from domain.campaign import Campaign
from domain.definition import parse
from domain.errors import InvalidCampaign, InvalidDefinition

_Path = tuple[str | int, ...]


def parse_checked(renderer: Renderer, definition: Mapping[str, Any]) -> Campaign:
    """Read a campaign as `domain.definition.parse` does, and check its templates, too.

    Raises:
        InvalidDefinition: with every problem of both sorts, each with its path.
    """
    malformed = list(template_problems(renderer, definition))
    try:
        campaign = parse(definition)
    except InvalidDefinition as error:
        raise InvalidDefinition([*error.problems, *malformed]) from None
    if malformed:
        raise InvalidDefinition(malformed)
    return campaign


def template_problems(renderer: Renderer, definition: object) -> Iterator[InvalidCampaign]:
    """Every template of a definition that is malformed, with its place in the definition.

    What a contact may lack is not looked at: that shows when a message is rendered for one.

    Args:
        renderer: knows what a template may hold.
        definition: data of any shape; what is no text where a template belongs is left to `parse`.
    """
    for path, template in _templates(definition):
        if not isinstance(template, str):
            continue
        try:
            renderer.variables(template)
        except TemplateFault as fault:
            yield InvalidCampaign(path, f"the template is malformed: {fault}")


def _templates(definition: object) -> Iterator[tuple[_Path, object]]:
    steps = _at(definition, "steps")
    for index, step in enumerate(steps if isinstance(steps, (list, tuple)) else ()):
        message = _at(step, "message")
        for part in ("subject", "text", "html"):
            yield ("steps", index, "message", part), _at(message, part)
    yield ("handoff", "summary"), _at(_at(definition, "handoff"), "summary")


def _at(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, Mapping) else None
