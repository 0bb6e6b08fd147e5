"""What a person on a call can choose by pressing a key: the same keys with every vendor.

A campaign may say in its own text what some keys mean; then these count. Else there is one menu for all
calls: 1 to confirm, 2 to be called back. 9 opts out, on every call.

Whoever hears of a key does not know the campaign. So the keys that it makes something of travel with the
call, in the address where the vendor tells a key, as one text such as ``12#``: see `offered`. A key by itself
says nothing about a person, so it is not personal data. The campaign's text may be, and stays out of there.
"""

from collections.abc import Iterable

from attrs import field, frozen

from adapters.providers.common.correlation import query_value
from domain.campaign_rules import KEYPAD, OPT_OUT_KEY
from domain.statuses import DeliveryStatus

KEYS = "keys"
"""The parameter of a callback's query that tells which keys the campaign makes something of."""

_CONFIRM, _CALL_BACK = "1", "2"


def offered(keys: Iterable[str]) -> str:
    """The keys of a campaign as they travel with its call, in the order of the keypad; "" for none.

    Args:
        keys: one character each. What is no key is left out, and so is 9, which needs no mention.
    """
    named = frozenset(keys)
    return "".join(key for key in KEYPAD if key in named)


def offered_by(url: str) -> str:
    """The keys that travel in an address, as `offered` gave them; "" for none."""
    return offered(query_value(url, KEYS) or "")


def meaning(key: str, keys: str = "") -> DeliveryStatus | None:
    """What is reported of a call on which a key was pressed; None for a key that means nothing.

    Args:
        key: which one.
        keys: those of the campaign, as `offered` gave them; "" where it names none.
    """
    if key == OPT_OUT_KEY:
        return DeliveryStatus.OPTED_OUT
    known = frozenset(keys or (_CONFIRM, _CALL_BACK))
    return DeliveryStatus.REPLIED if key in known else None


@frozen
class Menu:
    """What is said about the keys.

    Args:
        prompt: names the keys; said after the message.
        confirmed: the answer to 1, and to any key of a campaign.
        call_back: the answer to 2.
        opted_out: the answer to 9.
        goodbye: the answer to a key that means nothing, the second time.
        stop: names 9 alone; said after the message of a campaign that names keys of its own.
    """

    prompt: str = "Press 1 to confirm, 2 if you want to be called back, or 9 if you want no more calls."
    confirmed: str = "Thank you. Goodbye."
    call_back: str = "We have noted that you want to be called back. Goodbye."
    opted_out: str = "You will get no more calls from us. Goodbye."
    goodbye: str = "Goodbye."
    stop: str = "Press 9 if you want no more calls."

    def question(self, keys: str) -> str:
        """What is said after the message, and once more after a key that means nothing.

        What the keys of a campaign mean is said by its message, and not a second time: whoever answers a key
        does not know the message. The person has just heard it, hears that a key is still waited for, and has
        one more chance.

        Args:
            keys: those of the campaign, as `offered` gave them; "" where it names none.
        """
        return self.stop if keys else self.prompt

    def reply(self, key: str, keys: str = "") -> str:
        """What is said when a key was pressed that means something, or nothing for the second time.

        Args:
            key: which one.
            keys: as above.
        """
        match meaning(key, keys):
            case None:
                return self.goodbye
            case DeliveryStatus.OPTED_OUT:
                return self.opted_out
            case _:
                return self.call_back if key == _CALL_BACK and not keys else self.confirmed


@frozen
class Calls:
    """How calls are made, whoever makes them.

    Args:
        language: of the voice, a language tag such as ``en-US``.
        ring_seconds: how long it may ring, 1 to 120.
        offers_menu: whether the menu is said after a message whose campaign names no keys of its own.
        menu: what is said about the keys; a call under way may still ask for it when it is offered no more.
    """

    language: str = "en-US"
    ring_seconds: int = 30
    offers_menu: bool = True
    menu: Menu = field(factory=Menu)
