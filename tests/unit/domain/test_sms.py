"""Counting what a text comes to on the network."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sms import SmsEncoding, SmsSize, beyond_gsm

GSM = SmsEncoding.GSM_7
UCS = SmsEncoding.UCS_2
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"

gsm_texts = st.text(st.sampled_from(BASIC + EXTENSION), max_size=700)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300) | gsm_texts


def packed(text: str, each: int) -> int:
    """Parts by packing whole characters one by one, as the standard's bytes go."""
    parts: list[int] = [0]
    for character in text:
        units = 1
        if beyond_gsm(text):
            units = len(character.encode("utf-16-be")) // 2
        elif character in EXTENSION:
            units = 2
        if parts[-1] + units > each:
            parts.append(0)
        parts[-1] += units
    return len(parts)


@pytest.mark.parametrize(
    ("text", "encoding", "characters", "parts"),
    [
        ("", GSM, 0, 1),
        ("Hello", GSM, 5, 1),
        ("a" * 160, GSM, 160, 1),
        ("a" * 161, GSM, 161, 2),
        ("a" * 306, GSM, 306, 2),
        ("a" * 307, GSM, 307, 3),
        ("€" * 80, GSM, 160, 1),
        ("€" * 81, GSM, 162, 2),
        # 76 of them fill 152 of a part's 153; the 153rd septet stays free.
        ("€" * 152, GSM, 304, 2),
        ("€" * 153, GSM, 306, 3),
        ("a" + "€" * 152, GSM, 305, 2),
        ("ä ö ü ß Ä Ö Ü à é ñ Ñ Ç @ £ _", GSM, 29, 1),
        ("[link] {x} ~ ^ | \\", GSM, 26, 1),
        ("ç", UCS, 1, 1),
        ("naïve", UCS, 5, 1),
        ("It\u2019s", UCS, 4, 1),
        ("\t", UCS, 1, 1),
        ("`", UCS, 1, 1),
        ("я" * 70, UCS, 70, 1),
        ("я" * 71, UCS, 71, 2),
        ("я" * 134, UCS, 134, 2),
        ("я" * 135, UCS, 135, 3),
        ("😀" * 35, UCS, 70, 1),
        ("😀" * 36, UCS, 72, 2),
        # 33 of them fill 66 of a part's 67.
        ("😀" * 66, UCS, 132, 2),
        ("😀" * 67, UCS, 134, 3),
        ("a" * 70 + "😀", UCS, 72, 2),
        # What counts twice in GSM-7 counts once here.
        ("€😀", UCS, 3, 1),
    ],
)
def test_a_text_is_counted_as_the_network_does(
    text: str, encoding: SmsEncoding, characters: int, parts: int
) -> None:
    """The limits of one message and of the parts of a longer one, in both encodings."""
    assert SmsSize.of(text) == SmsSize(encoding, characters, parts)


def test_the_alphabet_is_that_of_the_standard() -> None:
    """128 places of the default alphabet, of which one is the escape, and ten behind the escape."""
    assert len(set(BASIC)) == 127
    assert len(set(EXTENSION)) == 10
    assert beyond_gsm(BASIC + EXTENSION) == ()
    assert {SmsSize.of(each).characters for each in BASIC} == {1}
    assert {SmsSize.of(each).characters for each in EXTENSION} == {2}


def test_tells_what_takes_a_text_out_of_the_alphabet() -> None:
    """Each such character once, in the order of the text."""
    assert beyond_gsm("\u201cIt\u2019s\u201d it\u2019s 😀") == ("\u201c", "\u2019", "\u201d", "😀")


@given(texts)
def test_no_character_is_split(text: str) -> None:
    """A longer text takes as many parts as packing whole characters does."""
    size = SmsSize.of(text)

    assert size.parts == (1 if size.characters <= size.encoding.alone else packed(text, size.encoding.each))


@given(texts)
def test_the_parts_hold_the_text(text: str) -> None:
    """The parts have room for all of it, and one less would not, but for what a split would gain."""
    size = SmsSize.of(text)
    each = size.encoding.each

    assert size.characters <= max(size.encoding.alone, size.parts * each)
    if size.parts > 1:
        assert size.characters > size.encoding.alone
        assert size.characters > (size.parts - 1) * (each - 1)


@given(texts)
def test_the_length_is_that_of_the_encoded_text(text: str) -> None:
    """In UCS-2 the length is that of UTF-16; in GSM-7 each escape adds one."""
    size = SmsSize.of(text)
    escapes = sum(character in EXTENSION for character in text)
    in_ucs = len(text.encode("utf-16-be")) // 2

    assert size.characters == (in_ucs if size.encoding is UCS else len(text) + escapes)


@given(texts, texts)
def test_more_text_is_never_fewer_parts(text: str, more: str) -> None:
    """Adding to a text does not make it shorter."""
    assert SmsSize.of(text + more).parts >= SmsSize.of(text).parts


@given(gsm_texts)
def test_the_alphabet_never_comes_to_ucs(text: str) -> None:
    """A text of the alphabet alone stays in it."""
    assert SmsSize.of(text).encoding is GSM
    assert beyond_gsm(text) == ()
