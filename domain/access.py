"""Who may do what with a tenant's data: the scopes of an API key."""

from collections.abc import Collection
from enum import StrEnum


class Scope(StrEnum):
    """What a key may be used for; each one allows what the ones before it allow."""

    READ = "read"
    """Look at everything of the tenant."""
    WRITE = "write"
    """Change it: contacts, enrollments, campaigns, events, handoffs."""
    ADMIN = "admin"
    """What cannot be taken back: export and erase a person, lift suppressions."""


_ORDER = tuple(Scope)


def allows(granted: Collection[Scope], needed: Scope) -> bool:
    """Whether scopes that were granted allow what needs one.

    Args:
        granted: of the key.
        needed: by the request.
    """
    return any(_ORDER.index(scope) >= _ORDER.index(needed) for scope in granted)
