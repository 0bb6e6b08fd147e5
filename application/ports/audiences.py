"""The port to the audiences tables: named choices of a tenant's contacts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from attrs import field, frozen

from domain.contact import Contact


@frozen
class Audience:
    """A named choice of contacts: those of whom a condition holds, or those on a list.

    Args:
        tenant: whose contacts.
        key: its name.
        definition: as `domain.language.audiences.read_audience` reads it; empty for a list.
        created_at: when it was made.
        updated_at: when it was last changed.
    """

    tenant: str
    key: str
    definition: Mapping[str, Any] = field(hash=False, repr=False)
    created_at: datetime
    updated_at: datetime

    @property
    def is_list(self) -> bool:
        """Whether its members stand on a list."""
        return not self.definition


class Audiences(Protocol):
    """The audiences of all tenants."""

    async def put(self, tenant: str, key: str, definition: Mapping[str, Any], at: datetime) -> bool:
        """Store it, or change the one of this key, whose list is emptied; True where it is new.

        Args:
            tenant: whose.
            key: its name.
            definition: `Audience.definition`.
            at: the time.
        """
        ...

    async def get(self, tenant: str, key: str) -> Audience | None:
        """The audience, if there is one."""
        ...

    async def page(self, tenant: str, after_key: str, limit: int) -> list[Audience]:
        """A page of a tenant's audiences by key, from the first key greater than `after_key`."""
        ...

    async def delete(self, tenant: str, key: str) -> bool:
        """Forget it and its list; False where there is none. No contact is touched."""
        ...

    async def add_members(self, tenant: str, key: str, contact_ids: Sequence[str]) -> int:
        """Put contacts on its list; returns how many are new on it."""
        ...

    async def members(self, tenant: str, key: str, after_id: str, limit: int) -> list[Contact]:
        """A page of the contacts on its list, but those erased, by id, from the first id after `after_id`."""
        ...

    async def count_members(self, tenant: str, key: str) -> int:
        """How many contacts who are not erased are on its list."""
        ...
