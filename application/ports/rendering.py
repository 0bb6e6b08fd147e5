"""The port to the template engine."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from application.ports.messaging import Content
from domain.campaign import Message
from domain.contact import Contact

NO_LINKS: Mapping[str, str] = MappingProxyType({})


class Renderer(Protocol):
    """Fills templates with what is known of a contact."""

    def message(self, message: Message, contact: Contact, links: Mapping[str, str] = NO_LINKS) -> Content:
        """Render all parts, in the language of the contact's attribute ``language`` where the message has it.

        Args:
            message: MJML becomes HTML; where there is HTML and no text, the text is made from it.
            contact: whose attributes and fields (`domain.contact.Contact.known`) are the names.
            links: name (of `domain.attributes.LINKS`) to address; it goes before an attribute of that name.

        Raises:
            TemplateFault: a part names something that the contact does not have, or cannot be rendered.
        """
        ...

    def line(self, template: str, contact: Contact) -> str:
        """Render one line of text, e.g. a handoff's summary.

        Raises:
            TemplateFault: as above.
        """
        ...

    def variables(self, template: str) -> frozenset[str]:
        """The names that a template uses.

        Raises:
            TemplateFault: it is malformed, or uses what templates do not have.
        """
        ...

    def needed(self, template: str) -> frozenset[str]:
        """The names that must have a value, of those that it uses: it cannot be rendered without them.

        Raises:
            TemplateFault: as for `variables`.
        """
        ...

    def mjml(self, template: str) -> str:
        """Compile an MJML template to an HTML one.

        Raises:
            TemplateFault: it cannot be compiled; with what the compiler says.
        """
        ...
