"""A template engine that knows a few things, and those at a glance."""

import re
from collections.abc import Mapping

from application.errors import TemplateFault
from application.ports.messaging import Content
from application.ports.rendering import NO_LINKS
from domain.campaign import Message
from domain.contact import Contact

_NAME = re.compile(r"\{\{(\w+)(\?)?\}\}")


class FakeRenderer:
    """The port `Renderer`: fills ``{{name}}``, or nothing where ``{{name?}}`` is not there.

    ``{{who}}`` is the external id, and ``{{fault}}`` is what nobody has.
    """

    def message(self, message: Message, contact: Contact, links: Mapping[str, str] = NO_LINKS) -> Content:
        """Render all parts; MJML is taken for HTML, and a missing text is the HTML."""
        words = message.in_language(contact.known.get("language"))
        names = {**contact.known, **links}
        source = words.html if words.mjml is None else self.mjml(words.mjml)
        html = None if source is None else _filled(source, names)
        return Content(
            text=_filled(words.text, names) if words.text or html is None else html,
            subject=None if words.subject is None else _filled(words.subject, names),
            html=html,
        )

    def line(self, template: str, contact: Contact) -> str:
        """Render one line."""
        return _filled(template, contact.known)

    def variables(self, template: str) -> frozenset[str]:
        """The names that a template uses."""
        _check(template)
        return frozenset(_real(name) for name, _ in _NAME.findall(template) if name != "fault")

    def needed(self, template: str) -> frozenset[str]:
        """The names that it cannot do without."""
        _check(template)
        found = _NAME.findall(template)
        return frozenset(_real(name) for name, optional in found if name != "fault" and not optional)

    def mjml(self, template: str) -> str:
        """The same, unless it says that it is broken."""
        if "<broken" in template:
            raise TemplateFault("the MJML cannot be compiled")
        return template


def _check(template: str) -> None:
    if "{{malformed" in template:
        raise TemplateFault("a brace is missing")


def _filled(template: str, names: Mapping[str, str]) -> str:
    _check(template)

    def value(found: re.Match[str]) -> str:
        name = _real(found[1])
        if name not in names and not found[2]:
            raise TemplateFault(f"the contact has no {name}")
        return names.get(name, "")

    return _NAME.sub(value, template)


def _real(name: str) -> str:
    return "external_id" if name == "who" else name
