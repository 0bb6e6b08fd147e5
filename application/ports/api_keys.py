"""The port to the keys of the HTTP API."""

from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from domain.access import Scope


@frozen
class ApiKey:
    """One key, as it is kept: not the key itself, which only its owner has.

    Args:
        id: its public part.
        tenant: whose data it opens.
        name: what people call it.
        scopes: what it may be used for.
        hash: of its secret part.
        created_at: when it was made.
        revoked_at: since when it is not good any more.
    """

    id: str
    tenant: str
    name: str
    scopes: frozenset[Scope]
    hash: str = field(repr=False)
    created_at: datetime
    revoked_at: datetime | None = None


class ApiKeys(Protocol):
    """The keys of all tenants."""

    async def add(self, key: ApiKey) -> None:
        """Keep a new key."""
        ...

    async def get(self, key_id: str) -> ApiKey | None:
        """The key with this id, revoked or not: whoever sends it says so before anything of them is known."""
        ...

    async def of_tenant(self, tenant: str) -> list[ApiKey]:
        """All keys of a tenant, oldest first."""
        ...

    async def revoke(self, tenant: str, key_id: str, at: datetime) -> ApiKey | None:
        """Make a key of a tenant worthless; the first time it was revoked stays.

        Returns:
            The key as it is now; None where the tenant has none with this id.
        """
        ...
