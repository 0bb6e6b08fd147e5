"""Settings from the environment, each variable beginning with DRUMBEAT_.

A group's name is part of the variable: `Settings.twilio.auth_token` is DRUMBEAT_TWILIO_AUTH_TOKEN. How to
reach Temporal is said by the variables that every Temporal tool knows (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
TEMPORAL_API_KEY, ...).
"""

import difflib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import attrs
from attrs import field, frozen

from application.errors import ApplicationError

PREFIX = "DRUMBEAT_"
SANDBOX = "DRUMBEAT_SANDBOX_"
"""The sandbox has settings of its own (`adapters.providers.sandbox.settings`)."""

_T = TypeVar("_T")


class WrongSetting(ApplicationError):
    """A setting cannot be used; the message names the variable, what is wrong and what would be right."""


class MissingSetting(WrongSetting):
    """A setting that has no usable default is not set."""


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return read


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise ValueError("must be a port number, 0 to 65535")
    return int(text)


def _seconds(most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            seconds = float(text)
        except ValueError:
            seconds = -1.0
        if not 0 < seconds <= most:
            raise ValueError(f"must be a number of seconds, more than 0 and at most {most:g}")
        return seconds

    return read


def _url(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        try:
            parts = urlsplit(text)
            right = parts.scheme in schemes and bool(parts.hostname)
        except ValueError:
            right = False
        if not right:
            raise ValueError(f"must be an address that begins with {' or '.join(f'{s}://' for s in schemes)}")
        return text.rstrip("/")

    return read


def _database_url(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ValueError("must be sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME")
    return text


def _setting(default: _T, read: Callable[[str], _T], *, secret: bool = False) -> _T:
    made: _T = field(default=default, repr=not secret, metadata={"read": read})
    return made


@frozen
class HttpSettings:
    """The HTTP app. `public_url` is how providers reach it: signatures are made over that address."""

    host: str = _setting("127.0.0.1", str)
    port: int = _setting(8000, _port)
    public_url: str = _setting("http://127.0.0.1:8000", _url("http", "https"))
    relay_seconds: float = _setting(5.0, _seconds(3600))


@frozen
class WorkerSettings:
    """The worker."""

    task_queue: str = _setting("drumbeat", str)
    drain_seconds: float = _setting(30.0, _seconds(3600))


@frozen
class ProviderSettings:
    """Which adapter serves which role (a channel may have none), and how long one may take to answer."""

    sms: str = _setting("twilio", _one_of("twilio", "none"))
    email: str = _setting("sendgrid", _one_of("sendgrid", "none"))
    voice: str = _setting("twilio", _one_of("twilio", "none"))
    desk: str = _setting("slack", _one_of("slack"))
    # Less than what one call of an activity may take (adapters.temporal.common.retry_policies.CALL).
    timeout_seconds: float = _setting(10.0, _seconds(30))


@frozen
class TwilioSettings:
    """SMS and voice through Twilio."""

    account_sid: str = _setting("", str)
    auth_token: str = _setting("", str, secret=True)
    sms_from: str = _setting("", str)
    voice_from: str = _setting("", str)
    base_url: str = _setting("https://api.twilio.com", _url("http", "https"))


@frozen
class SendgridSettings:
    """E-mail through SendGrid. `public_key` is the verification key of its event webhook."""

    api_key: str = _setting("", str, secret=True)
    sender: str = _setting("", str)
    public_key: str = _setting("", str)
    base_url: str = _setting("https://api.sendgrid.com", _url("http", "https"))


@frozen
class SlackSettings:
    """Handoffs in a Slack channel."""

    token: str = _setting("", str, secret=True)
    channel: str = _setting("", str)
    base_url: str = _setting("https://slack.com/api", _url("http", "https"))


@frozen
class TelemetrySettings:
    """Logs, traces and metrics. Export is off unless it is asked for."""

    log_format: str = _setting("console", _one_of("console", "json"))
    log_level: str = _setting("info", _one_of("debug", "info", "warning", "error"))
    export: str = _setting("none", _one_of("none", "otlp", "prometheus"))
    metrics_host: str = _setting("127.0.0.1", str)
    metrics_port: int = _setting(9464, _port)
    sdk_metrics_port: int = _setting(9465, _port)


@frozen
class Settings:
    """Everything that differs between environments."""

    tenant: str = _setting("default", str)
    database_url: str = _setting("sqlite:///.drumbeat/drumbeat.db", _database_url, secret=True)
    http: HttpSettings = field(factory=HttpSettings)
    worker: WorkerSettings = field(factory=WorkerSettings)
    providers: ProviderSettings = field(factory=ProviderSettings)
    twilio: TwilioSettings = field(factory=TwilioSettings)
    sendgrid: SendgridSettings = field(factory=SendgridSettings)
    slack: SlackSettings = field(factory=SlackSettings)
    telemetry: TelemetrySettings = field(factory=TelemetrySettings)


def load(environ: Mapping[str, str]) -> Settings:
    """Read all settings.

    Raises:
        WrongSetting: a value cannot be used, or a variable with our prefix is not a setting.
    """
    known: set[str] = set()
    settings = _read(Settings, PREFIX, environ, known)
    for name in sorted(set(environ)):
        if name.startswith(PREFIX) and not name.startswith(SANDBOX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
            hint = f"did you mean {near[0]}?" if near else "docs/settings.md lists all settings"
            raise WrongSetting(f"{name} is not a setting: {hint}")
    return settings


def require(settings: object, group: str, *names: str) -> None:
    """See to it that settings without a usable default are set.

    Args:
        settings: one group, e.g. `Settings.twilio`.
        group: its name, e.g. "twilio".
        names: the fields that must not be empty.

    Raises:
        MissingSetting: the first one that is empty.
    """
    for name in names:
        if not getattr(settings, name):
            variable = f"{PREFIX}{group}_{name}".upper()
            raise MissingSetting(f"{variable} is not set: {group} cannot be used without it")


def variables() -> dict[str, str]:
    """Every variable and its default, for the documentation; secrets have none."""
    found: dict[str, str] = {}
    _collect(Settings, PREFIX, found)
    return found


def _collect(cls: type[Any], prefix: str, found: dict[str, str]) -> None:
    for attribute in attrs.fields(cls):
        name = f"{prefix}{attribute.name}".upper()
        if attribute.metadata:
            found[name] = str(attribute.default)
        else:
            _collect(attribute.type, f"{name}_", found)


def _read(cls: type[_T], prefix: str, environ: Mapping[str, str], known: set[str]) -> _T:
    values: dict[str, Any] = {}
    for attribute in attrs.fields(cls):  # type: ignore[arg-type] # every group is an attrs class
        name = f"{prefix}{attribute.name}".upper()
        if not attribute.metadata:
            values[attribute.name] = _read(attribute.type, f"{name}_", environ, known)
            continue
        known.add(name)
        if environ.get(name):
            try:
                values[attribute.name] = attribute.metadata["read"](environ[name].strip())
            except ValueError as error:
                shown = "" if not attribute.repr else f" (it is {environ[name]!r})"
                raise WrongSetting(f"{name} {error}{shown}") from None
    return cls(**values)
