"""Drumbeat on one machine: which processes it is made of, and what each is told."""

import os
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
from attrs import field, frozen

from adapters.cli.carriers import Carriers
from adapters.cli.processes import (
    Service,
    ServiceFailed,
    free_ports,
    is_taken,
    module,
    python_path,
    temporal_binary,
)
from adapters.cli.tools import Accounts, OpenAccounts

HOST = "127.0.0.1"


@frozen
class Ports:
    """Where each part listens, on 127.0.0.1.

    Args:
        temporal: the Temporal front end (gRPC).
        temporal_ui: the Temporal Web UI.
        temporal_metrics: the Temporal server's own metrics.
        http: our HTTP app.
        sandbox: the sandbox of the providers.
    """

    temporal: int
    temporal_ui: int
    temporal_metrics: int
    http: int
    sandbox: int

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nobody uses now."""
        return cls(*free_ports(5))

    @classmethod
    def fixed(cls, *, http: int, temporal: int, temporal_ui: int) -> "Ports":
        """Known ports for what people and programs connect to, free ones for the rest.

        Raises:
            ServiceFailed: one of them is taken, or given twice.
        """
        if len({http, temporal, temporal_ui}) < 3:
            raise ServiceFailed("--port, --temporal-port and --ui-port must be three different ports.")
        for port, what, option in (
            (http, "HTTP app", "--port"),
            (temporal, "Temporal server", "--temporal-port"),
            (temporal_ui, "Temporal Web UI", "--ui-port"),
        ):
            if is_taken(port):
                raise ServiceFailed(
                    f"Port {port} is taken, and the {what} needs it: end what listens there, or give another "
                    f"port with {option}."
                )
        metrics, sandbox = free_ports(2)
        return cls(temporal, temporal_ui, metrics, http, sandbox)


@frozen
class Behaviour:
    """How the sandbox's people and providers behave.

    Args:
        seed: two runs with one seed agree.
        faults: the share of addresses, 0 to 0.2, that meet each of the providers' faults.
    """

    seed: int = 7
    faults: float = 0.06


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


@frozen
class LocalSystem:
    """One Temporal server, one worker, one HTTP app and one sandbox, with their data in one folder.

    The secret of its links is drawn anew each time, like the accounts at its vendors.
    """

    folder: Path
    ports: Ports
    behaviour: Behaviour
    carriers: Carriers
    accounts: Accounts = field(repr=False)
    link_secret: str = field(factory=_new_secret, repr=False)

    @classmethod
    def on(
        cls, folder: Path, ports: Ports, behaviour: Behaviour, carriers: Carriers, open_accounts: OpenAccounts
    ) -> "LocalSystem":
        """A system on some ports, with new accounts at its vendors."""
        accounts = open_accounts(
            carriers.vendors, _url(ports.sandbox), _url(ports.http), lambda: free_ports(1)[0]
        )
        return cls(folder, ports, behaviour, carriers, accounts)

    @property
    def http_url(self) -> str:
        """Where our HTTP app is reached."""
        return _url(self.ports.http)

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox is reached."""
        return _url(self.ports.sandbox)

    @property
    def ui_url(self) -> str:
        """Where a browser finds the Temporal Web UI."""
        return _url(self.ports.temporal_ui)

    @property
    def environ(self) -> dict[str, str]:
        """The environment of our own processes: nothing of ours is taken over from outside."""
        return {
            **_inherited(),
            **self.accounts.ours,
            "TEMPORAL_ADDRESS": f"{HOST}:{self.ports.temporal}",
            "TEMPORAL_CONFIG_FILE": os.devnull,
            "DRUMBEAT_DATABASE_URL": f"sqlite:///{self.folder / 'drumbeat.db'}",
            "DRUMBEAT_HTTP_PORT": str(self.ports.http),
            "DRUMBEAT_HTTP_PUBLIC_URL": self.http_url,
            "DRUMBEAT_HTTP_RELAY_SECONDS": "1",
            "DRUMBEAT_LINKS_SECRET": self.link_secret,
            "DRUMBEAT_PROVIDERS_TIMEOUT_SECONDS": "3",
            "DRUMBEAT_WORKER_DRAIN_SECONDS": "5",
            "DRUMBEAT_PROVIDERS_SMS": self.carriers.sms,
            "DRUMBEAT_PROVIDERS_EMAIL": self.carriers.email,
            "DRUMBEAT_PROVIDERS_VOICE": self.carriers.voice,
            "DRUMBEAT_PROVIDERS_DESK": self.carriers.desk,
        }

    @property
    def pointers(self) -> dict[str, str]:
        """What points other commands at this system; nothing secret is among it."""
        names = ("DRUMBEAT_DATABASE_URL", "TEMPORAL_ADDRESS", "TEMPORAL_CONFIG_FILE")
        return {name: self.environ[name] for name in names}

    def temporal(self) -> Service:
        """The Temporal server, on a durable file database."""
        argv = [
            temporal_binary(), "server", "start-dev",
            "--ip", HOST, "--port", str(self.ports.temporal),
            "--ui-ip", HOST, "--ui-port", str(self.ports.temporal_ui),
            "--metrics-port", str(self.ports.temporal_metrics),
            "--db-filename", str(self.folder / "temporal.db"),
            # Durable, at 2.2 times the throughput of the default settings.
            "--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL",
            "--search-attribute", "DrumbeatTenant=Keyword", "--search-attribute", "DrumbeatCampaign=Keyword",
            # Where days are seconds, a timer must not be up to a second late.
            "--dynamic-config-value", 'history.timerProcessorMaxTimeShift="5ms"',
            # Campaigns take turns (adapters.temporal.common.priorities). One machine needs no more than one
            # partition of a queue, and order and rates hold exactly only within one.
            "--dynamic-config-value", "matching.enableFairness=true",
            "--dynamic-config-value", "matching.numTaskqueueReadPartitions=1",
            "--dynamic-config-value", "matching.numTaskqueueWritePartitions=1",
            "--log-level", "error",
        ]  # fmt: skip
        return Service("Temporal server", argv, _inherited(), answers(f"{self.ui_url}/api/v1/namespaces"))

    def sandbox(self) -> Service:
        """The providers' sandbox."""
        environ = {
            **_inherited(),
            **self.accounts.ours,
            **self.accounts.theirs,
            "DRUMBEAT_SANDBOX_PORT": str(self.ports.sandbox),
            "DRUMBEAT_SANDBOX_SEED": str(self.behaviour.seed),
            "DRUMBEAT_SANDBOX_FAULT_SHARE": str(self.behaviour.faults),
            "DRUMBEAT_SANDBOX_CALLBACK_BASE_URL": self.http_url,
            "DRUMBEAT_SANDBOX_VENDORS": ",".join(self.carriers.vendors),
        }
        argv = module("adapters.providers.sandbox")
        return Service("sandbox", argv, environ, answers(f"{self.sandbox_url}/sandbox/health"))

    def http(self) -> Service:
        """Our HTTP app."""
        return Service(
            "HTTP app", module("adapters.http.server"), self.environ, answers(f"{self.http_url}/readyz")
        )

    def worker(self) -> Service:
        """Our worker. It waits for Temporal by itself, so being alive is being ready."""
        return Service("worker", module("adapters.temporal.worker"), self.environ, _at_once)


def _url(port: int) -> str:
    return f"http://{HOST}:{port}"


def _inherited() -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("DRUMBEAT_", "TEMPORAL_"))
    }
    return kept | {"PYTHONPATH": python_path()}


def answers(url: str) -> Callable[[], Awaitable[bool]]:
    """What tells whether something answers at an address with success."""

    async def ready() -> bool:
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            try:
                return (await client.get(url)).is_success
            except httpx.HTTPError:
                return False

    return ready


async def _at_once() -> bool:
    return True
