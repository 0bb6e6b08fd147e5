"""How a key of the API is written and read."""

import pytest

from domain.api_keys import WrittenKey, read_key

KEY = WrittenKey.of(b"\x01" * 8, b"\xff" * 32)


def test_a_key_is_written_with_its_id_and_secret() -> None:
    """Anybody sees what it is; the id has no underscore, the secret may have some."""
    assert KEY.text == f"drum_{'01' * 8}_{'_' * 42}8"
    assert read_key(KEY.text) == KEY
    assert KEY.secret not in repr(KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "drum__",
        KEY.text + "a",
        KEY.text[:-1],
        KEY.text + "\n",
        KEY.text.upper(),
        KEY.text.replace("drum", "live"),
        KEY.text.replace("01", "0G"),
    ],
)
def test_what_is_not_written_like_a_key_is_none(text: str) -> None:
    """No part of it is looked up anywhere."""
    assert read_key(text) is None


@pytest.mark.parametrize(("id_bytes", "secret_bytes"), [(7, 32), (8, 31)])
def test_a_key_is_not_made_of_too_little(id_bytes: int, secret_bytes: int) -> None:
    """A source of chance that gives less than it was asked for is noticed."""
    with pytest.raises(ValueError, match=r"^a key is made of 8 and 32 bytes$"):
        WrittenKey.of(b"a" * id_bytes, b"b" * secret_bytes)
