"""The keys that a person may press during a call (www.twilio.com/docs/voice/twiml/gather)."""

from attrs import Factory, field, frozen

from adapters.providers.common.menu import Menu, offered_by
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
        """The verb that says some texts and which keys there are, and waits for a key all the while.

        Args:
            action: the address that Twilio tells the key, and asks how to go on; it names the keys of the
                campaign, where there are any.
            texts: what is said before.
        """
        keys = offered_by(action)
        said = "".join(map(self.speech.say, (*texts, self.menu.question(keys))))
        return element(
            "Gather",
            said,
            numDigits="1",
            # By default # ends the wait and is told to nobody; a campaign may make something of it.
            finishOnKey="" if keys else None,
            timeout=str(_WAIT_SECONDS),
            action=action,
            method="POST",
        )

    def end(self, key: str, action: str) -> str:
        """The TwiML that ends the call after a key that means something, or nothing for the second time.

        Args:
            key: which one.
            action: the address that was called about it.
        """
        return response(self.speech.say(self.menu.reply(key, offered_by(action))))

    def after_none(self, key: str, action: str) -> str:
        """The TwiML after a key that means nothing: the keys are named once more, then the call ends.

        Args:
            key: which one.
            action: the address that was called about it.
        """
        first, last = (f"{ROUND}={nth}" for nth in (FIRST, LAST))
        return response(self.ask(action.replace(first, last))) if first in action else self.end(key, action)
