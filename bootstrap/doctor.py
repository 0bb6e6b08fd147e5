"""Everything that `drumbeat doctor` looks at, by settings."""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from attrs import frozen

from adapters.db.inspection import SqlInspection
from adapters.providers import registry
from adapters.providers.common.vendor import Part, Wiring
from adapters.temporal.common.task_queues import Queue
from adapters.temporal.inspection import TemporalInspection
from application.check_system import Check, CheckSystem, Diagnosis
from application.environment import variable
from application.errors import ApplicationError
from application.system_checks import BooksChecks, DatabaseChecks, RunsChecks
from bootstrap import container
from bootstrap.providers import chosen
from bootstrap.settings import Settings, WrongSetting, load
from bootstrap.telemetry import for_commands


async def diagnose(environ: Mapping[str, str]) -> list[Diagnosis]:
    """Look at everything, as processes with these variables would find it.

    Args:
        environ: e.g. ``os.environ``.
    """
    try:
        settings = for_commands(load(environ))
        async with container.running(settings, "drumbeat-doctor") as wired:
            return await CheckSystem(_checks(settings, wired))()
    except (WrongSetting, ApplicationError) as error:
        return [Diagnosis("settings", ok=False, says=str(error))]


def _checks(settings: Settings, wired: container.Container) -> Mapping[str, Check]:
    database = DatabaseChecks(SqlInspection(wired.database()))
    runs = RunsChecks(
        TemporalInspection(wired.temporal_client(), settings.worker.task_queue), _needed(settings)
    )
    books = BooksChecks(wired.database(), wired.find_stuck(), wired.clock())
    own = SettingsChecks(settings, wired.wiring())
    return {
        "settings": own.vendors,
        "links": own.links,
        "public url": own.public_url,
        "database": database.answers,
        "migrations": database.is_migrated,
        "database clock": database.clock,
        "temporal": runs.answers,
        "search attributes": runs.attributes,
        "queues": runs.workers,
        "temporal clock": runs.clock,
        "stuck": books.stuck,
        "circuits": books.circuits,
    }


def _needed(settings: Settings) -> list[str]:
    used = {channel.value for channel, names in chosen(settings).items() if names}
    return [queue.value for queue in Queue if queue in (Queue.CAMPAIGNS, Queue.BULK) or queue.value in used]


@frozen
class SettingsChecks:
    """Whether what is chosen in the settings has the settings that it needs."""

    settings: Settings
    wiring: Wiring

    async def vendors(self) -> Sequence[Diagnosis]:
        """Every provider in use, and the desk, has what it needs to send and to verify its webhooks."""
        wrong = list(dict.fromkeys(self._wrong()))
        if wrong:
            remedy = "docs/settings.md says what each setting is"
            return [Diagnosis("settings", ok=False, says=sentence, remedy=remedy) for sentence in wrong]
        used = dict.fromkeys(name for name, _ in self._parts())
        return [Diagnosis("settings", ok=True, says=f"all is set for {', '.join(used)}")]

    async def links(self) -> Sequence[Diagnosis]:
        """People can opt out of e-mails by a link."""
        if self.settings.links.secret:
            return [Diagnosis("links", ok=True, says="the secret of the links in messages is set")]
        if not self.settings.providers.email:
            return [Diagnosis("links", ok=True, says="no e-mails are sent, so no links are needed")]
        return [
            Diagnosis(
                "links",
                ok=False,
                says="DRUMBEAT_LINKS_SECRET is not set: e-mails go out without unsubscribe headers",
                remedy="set it to the same for workers and the HTTP app: openssl rand -base64 32 gives one",
            )
        ]

    async def public_url(self) -> Sequence[Diagnosis]:
        """Vendors and people can reach us, as far as the address tells."""
        address = self.settings.http.public_url
        fault = _fault(address)
        if fault is None:
            return [Diagnosis("public url", ok=True, says=f"{address} is one that others can reach")]
        remedy = "set DRUMBEAT_HTTP_PUBLIC_URL to the https:// address by which vendors reach the HTTP app"
        return [Diagnosis("public url", ok=False, says=f"{address} {fault}", remedy=remedy)]

    def _parts(self) -> Iterator[tuple[str, Part[object, object] | None]]:
        vendors = registry.vendors()
        for channel, names in chosen(self.settings).items():
            for name in names:
                yield name, getattr(vendors[name], channel.value)
                yield name, vendors[name].callbacks
        desk = self.settings.providers.desk
        yield desk, vendors[desk].desk

    def _wrong(self) -> Iterator[str]:
        lacking: dict[str, dict[str, None]] = {}
        for name, part in self._parts():
            own = self.settings.vendors[name]
            missing = [] if part is None else [field for field in part.needs if not getattr(own, field)]
            lacking.setdefault(name, {}).update(dict.fromkeys(variable(name, field) for field in missing))
            if part is not None and not missing:
                yield from self._unusable(name, part)
        for name, variables in lacking.items():
            if variables:
                yield f"{name} needs {', '.join(variables)}"

    def _unusable(self, name: str, part: Part[object, object]) -> Iterator[str]:
        try:
            part.build(self.settings.vendors[name], self.wiring)
        except (ValueError, WrongSetting) as error:
            yield f"the settings DRUMBEAT_{name.upper()}_* cannot be used: {error}"


def _fault(address: str) -> str | None:
    """Why others cannot reach an address, as far as can be told without asking anybody."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if not _is_public(host):
        return "is an address that only this machine or network can reach"
    if parts.scheme != "https":
        return "is not https, so mail programs do not use the links in messages"
    return None


def _is_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host
