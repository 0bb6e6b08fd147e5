"""How many messages a text makes on the network: GSM 7-bit where its alphabet does, UCS-2 where not.

The alphabet is that of 3GPP TS 23.038, 6.2.1 (the default alphabet and its extension table, no national
tables). A message holds 140 octets: 160 septets or 70 UTF-16 units. One that is sent in several parts loses
six of them in each part to the concatenation header (3GPP TS 23.040, 9.2.3.24.1), which leaves 153 or 67.
"""

from collections.abc import Iterable
from enum import StrEnum

from attrs import frozen

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")


class SmsEncoding(StrEnum):
    """What a text is sent in."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"

    @property
    def alone(self) -> int:
        """How many characters a message of one part may have."""
        return 160 if self is SmsEncoding.GSM_7 else 70

    @property
    def each(self) -> int:
        """How many characters each part of a longer message may have."""
        return 153 if self is SmsEncoding.GSM_7 else 67


@frozen
class SmsSize:
    """What a text comes to.

    Args:
        encoding: what it is sent in.
        characters: its length as the network counts it: what stands in the extension table counts twice in
            GSM-7, and what lies beyond the basic plane, such as an emoji, twice in UCS-2.
        parts: how many messages are sent, and billed; from 1.
    """

    encoding: SmsEncoding
    characters: int
    parts: int

    @classmethod
    def of(cls, text: str) -> "SmsSize":
        """Count a text.

        Args:
            text: as it would be sent; its line breaks count, too.
        """
        encoding = SmsEncoding.UCS_2 if beyond_gsm(text) else SmsEncoding.GSM_7
        widths = [_width(character, encoding) for character in text]
        characters = sum(widths)
        return cls(encoding, characters, 1 if characters <= encoding.alone else _parts(widths, encoding.each))


def beyond_gsm(text: str) -> tuple[str, ...]:
    """The characters that make a text UCS-2, each once, in the order of the text; none where it is GSM-7."""
    return tuple(each for each in dict.fromkeys(text) if each not in _BASIC and each not in _EXTENSION)


def _width(character: str, encoding: SmsEncoding) -> int:
    twice = character in _EXTENSION if encoding is SmsEncoding.GSM_7 else ord(character) > 0xFFFF
    return 2 if twice else 1


def _parts(widths: Iterable[int], each: int) -> int:
    # The two halves of a character never come into two parts: a part may stay one short of full.
    parts, room = 0, 0
    for width in widths:
        if width > room:
            parts, room = parts + 1, each
        room -= width
    return parts
