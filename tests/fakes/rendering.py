"""A template engine that knows one thing: the contact's external id."""

from application.errors import TemplateFault
from application.ports.messaging import Content
from domain.campaign import Message
from domain.contact import Contact


class FakeRenderer:
    """The port `Renderer`: replaces ``{{who}}`` and faults on ``{{fault}}``."""

    def message(self, message: Message, contact: Contact) -> Content:
        """Render all parts."""
        return Content(
            text=self.line(message.text, contact),
            subject=None if message.subject is None else self.line(message.subject, contact),
            html=None if message.html is None else self.line(message.html, contact),
        )

    def line(self, template: str, contact: Contact) -> str:
        """Render one line."""
        if "{{fault}}" in template:
            raise TemplateFault("the contact has no fault")
        return template.replace("{{who}}", contact.external_id)

    def variables(self, template: str) -> frozenset[str]:
        """The names that a template uses."""
        if "{{malformed" in template:
            raise TemplateFault("a brace is missing")
        return frozenset({"who"} if "{{who}}" in template else ())
