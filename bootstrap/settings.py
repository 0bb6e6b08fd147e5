"""Settings from the environment, each variable beginning with DRUMBEAT_.

A group's name is part of the variable: `Settings.http.port` is DRUMBEAT_HTTP_PORT. Each vendor declares its
own group in its own module (`adapters.providers.registry`). How to reach Temporal is said by the variables
that every Temporal tool knows (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, ...).
"""

import ipaddress
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any, TypeAlias

from attrs import evolve, field, frozen

from adapters.http.api.limits import read_rate
from adapters.links.signed import SHORTEST_SECRET
from adapters.providers import registry
from adapters.providers.common.menu import Calls, Menu
from adapters.providers.common.vendor import Role
from adapters.temporal.common.cache import CACHED_RUNS
from adapters.temporal.common.task_queues import Queue
from application.environment import (
    API_KEY,
    API_URL,
    PREFIX,
    WrongSetting,
    flag,
    number,
    one_of,
    port,
    read_group,
    refuse_others,
    seconds,
    setting,
    url,
    whole,
    words,
)
from application.environment import variables as variables_of
from domain.contact_rules import Cap, parse_caps
from domain.keywords import Keyword, Keywords, parse_languages, parse_words
from domain.stuck import StuckKind, StuckLimits

__all__ = ["Settings", "WrongSetting", "load", "variables"]

SANDBOX = f"{PREFIX}SANDBOX_"
"""The sandbox has settings of its own (`adapters.providers.sandbox.settings`)."""

NOBODY = "none"
"""Where a channel is not used."""

_MONTH = 31 * 86_400

_NO_WORDS: Mapping[str, Collection[str]] = {}
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


def _database_url(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ValueError("must be sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME")
    return text


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(word) for word in words(text))
    except ValueError:
        raise ValueError("must be addresses or networks such as 10.0.0.0/8, separated by commas") from None


def _carriers(role: Role) -> Callable[[str], tuple[str, ...]]:
    """Providers of a channel, in the order in which they are tried."""

    def read(text: str) -> tuple[str, ...]:
        chosen, known = words(text), registry.names(role)
        if chosen == (NOBODY,):
            return ()
        if not chosen or len(set(chosen)) < len(chosen) or not set(chosen) <= set(known):
            raise ValueError(
                f"must be one of {', '.join(known)}, or several in the order in which they are tried, "
                f"or {NOBODY}"
            )
        return chosen

    return read


def _link_secret(text: str) -> str:
    if len(text) < SHORTEST_SECRET:
        raise ValueError(
            f"must have at least {SHORTEST_SECRET} characters: openssl rand -base64 32 gives one"
        )
    return text


def _queues(text: str) -> tuple[Queue, ...]:
    try:
        chosen = tuple(dict.fromkeys(Queue(word) for word in words(text)))
    except ValueError:
        chosen = ()
    if not chosen:
        raise ValueError(f"must be one or several of {', '.join(Queue)}")
    return chosen


def _desk(text: str) -> str:
    return one_of(*registry.names(Role.DESK))(text)


@frozen
class HttpSettings:
    """The HTTP app. `public_url` is how providers reach it: signatures are made over that address."""

    host: str = setting("127.0.0.1", str)
    port: int = setting(8000, port)
    public_url: str = setting("http://127.0.0.1:8000", url("http", "https"))
    relay_seconds: float = setting(5.0, seconds(3600))
    trusted_proxies: tuple[Network, ...] = setting((), _networks)


@frozen
class ApiSettings:
    """The HTTP API: how many requests a key may make of each process, and whether it has a page to try it."""

    rate: str = setting("600/minute", read_rate)
    docs: bool = setting(True, flag)  # noqa: FBT003 - a default


@frozen
class WorkerSettings:
    """The worker: what it takes, how it ends, how it is watched, and which release it is."""

    task_queue: str = setting("drumbeat", str)
    drain_seconds: float = setting(30.0, seconds(3600))
    queues: tuple[Queue, ...] = setting(tuple(Queue), _queues)
    cached_runs: int = setting(CACHED_RUNS, whole(1, 1_000_000))
    health_host: str = setting("127.0.0.1", str)
    health_port: int = setting(0, port)
    deployment: str = setting("", str)
    build_id: str = setting("", str)


@frozen
class ProviderSettings:
    """Who serves which role, and how long a provider may take to answer.

    A channel has providers in the order in which they are tried, or none.
    """

    sms: tuple[str, ...] = setting(("twilio",), _carriers(Role.SMS))
    email: tuple[str, ...] = setting(("sendgrid",), _carriers(Role.EMAIL))
    voice: tuple[str, ...] = setting(("twilio",), _carriers(Role.VOICE))
    desk: str = setting("slack", _desk)
    # With waiting for a turn, connecting and recording, less than what one call of an activity may take
    # (adapters.temporal.common.retry_policies.CALL).
    timeout_seconds: float = setting(10.0, seconds(25))


@frozen
class LinksSettings:
    """What signs the links by which people opt out; without a secret, messages have none."""

    secret: str = setting("", _link_secret, secret=True)
    previous_secret: str = setting("", _link_secret, secret=True)


@frozen
class EnrollSettings:
    """Enrolling many at once."""

    rate: float = setting(0.0, number(0, 10_000))

    def limit(self) -> float | None:
        """Starts a second of one batch; None for no limit."""
        return self.rate or None


@frozen
class CallsSettings:
    """How calls are made, whoever makes them."""

    language: str = setting("en-US", str)
    ring_seconds: float = setting(30.0, number(1, 120))
    menu: bool = setting(True, flag)  # noqa: FBT003 - a default
    menu_prompt: str = setting(Menu().prompt, str)
    menu_confirmed: str = setting(Menu().confirmed, str)
    menu_call_back: str = setting(Menu().call_back, str)
    menu_opted_out: str = setting(Menu().opted_out, str)
    menu_goodbye: str = setting(Menu().goodbye, str)
    menu_stop: str = setting(Menu().stop, str)

    def calls(self) -> Calls:
        """The same for adapters."""
        menu = Menu(
            prompt=self.menu_prompt,
            confirmed=self.menu_confirmed,
            call_back=self.menu_call_back,
            opted_out=self.menu_opted_out,
            goodbye=self.menu_goodbye,
            stop=self.menu_stop,
        )
        return Calls(self.language, int(self.ring_seconds), self.menu, menu)


@frozen
class TelemetrySettings:
    """Logs, traces and metrics. Export is off unless it is asked for."""

    log_format: str = setting("console", one_of("console", "json"))
    log_level: str = setting("info", one_of("debug", "info", "warning", "error"))
    export: str = setting("none", one_of("none", "otlp", "prometheus"))
    metrics_host: str = setting("127.0.0.1", str)
    metrics_port: int = setting(9464, port)
    sdk_metrics_port: int = setting(9465, port)


@frozen
class RepliesSettings:
    """How people's own words are taken: `domain.keywords`."""

    languages: tuple[str, ...] = setting(("en",), parse_languages)
    stop_words: Mapping[str, Collection[str]] = setting(_NO_WORDS, parse_words)
    start_words: Mapping[str, Collection[str]] = setting(_NO_WORDS, parse_words)
    help_words: Mapping[str, Collection[str]] = setting(_NO_WORDS, parse_words)
    help_text: str = setting("", str)

    def keywords(self) -> Keywords:
        """The words that count.

        Raises:
            WrongSetting: a language has no words.
        """
        own = {
            Keyword.STOP: self.stop_words,
            Keyword.START: self.start_words,
            Keyword.HELP: self.help_words,
        }
        try:
            return Keywords.of_languages(self.languages, own)
        except ValueError as error:
            raise WrongSetting(f"DRUMBEAT_REPLIES_LANGUAGES {error}") from None


@frozen
class StuckSettings:
    """How long what goes on may take before somebody is told, in seconds: `domain.stuck`."""

    overdue_seconds: float = setting(900.0, seconds(_MONTH))
    start_seconds: float = setting(900.0, seconds(_MONTH))
    in_doubt_seconds: float = setting(900.0, seconds(_MONTH))
    event_seconds: float = setting(300.0, seconds(_MONTH))
    batch_seconds: float = setting(900.0, seconds(_MONTH))
    handoff_seconds: float = setting(86_400.0, seconds(_MONTH))
    look_seconds: float = setting(60.0, seconds(3600))

    def limits(self) -> StuckLimits:
        """The same for the use case."""
        kinds = {
            StuckKind.ENROLLMENT_OVERDUE: self.overdue_seconds,
            StuckKind.ENROLLMENT_NOT_STARTED: self.start_seconds,
            StuckKind.SEND_IN_DOUBT: self.in_doubt_seconds,
            StuckKind.EVENT_NOT_DISPATCHED: self.event_seconds,
            StuckKind.BATCH_STANDS_STILL: self.batch_seconds,
            StuckKind.HANDOFF_UNCLAIMED: self.handoff_seconds,
        }
        return StuckLimits({kind: timedelta(seconds=longest) for kind, longest in kinds.items()})


def _vendors() -> Mapping[str, Any]:
    return {name: vendor.settings() for name, vendor in registry.vendors().items()}


@frozen
class Settings:
    """Everything that differs between environments.

    Args:
        vendors: the settings of every vendor there is, by its name.
    """

    tenant: str = setting("default", str)
    caps: tuple[Cap, ...] = setting((), parse_caps)
    database_url: str = setting("sqlite:///.drumbeat/drumbeat.db", _database_url, secret=True)
    http: HttpSettings = field(factory=HttpSettings)
    api: ApiSettings = field(factory=ApiSettings)
    worker: WorkerSettings = field(factory=WorkerSettings)
    providers: ProviderSettings = field(factory=ProviderSettings)
    replies: RepliesSettings = field(factory=RepliesSettings)
    enroll: EnrollSettings = field(factory=EnrollSettings)
    calls: CallsSettings = field(factory=CallsSettings)
    links: LinksSettings = field(factory=LinksSettings)
    stuck: StuckSettings = field(factory=StuckSettings)
    telemetry: TelemetrySettings = field(factory=TelemetrySettings)
    vendors: Mapping[str, Any] = field(factory=_vendors, hash=False)


_GROUPS: Mapping[str, type[Any]] = {
    "http": HttpSettings,
    "api": ApiSettings,
    "worker": WorkerSettings,
    "providers": ProviderSettings,
    "replies": RepliesSettings,
    "enroll": EnrollSettings,
    "calls": CallsSettings,
    "links": LinksSettings,
    "stuck": StuckSettings,
    "telemetry": TelemetrySettings,
}


def load(environ: Mapping[str, str]) -> Settings:
    """Read all settings.

    Raises:
        WrongSetting: a value cannot be used, one needs another that is not set, or a variable with our prefix
            is not a setting.
    """
    groups = {name: read_group(cls, name, environ) for name, cls in _GROUPS.items()}
    if bool(groups["worker"].deployment) != bool(groups["worker"].build_id):
        raise WrongSetting(
            "DRUMBEAT_WORKER_DEPLOYMENT and DRUMBEAT_WORKER_BUILD_ID go together: set both, or neither"
        )
    vendors = {
        name: read_group(vendor.settings, name, environ) for name, vendor in registry.vendors().items()
    }
    refuse_others([*variables(), API_URL, API_KEY], environ, apart_from=SANDBOX)
    return evolve(read_group(Settings, "", environ), **groups, vendors=vendors)


def variables() -> dict[str, str]:
    """Every variable and its default, for the documentation; secrets have none."""
    found = variables_of(Settings, "")
    for name, cls in _GROUPS.items():
        found |= variables_of(cls, name)
    for name, vendor in registry.vendors().items():
        found |= variables_of(vendor.settings, name)
    return found
