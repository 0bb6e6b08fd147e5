"""Make, list and revoke the keys of the HTTP API."""

from collections.abc import Collection

from attrs import field, frozen

from application.errors import Conflict, UnknownKey
from application.ports.api_keys import ApiKey
from application.ports.clock import Clock
from application.ports.database import Database
from application.ports.hashing import RandomBytes, SecretHasher
from application.ports.suppressions import EVERYBODY
from domain.access import Scope
from domain.api_keys import ID_BYTES, SECRET_BYTES, WrittenKey


@frozen
class NewKey:
    """A key that was just made.

    Args:
        key: as it is kept.
        text: the key itself, which is seen here and never again.
    """

    key: ApiKey
    text: str = field(repr=False)


@frozen
class ControlApiKeys:
    """The keys of a tenant. There is none before somebody makes one.

    Args:
        database: where they are.
        hasher: makes of their secrets what is kept.
        random: draws them.
        clock: the time.
    """

    database: Database
    hasher: SecretHasher
    random: RandomBytes
    clock: Clock

    async def create(self, tenant: str, name: str, scopes: Collection[Scope]) -> NewKey:
        """Make a key.

        Args:
            tenant: whose data it opens.
            name: what people call it; several may have one name, as while one replaces another.
            scopes: what it may be used for.

        Raises:
            Conflict: nobody's data can be opened by it, since the name of the tenant stands for all of them.
        """
        if tenant == EVERYBODY:
            raise Conflict(f"{EVERYBODY} stands for all tenants, so no key can be made for it: name one")
        written = WrittenKey.of(self.random(ID_BYTES), self.random(SECRET_BYTES))
        hashed = await self.hasher.hash(written.secret)
        key = ApiKey(written.id, tenant, name, frozenset(scopes), hashed, self.clock())
        async with self.database.transaction() as tx:
            await tx.api_keys.add(key)
        return NewKey(key, written.text)

    async def list(self, tenant: str) -> list[ApiKey]:
        """All keys of a tenant, oldest first; those that were revoked too."""
        async with self.database.transaction() as tx:
            return await tx.api_keys.of_tenant(tenant)

    async def revoke(self, tenant: str, key_id: str) -> ApiKey:
        """Make a key worthless, from the next request on; again does no harm.

        Raises:
            UnknownKey: the tenant has no key with this id.
        """
        async with self.database.transaction() as tx:
            key = await tx.api_keys.revoke(tenant, key_id, self.clock())
        if key is None:
            raise UnknownKey("there is no key with this id; `drumbeat keys list` shows them")
        return key
