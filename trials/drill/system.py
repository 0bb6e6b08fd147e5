"""A system to be drilled: that of `drumbeat demo`, with drilled entrypoints and several workers."""

from collections.abc import Mapping
from pathlib import Path

from attrs import evolve, frozen

from adapters.cli.processes import Service, module
from adapters.cli.system import LocalSystem, answers
from trials.drill import sabotage, switches
from trials.drill.sabotage import Sabotage


@frozen
class DrilledSystem:
    """The same services, some of them in their drilled form.

    Args:
        local: the system as it would run.
        switches: the folder of the switches.
        workers: how many there are.
        sabotage: what of it is broken.
        database_url: of the database; None for the SQLite file of the system.
    """

    local: LocalSystem
    switches: Path
    workers: int = 2
    sabotage: frozenset[Sabotage] = frozenset()
    database_url: str | None = None

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment of our own processes, without the drill's."""
        more = {
            "DRUMBEAT_API_RATE": "none",
            "DRUMBEAT_TELEMETRY_LOG_FORMAT": "json",
        }
        if self.database_url is not None:
            more["DRUMBEAT_DATABASE_URL"] = self.database_url
        return self.local.environ | more

    def sandbox(self) -> Service:
        """The providers' sandbox, whose slow answers come within our time-out."""
        sandbox = self.local.sandbox()
        more = {"DRUMBEAT_SANDBOX_SLOW_SECONDS": "1.5", "DRUMBEAT_SANDBOX_LATE_SECONDS": "25"}
        return evolve(sandbox, environ={**sandbox.environ, **more})

    def api(self) -> Service:
        """Our HTTP app, drilled; it is up when it lives, since its database may be away."""
        alive = answers(f"{self.local.http_url}/healthz")
        return evolve(self._drilled(self.local.http(), "trials.drill.server"), ready=alive)

    def all_workers(self) -> tuple[Service, ...]:
        """Our workers, drilled."""
        drilled = self._drilled(self.local.worker(), "trials.drill.worker")
        return tuple(evolve(drilled, name=f"worker {number + 1}") for number in range(self.workers))

    def _drilled(self, service: Service, entrypoint: str) -> Service:
        drill = {switches.VARIABLE: str(self.switches), sabotage.VARIABLE: " ".join(self.sabotage)}
        return evolve(service, argv=module(entrypoint), environ={**self.environ, **drill})
