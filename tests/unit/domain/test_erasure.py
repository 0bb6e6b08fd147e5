"""An erased person leaves a hash; what others have sent about them is found in the usual spellings."""

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from domain.erasure import address_hash, excerpt, is_hash, is_tombstone, tombstone, traces

PHONE, EMAIL = "+15550100001", "Ann.Lee+news@example.com"
SALT = bytes(range(32))


def test_a_hash_stands_for_one_address_and_one_salt() -> None:
    """The same address gives the same hash, another one or another salt another."""
    same, again = address_hash(PHONE, SALT), address_hash(PHONE, SALT)

    assert same == again
    assert len({same, address_hash("+15550100002", SALT), address_hash(PHONE, SALT[1:])}) == 3
    assert is_hash(same)
    assert PHONE[1:] not in same


@pytest.mark.parametrize("address", [PHONE, EMAIL, "hash@example.com"])
def test_an_address_is_no_hash(address: str) -> None:
    """What people are reached at is told from what stands for it."""
    assert not is_hash(address)


def test_a_tombstone_is_known_by_its_name() -> None:
    """No caller's name for a person is taken for it."""
    assert is_tombstone(tombstone("c-1"))
    assert not is_tombstone("erased-1")
    assert tombstone("c-1") != tombstone("c-2")


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "percent-encoded": lambda text: quote(text, safe=""),
    "percent-encoded twice": lambda text: quote(quote(text, safe=""), safe=""),
    "with its plus sign left": lambda text: quote(text, safe="+"),
    "with its at sign left": lambda text: quote(text, safe="@"),
    "without its plus sign": lambda text: text.removeprefix("+"),
    "as JSON": json.dumps,
    "with its at sign as a JSON escape": lambda text: text.replace("@", "\\u0040"),
    "with its plus sign as a JSON escape": lambda text: text.replace("+", "\\u002b"),
    "with both as JSON escapes": lambda text: text.replace("@", "\\u0040").replace("+", "\\u002B"),
    "with its at sign as HTML": lambda text: text.replace("@", "&#64;"),
    "in capitals": str.upper,
    "in small letters": str.lower,
}


@pytest.mark.parametrize("address", [PHONE, EMAIL])
@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_an_address_is_found_in_every_spelling(address: str, spell: Callable[[str], str]) -> None:
    """And is not found where another one stands."""
    known = traces([address])

    assert known.found_in(f"x={spell(address)}&y=1".encode())
    assert not known.found_in(f"x={spell('+15550100002')}&y={spell('bob@example.com')}".encode())


@pytest.mark.parametrize("address", [PHONE, EMAIL])
@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("after", range(4))
def test_an_address_is_found_in_base64(address: str, before: int, after: int) -> None:
    """Wherever it falls in it."""
    data = b"." * before + address.encode() + b"!" * after

    assert traces([address]).found_in(b'{"raw":"' + base64.b64encode(data) + b'"}')


@pytest.mark.parametrize("before", range(3))
def test_a_like_address_is_not_found_in_base64(before: int) -> None:
    """One digit more or less is another person."""
    for other in ("+15550100002", "+25550100001", "+15550100003"):
        encoded = base64.b64encode(b"." * before + other[1:].encode() + b"!")

        assert not traces([PHONE]).found_in(encoded)


def test_what_is_too_short_for_base64_is_not_looked_for_there() -> None:
    """A few letters of it stand in anything."""
    assert traces(["a@b.c"]).pieces == ()


def test_ids_are_looked_for_too() -> None:
    """What was sent for an enrollment comes back with its id; nobody in particular is found nowhere."""
    known = traces([], ["5F0C-1"])

    assert known.found_in(b"/webhooks/twilio?attempt=5f0c-1%3Atext%3A1")
    assert not traces([]).found_in(b"anything")


@pytest.mark.parametrize(
    "address", [PHONE, EMAIL, "a@b.c", "annabelle@example.com", "jo+ann-lee@example.com"]
)
@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_a_rough_search_misses_nothing(address: str, spell: Callable[[str], str]) -> None:
    """Where an address is found, one of the rough texts stands."""
    known = traces([address], ["5f0c-1"])
    text = spell(address).lower()

    assert any(each in text for each in known.rough)
    assert "5f0c-1" in known.rough


def test_a_long_name_is_looked_for_first() -> None:
    """The rest of its spellings only where it stands."""
    assert traces(["Jo+Ann-Lee@example.com"]).rough == ("ann-lee",)


def test_the_repr_is_discreet() -> None:
    """What is shown in logs and errors has no personal data."""
    shown = repr(traces([PHONE, EMAIL], ["5f0c-1"]))

    assert not any(secret in shown.lower() for secret in (PHONE[1:], EMAIL.lower(), "5f0c-1"))


@pytest.mark.parametrize(
    ("body", "theirs"),
    [
        (b'[{"id": "e-1", "ip": "192.0.2.1"}, {"id": "e-2"}]', b'[{"id": "e-1", "ip": "192.0.2.1"}]'),
        (b'[{"id": "e-2"}]', b"[]"),
        (b'{"id": "e-1"}', b'{"id": "e-1"}'),
        (b"id=e-1&Body=Hi", b"id=e-1&Body=Hi"),
        (b"\xff e-1", b"\xff e-1"),
    ],
)
def test_of_a_body_about_many_only_ones_own_part_is_given(body: bytes, theirs: bytes) -> None:
    """An array is cut to the members that name somebody; what tells of one message stays whole."""
    assert excerpt(body, traces((), ["e-1"])) == theirs
