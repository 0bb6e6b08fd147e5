"""What a person on a call can choose by pressing a key: the same keys with every vendor."""

from collections.abc import Mapping

from attrs import field, frozen

from domain.statuses import DeliveryStatus


@frozen
class Choice:
    """What a key means.

    Args:
        status: what is reported of the call.
        detail: in a few words, for the timeline.
    """

    status: DeliveryStatus
    detail: str = ""


CHOICES: Mapping[str, Choice] = {
    "1": Choice(DeliveryStatus.REPLIED, "confirmed"),
    "2": Choice(DeliveryStatus.REPLIED, "asks for a call back"),
    "9": Choice(DeliveryStatus.OPTED_OUT),
}
"""The keys that mean something; with any other one the menu is said once more."""


@frozen
class Menu:
    """What is said about the keys.

    Args:
        prompt: names the keys; said after the message.
        confirmed: the answer to 1.
        call_back: the answer to 2.
        opted_out: the answer to 9.
        goodbye: the answer to a key that means nothing, the second time.
    """

    prompt: str = "Press 1 to confirm, 2 if you want to be called back, or 9 if you want no more calls."
    confirmed: str = "Thank you. Goodbye."
    call_back: str = "We have noted that you want to be called back. Goodbye."
    opted_out: str = "You will get no more calls from us. Goodbye."
    goodbye: str = "Goodbye."

    def reply(self, key: str) -> str:
        """What is said when a key was pressed that means something, or nothing for the second time."""
        return {"1": self.confirmed, "2": self.call_back, "9": self.opted_out}.get(key, self.goodbye)


@frozen
class Calls:
    """How calls are made, whoever makes them.

    Args:
        language: of the voice, a language tag such as ``en-US``.
        ring_seconds: how long it may ring, 1 to 120.
        offers_menu: whether the menu is said after the message.
        menu: what is said about the keys; a call under way may still ask for it when it is offered no more.
    """

    language: str = "en-US"
    ring_seconds: int = 30
    offers_menu: bool = True
    menu: Menu = field(factory=Menu)
