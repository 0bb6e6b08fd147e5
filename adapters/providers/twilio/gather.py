"""The keys that a person may press during a call (www.twilio.com/docs/voice/twiml/gather)."""

from attrs import Factory, field, frozen

from adapters.providers.common.menu import Menu
from adapters.providers.twilio.twiml import Speech, element, response

ROUND = "menu"
"""The parameter of the callback's query that counts how often the keys were named."""

FIRST, LAST = "1", "2"
"""Whoever presses a key that means nothing hears of the keys once more."""

_WAIT_SECONDS = 5


@frozen
class SpokenMenu:
    """A menu in TwiML.

    Args:
        menu: what is said about the keys.
        speech: how it is said.
    """

    menu: Menu
    speech: Speech = field(default=Factory(Speech))

    def ask(self, action: str, *texts: str) -> str:
        """The verb that says some texts and the menu, and waits for a key all the while.

        Args:
            action: the address that Twilio tells the key, and asks how to go on.
            texts: what is said before the menu.
        """
        said = "".join(map(self.speech.say, (*texts, self.menu.prompt)))
        return element(
            "Gather", said, numDigits="1", timeout=str(_WAIT_SECONDS), action=action, method="POST"
        )

    def end(self, key: str) -> str:
        """The TwiML that ends the call after a key that means something, or nothing for the second time."""
        return response(self.speech.say(self.menu.reply(key)))

    def after_none(self, key: str, action: str) -> str:
        """The TwiML after a key that means nothing: the menu once more, then the end.

        Args:
            key: which one.
            action: the address that was called about it.
        """
        first, last = (f"{ROUND}={nth}" for nth in (FIRST, LAST))
        return response(self.ask(action.replace(first, last))) if first in action else self.end(key)
