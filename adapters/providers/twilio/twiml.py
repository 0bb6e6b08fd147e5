"""TwiML, the XML that tells Twilio what to do (www.twilio.com/docs/voice/twiml, .../messaging/twiml)."""

import html
import re

from attrs import frozen

MEDIA_TYPE = "text/xml"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (2.2, Char) does not allow, escaped or not."""


def response(*verbs: str) -> str:
    """A whole document; without verbs it asks for nothing."""
    return f"<Response>{''.join(verbs)}</Response>"


def element(name: str, content: str, **attributes: str | None) -> str:
    """An element; attributes that are None are left out.

    Args:
        name: of the element.
        content: XML.
        attributes: their values as text.
    """
    written = "".join(f' {key}="{text(value)}"' for key, value in attributes.items() if value is not None)
    return f"<{name}{written}>{content}</{name}>"


def text(words: str) -> str:
    """Anybody's words as XML; what XML cannot hold is a space."""
    return html.escape(_NOT_XML.sub(" ", words))


@frozen
class Speech:
    """How texts are said (www.twilio.com/docs/voice/twiml/say).

    Args:
        language: e.g. ``en-US``; Twilio's default where empty.
        voice: e.g. ``Polly.Joanna``; Twilio's default where empty.
    """

    language: str = ""
    voice: str = ""

    def say(self, words: str) -> str:
        """The verb that says a text; nothing where there is none."""
        if not words:
            return ""
        return element("Say", text(words), voice=self.voice or None, language=self.language or None)
