"""Argon2id hashes of secrets (RFC 9106), with argon2-cffi."""

import asyncio

import argon2
from argon2.exceptions import InvalidHashError, VerificationError
from attrs import field, frozen

_PASSES = 1
_MEMORY_KIB = 4096
"""One pass over 4 MiB, a few milliseconds.

Passwords need hashes that make guessing dear, since people think them up. These secrets have 256 random bits:
whatever a guess costs, there are too many. The hash is there so that whoever reads the table has no key; a
dearer one would only make it cheaper to keep the API busy with wrong keys.
"""


def _hasher() -> argon2.PasswordHasher:
    return argon2.PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=1)


@frozen
class Argon2Hasher:
    """Hashes in a thread: the event loop goes on meanwhile."""

    _hasher: argon2.PasswordHasher = field(factory=_hasher, init=False)

    async def hash(self, secret: str) -> str:
        """The hash of a secret, with its salt and parameters in it."""
        return await asyncio.to_thread(self._hasher.hash, secret)

    async def verify(self, hashed: str, secret: str) -> bool:
        """Whether a hash was made of this secret. It takes as long where it was not."""
        return await asyncio.to_thread(self._verify, hashed, secret)

    def _verify(self, hashed: str, secret: str) -> bool:
        try:
            return self._hasher.verify(hashed, secret)
        except (VerificationError, InvalidHashError):
            return False


def decoy() -> str:
    """A hash that no secret in use belongs to."""
    return _hasher().hash("nobody's secret")
