"""What is left of a person who was erased, and how they are recognised in what others have sent us."""

import hashlib
import html
import json
import re
from collections.abc import Collection, Iterable
from urllib.parse import quote

from attrs import field, frozen

ERASED = "erased"
"""The reason of a suppression that keeps an erased person's address from being written to again."""

_TOMBSTONE = f"{ERASED}:"
_HASHED = "hash:"
"""No phone number and no e-mail address begins like this."""

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
"""Of RFC 4648, section 4."""
_BITS = [(f"{number:06b}", char) for number, char in enumerate(_BASE64)]

_PLAIN = re.compile(r"[a-z0-9._-]+")
"""What looks the same in every spelling but base64."""

_LEAST_CORE = 4
"""Characters of a part of an address that say enough to look for it first."""

_LEAST_BASE64 = 8
"""Characters of a piece of base64 that say enough; shorter ones stand in anything."""


def tombstone(contact_id: str) -> str:
    """The external id of an erased contact: its row stays, for the counts that refer to it."""
    return f"{_TOMBSTONE}{contact_id}"


def is_tombstone(external_id: str) -> bool:
    """Whether an external id is kept for erased contacts; no caller's own may be."""
    return external_id.startswith(_TOMBSTONE)


def address_hash(address: str, salt: bytes) -> str:
    """What stands for an address in the suppressions once its owner is erased.

    It is BLAKE2b keyed with the salt (RFC 7693, section 2.9). That keeps it from being looked up in a list
    that somebody has made before. It does not keep a phone number from whoever has the whole database: the
    salt is in there, and all numbers of a country can be tried in minutes. It hides the address from readers
    of the table, of a listing, of an export; it is no encryption.

    Args:
        address: normalised, as contacts have it; the same one on every channel.
        salt: drawn once for each database, at most 64 bytes.
    """
    return _HASHED + hashlib.blake2b(address.encode(), key=salt, digest_size=32).hexdigest()


def is_hash(address: str) -> bool:
    """Whether what stands in the suppressions is not an address but the hash of one."""
    return address.startswith(_HASHED)


@frozen
class Traces:
    """Texts by which a person is recognised in bytes that came from elsewhere. The repr shows none.

    Args:
        folded: every spelling in lower case, to be looked for in any case.
        encoded: what it is in base64, as regular expressions.
        rough: fewer and shorter texts, of which one stands, in any case, wherever one of `folded` does.
        pieces: texts of which one stands, as it is, wherever one of `encoded` does.

    A database looks for the last two; what it finds by them must pass `found_in`.
    """

    folded: tuple[str, ...] = field(repr=False)
    encoded: tuple[str, ...] = field(repr=False)
    rough: tuple[str, ...] = field(repr=False)
    pieces: tuple[str, ...] = field(repr=False)

    def found_in(self, data: bytes) -> bool:
        """Whether the person is in there; ASCII letters match in any case, as databases fold them."""
        lower = data.lower()
        return any(each.encode() in lower for each in self.folded) or any(
            re.search(each.encode(), data) for each in self.encoded
        )


def traces(addresses: Iterable[str], ids: Collection[str] = ()) -> Traces:
    """How somebody is recognised.

    A phone number is looked for by its digits, so that it is found with its plus sign, without it, and
    with the sign encoded. An e-mail address is looked for as it is, percent-encoded (once and twice),
    JSON-escaped and HTML-escaped. Both are looked for in base64, as they are stored. What is not found is a
    number with blanks or dashes in it, and an address in base64 that is broken into lines or written in
    other letters.

    Args:
        addresses: phone numbers in E.164 form and e-mail addresses, normalised.
        ids: of their enrollments: what was sent for one comes back with its id.
    """
    folded: dict[str, None] = {}
    encoded: dict[str, str] = {}
    rough: dict[str, None] = {}
    for address in addresses:
        plain = address.removeprefix("+")
        spelled = dict.fromkeys(each.lower() for each in _spellings(plain))
        core = max(_PLAIN.findall(plain.partition("@")[0].lower()), key=len, default="")
        folded |= spelled
        rough |= {core: None} if len(core) >= _LEAST_CORE else spelled
        encoded |= {pattern: piece for text in (plain, plain.lower()) for piece, pattern in _base64(text)}
    named = dict.fromkeys(each.lower() for each in ids)
    pieces = dict.fromkeys(encoded.values())
    return Traces(tuple(folded | named), tuple(encoded), tuple(rough | named), tuple(pieces))


def excerpt(body: bytes, somebody: Traces) -> bytes:
    """What a callback's body tells of somebody, as far as it can be told apart.

    Args:
        body: as it came.
        somebody: how they are recognised.

    Returns:
        Of a JSON array, the members in which they are found; any other body whole, since it tells of one
        message.
    """
    try:
        events = json.loads(body)
    except ValueError:
        return body
    if not isinstance(events, list):
        return body
    theirs = [event for event in events if somebody.found_in(json.dumps(event).encode())]
    return json.dumps(theirs).encode()


def _spellings(plain: str) -> Iterable[str]:
    if plain.isdigit():
        return (plain,)
    percent = quote(plain, safe="")
    return (
        plain,
        percent,
        quote(plain, safe="+"),
        quote(plain, safe="@"),
        quote(percent, safe=""),
        plain.replace("/", "\\/"),
        _json(plain, "@"),
        _json(plain, "@+'&<>"),
        _json(plain, "+'&<>"),
        html.escape(plain),
        html.escape(plain).replace("@", "&#64;"),
    )


def _json(text: str, escaped: str) -> str:
    return "".join(f"\\u{ord(char):04x}" if char in escaped else char for char in text)


def _base64(text: str) -> Iterable[tuple[str, str]]:
    """A text's base64, for each way in which it can fall, as a piece that is always the same, and a pattern.

    The first and the last character may hold bits of what stands around the text: of those the pattern says
    which ones they can be.
    """
    for before in range(3):
        bits = "".join(f"{byte:08b}" for byte in text.encode())
        lead, trail = before * 8 % 6, -(before * 8 + len(bits)) % 6
        first = bits[: 6 - lead] if lead else ""
        last = bits[len(bits) - (6 - trail) :] if trail else ""
        whole = bits[len(first) : len(bits) - len(last)]
        piece = "".join(_BASE64[int(whole[at : at + 6], 2)] for at in range(0, len(whole), 6))
        if len(piece) >= _LEAST_BASE64:
            begin = _one_of(char for bit, char in _BITS if first and bit.endswith(first))
            end = _one_of(char for bit, char in _BITS if last and bit.startswith(last))
            yield piece, begin + re.escape(piece) + end


def _one_of(characters: Iterable[str]) -> str:
    known = re.escape("".join(characters))
    return f"[{known}]" if known else ""
