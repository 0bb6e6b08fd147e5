"""Keep a tenant's audiences: make, change, look at and forget them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from application.audience_members import known_audience, members
from application.errors import Conflict
from application.ports.audiences import Audience
from application.ports.clock import Clock
from application.ports.database import Database
from domain.contact import Contact
from domain.language.audiences import check_key, read_audience

_CHUNK = 1000
"""How many names are looked up in one transaction."""


@frozen
class KeptAudience:
    """What became of an audience that was given.

    Args:
        audience: as it is stored.
        new: whether it is new.
        listed: how many contacts are new on its list.
        unknown: the external ids of the list that no contact has; they are personal data.
    """

    audience: Audience
    new: bool
    listed: int = 0
    unknown: frozenset[str] = field(default=frozenset(), repr=False)


@frozen
class KeepAudiences:
    """The audiences of a tenant."""

    database: Database
    clock: Clock

    async def define(self, tenant: str, key: str, definition: Mapping[str, Any]) -> KeptAudience:
        """Make an audience of those of whom a condition holds, or change the one of this key.

        Args:
            tenant: whose.
            key: its name, of the form of a campaign's key.
            definition: as `domain.language.audiences.read_audience` reads it.

        Raises:
            InvalidAudience: it breaks rules; all of them are named.
        """
        check_key(key)
        read_audience(definition)
        async with self.database.transaction() as tx:
            new = await tx.audiences.put(tenant, key, definition, self.clock())
            return KeptAudience(await known_audience(tx, tenant, key), new)

    async def put_list(self, tenant: str, key: str, external_ids: Collection[str]) -> KeptAudience:
        """Make an audience of contacts by their names, or put these in the place of the one of this key.

        Args:
            tenant: whose.
            key: its name.
            external_ids: the contacts, by the caller's names; those that are unknown are left out and told.

        Raises:
            InvalidAudience: the key cannot be used.
        """
        check_key(key)
        async with self.database.transaction() as tx:
            new = await tx.audiences.put(tenant, key, {}, self.clock())
        added = await self.add(tenant, key, external_ids)
        return KeptAudience(added.audience, new, added.listed, added.unknown)

    async def add(self, tenant: str, key: str, external_ids: Collection[str]) -> KeptAudience:
        """Put more contacts on the list of an audience.

        Raises:
            UnknownAudience: there is no such audience.
            Conflict: it has a condition instead of a list.
        """
        audience = await self.get(tenant, key)
        if not audience.is_list:
            raise Conflict(f"the audience {key} has a condition, not a list")
        names, listed, unknown = list(dict.fromkeys(external_ids)), 0, set[str]()
        for start in range(0, len(names), _CHUNK):
            some = names[start : start + _CHUNK]
            async with self.database.transaction() as tx:
                await known_audience(tx, tenant, key)  # it may be gone by now
                ids = await tx.contacts.ids_of(tenant, some)
                listed += await tx.audiences.add_members(tenant, key, list(ids.values()))
            unknown |= set(some) - ids.keys()
        return KeptAudience(audience, new=False, listed=listed, unknown=frozenset(unknown))

    async def get(self, tenant: str, key: str) -> Audience:
        """One audience.

        Raises:
            UnknownAudience: there is no such audience.
        """
        async with self.database.transaction() as tx:
            return await known_audience(tx, tenant, key)

    async def page(self, tenant: str, after: str = "", limit: int = 50) -> list[Audience]:
        """A page of audiences by key, from the first key greater than `after`."""
        async with self.database.transaction() as tx:
            return await tx.audiences.page(tenant, after, limit)

    async def delete(self, tenant: str, key: str) -> None:
        """Forget one; no contact is touched, and a batch that enrolls it ends with those it has.

        Raises:
            UnknownAudience: there is no such audience.
        """
        async with self.database.transaction() as tx:
            await known_audience(tx, tenant, key)
            await tx.audiences.delete(tenant, key)

    async def count(self, tenant: str, key: str) -> int:
        """How many are in it now. Where it has a condition, every contact of the tenant is looked at.

        Raises:
            UnknownAudience: there is no such audience.
        """
        audience = await self.get(tenant, key)
        if audience.is_list:
            async with self.database.transaction() as tx:
                return await tx.audiences.count_members(tenant, key)
        return len(await self._ids(audience, "", None))

    async def members(self, tenant: str, key: str, after: str = "", limit: int = 50) -> Sequence[Contact]:
        """A page of those who are in it now, by id, from the first id greater than `after`.

        Raises:
            UnknownAudience: there is no such audience.
        """
        return await self._ids(await self.get(tenant, key), after, limit)

    async def _ids(self, audience: Audience, after: str, limit: int | None) -> list[Contact]:
        found: list[Contact] = []
        reached: str | None = after
        while reached is not None and (limit is None or len(found) < limit):
            async with self.database.transaction() as tx:
                page = await members(tx, audience, reached)
            found += page.contacts
            reached = page.reached
        return found[:limit]
