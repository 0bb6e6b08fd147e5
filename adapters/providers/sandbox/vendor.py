"""What a vendor's counterpart in the sandbox tells of itself."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from importlib import import_module

from attrs import field, frozen
from fastapi import FastAPI

from adapters.providers import registry
from adapters.providers.sandbox.switchboard import Switchboard
from application.environment import WrongSetting


@frozen
class Site:
    """Where things are on one machine.

    Args:
        sandbox_url: of the sandbox.
        public_url: of our HTTP app, where callbacks go.
        free_port: gives a port that nobody uses, for a vendor that is no HTTP server.
    """

    sandbox_url: str
    public_url: str
    free_port: Callable[[], int] = field(repr=False)


@frozen
class Account:
    """One account at a vendor, with credentials that open nothing outside of the sandbox.

    Args:
        ours: the vendor's settings, as environment variables: for our processes, and for the sandbox.
        theirs: what only the vendor knows, such as the key that it signs with: for the sandbox alone.
    """

    ours: Mapping[str, str] = field(repr=False)
    theirs: Mapping[str, str] = field(factory=dict, repr=False)


@frozen
class SandboxVendor:
    """One vendor in the sandbox.

    Args:
        open_account: draws an account.
        mount: adds its routes to the sandbox; takes the account's variables, all of them together.
        serve: what it needs beside routes, such as a mail server, for as long as the sandbox runs.
    """

    open_account: Callable[[Site], Account]
    mount: Callable[[FastAPI, Mapping[str, str]], None]
    serve: Callable[[Switchboard, Mapping[str, str]], AbstractAsyncContextManager[None]] | None = None


def sandbox_vendor(name: str) -> SandboxVendor:
    """A vendor's counterpart.

    Raises:
        WrongSetting: there is no such vendor, or it has none.
    """
    vendor = registry.vendors().get(name)
    if vendor is None or vendor.sandbox is None:
        raise WrongSetting(f"The sandbox has no {name!r}.")
    module, _, attribute = vendor.sandbox.partition(":")
    found = getattr(import_module(module), attribute)
    if not isinstance(found, SandboxVendor):
        raise WrongSetting(f"{vendor.sandbox} is not a SandboxVendor.")
    return found
