"""Argon2 hashes of secrets."""

from adapters.keys.argon2 import Argon2Hasher, decoy


async def test_a_hash_belongs_to_its_secret_alone() -> None:
    """Each has a salt of its own, holds nothing of the secret, and is made by Argon2id."""
    hasher = Argon2Hasher()

    first, second = [await hasher.hash("hush") for _ in range(2)]

    assert first != second
    assert first.startswith("$argon2id$")
    assert "hush" not in first
    assert [await hasher.verify(first, secret) for secret in ("hush", "loud", "")] == [True, False, False]


async def test_what_is_no_hash_belongs_to_no_secret() -> None:
    """A damaged row lets nobody in; nor does the decoy."""
    hasher = Argon2Hasher()

    assert not await hasher.verify("", "")
    assert not await hasher.verify("$argon2id$broken", "hush")
    assert not await hasher.verify(decoy(), "")
