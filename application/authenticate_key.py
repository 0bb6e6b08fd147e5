"""Say whom a key of the HTTP API belongs to."""

import hashlib
from collections import OrderedDict

from attrs import field, frozen

from application.ports.api_keys import ApiKey
from application.ports.database import Database
from application.ports.hashing import SecretHasher
from domain.api_keys import WrittenKey, read_key

REMEMBERED = 1024
"""Keys that were verified and are remembered, at most."""
_NOTHING = ""
"""Stands for the secret of whatever is not even written like a key."""


@frozen
class AuthenticateKey:
    """Verifies keys.

    The row of the key is read each time, so that a revoked key is worthless at once in every process. That
    its secret is right is verified once, and then remembered by a digest under a key of this process.

    Args:
        database: where the keys are.
        hasher: verifies secrets.
        process_key: 16 to 64 random bytes, drawn by this process and known to nobody else.
        decoy: the hash that an unknown key is held against, so that it takes as long as a wrong secret; none
            of the secrets in use belongs to it.
    """

    database: Database
    hasher: SecretHasher
    process_key: bytes = field(repr=False)
    decoy: str = field(repr=False)
    _remembered: OrderedDict[bytes, str] = field(factory=OrderedDict, init=False, repr=False, eq=False)

    async def __call__(self, text: str, *, known_only: bool = False) -> ApiKey | None:
        """The key as it is kept; None where it is not one, or not any more.

        Args:
            text: as a request has it.
            known_only: take only what was verified before; for senders who have guessed too often.

        Raises:
            DatabaseUnavailable: nobody can tell now.
        """
        written = read_key(text)
        key = None if written is None else await self._valid(written.id)
        if written is not None and key is not None and self._remembers(written, key):
            return key
        if known_only:
            return None
        secret = _NOTHING if written is None else written.secret
        right = await self.hasher.verify(self.decoy if key is None else key.hash, secret)
        if written is None or key is None or not right:
            return None
        self._remember(written, key)
        return key

    async def _valid(self, key_id: str) -> ApiKey | None:
        async with self.database.transaction() as tx:
            key = await tx.api_keys.get(key_id)
        return key if key is not None and key.revoked_at is None else None

    def _remembers(self, written: WrittenKey, key: ApiKey) -> bool:
        return self._remembered.get(self._digest(written)) == key.hash

    def _remember(self, written: WrittenKey, key: ApiKey) -> None:
        self._remembered[self._digest(written)] = key.hash
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)

    def _digest(self, written: WrittenKey) -> bytes:
        return hashlib.blake2b(written.text.encode(), key=self.process_key).digest()
