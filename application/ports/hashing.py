"""The port to a hash for secrets that are kept only to be recognised."""

from collections.abc import Callable
from typing import Protocol

RandomBytes = Callable[[int], bytes]
"""Gives so many bytes that nobody can foresee."""


class SecretHasher(Protocol):
    """Hashes secrets with a salt of their own each."""

    async def hash(self, secret: str) -> str:
        """The hash of a secret, with its salt and parameters in it."""
        ...

    async def verify(self, hashed: str, secret: str) -> bool:
        """Whether a hash was made of this secret. It takes as long where it was not."""
        ...
