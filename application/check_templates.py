"""Find out before anybody is enrolled whether a campaign's templates can be rendered, and its places exist.

This is asked when a campaign is validated or published, and never of what is stored: a version that was
published before a rule was made stays as it is.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from zoneinfo import available_timezones

from attrs import frozen

from application.campaign_templates import TemplatePlace, template_places
from application.errors import TemplateFault
from application.ports.calendar import Calendar
from application.ports.rendering import Renderer
from application.template_warnings import TemplateWarning, template_warnings
from domain.attributes import CONTACT_FIELDS, LINKS
from domain.campaign import Campaign
from domain.errors import InvalidCampaign, InvalidDefinition
from domain.language import words
from domain.language.attributes import Declared, read_attributes
from domain.language.parse import parse
from domain.language.places import unknown_places
from domain.language.sections import Section
from domain.language.unvalued import unvalued
from domain.wording import nearest


@frozen
class Checked:
    """A campaign that can be published, and what its author should look at before.

    Args:
        campaign: as `domain.language.parse.parse` reads it.
        warnings: what is allowed and may be a mistake.
    """

    campaign: Campaign
    warnings: tuple[TemplateWarning, ...] = ()


def parse_checked(renderer: Renderer, calendar: Calendar, definition: Mapping[str, Any]) -> Checked:
    """Read a campaign as `domain.language.parse.parse` does, and check its templates and places, too.

    Raises:
        InvalidDefinition: with every problem of all sorts, each with its path.
    """
    wrong = [
        *template_problems(renderer, definition),
        *unknown_places(definition, available_timezones(), calendar.knows),
    ]
    empty = list(unvalued(definition))
    try:
        campaign = parse(definition)
    except InvalidDefinition as error:
        told = {problem.path for problem in error.problems}  # that it is missing, and what it should be
        more = [problem for problem in empty if problem.path not in told]
        raise InvalidDefinition([*error.problems, *more, *wrong]) from None
    if empty or wrong:
        raise InvalidDefinition([*empty, *wrong])
    return Checked(campaign, tuple(template_warnings(renderer, definition, campaign)))


def template_problems(renderer: Renderer, definition: object) -> Iterator[InvalidCampaign]:
    """Every template of a definition that nobody could ever be sent, with its place in the definition.

    That is one that is malformed, MJML that does not compile, and one that cannot do without something that
    contacts do not have: a name must be declared under ``attributes`` or be one of the contact's own fields
    (`domain.attributes.CONTACT_FIELDS`) or, in a message, a link (`domain.attributes.LINKS`).

    Args:
        renderer: knows what a template may hold.
        definition: data of any shape; what is no text where a template belongs is left to `parse`.
    """
    attributes = read_attributes(Section.open(definition, (), words.CAMPAIGN, []))
    for place in template_places(definition):
        if not isinstance(place.value, str):
            continue
        try:
            yield from _missing(place, renderer.needed(place.value), attributes)
            if place.is_mjml:
                renderer.mjml(place.value)
        except TemplateFault as fault:
            yield InvalidCampaign(place.path, f"the template is malformed: {fault}")


def _missing(
    place: TemplatePlace, needed: Collection[str], attributes: Declared
) -> Iterator[InvalidCampaign]:
    known = (*attributes.types, *CONTACT_FIELDS, *(LINKS if place.in_message else ()))
    # Of attributes that could not be read, any name may be one.
    for name in sorted(set(needed) - {*known}) if attributes.complete else ():
        yield InvalidCampaign(
            place.path,
            f"the template needs {name}, which is not declared under attributes: declare it, or use it with"
            f" a default; {nearest(name, known)}",
        )
