"""The sandbox, for the command line: who is in it, how its people behave, and accounts there."""

from collections.abc import Callable, Mapping, Sequence

from adapters.providers import registry
from adapters.providers.common.vendor import Role
from adapters.providers.sandbox import people
from adapters.providers.sandbox.vendor import Site, sandbox_vendor

PERSONAS = frozenset(people.PERSONAS)
"""How people in the sandbox can behave."""


def vendors() -> Mapping[str, Sequence[str]]:
    """Who can be chosen for each role, and is in the sandbox."""
    known = registry.vendors().values()
    return {role.value: [v.name for v in known if v.can(role) and v.sandbox is not None] for role in Role}


def open_accounts(
    names: Sequence[str], sandbox_url: str, public_url: str, free_port: Callable[[], int]
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Open an account at each vendor.

    Args:
        names: of the vendors.
        sandbox_url: where the sandbox will be.
        public_url: where it will call back.
        free_port: gives a port that nobody uses.

    Returns:
        The variables that both sides know, and those that only the vendors know.

    Raises:
        WrongSetting: a vendor is not in the sandbox.
    """
    site = Site(sandbox_url, public_url, free_port)
    accounts = [sandbox_vendor(name).open_account(site) for name in names]
    ours = {name: value for account in accounts for name, value in account.ours.items()}
    return ours, {name: value for account in accounts for name, value in account.theirs.items()}
