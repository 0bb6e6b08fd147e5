"""The port to the template engine."""

from typing import Protocol

from application.ports.messaging import Content
from domain.campaign import Message
from domain.contact import Contact


class Renderer(Protocol):
    """Fills templates with what is known of a contact."""

    def message(self, message: Message, contact: Contact) -> Content:
        """Render all parts.

        Raises:
            TemplateFault: a part names something that the contact does not have.
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
