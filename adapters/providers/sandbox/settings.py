"""What the sandbox is started with, from the environment."""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import NOTHING, field, fields, frozen, validators

PREFIX = "DRUMBEAT_SANDBOX_"


class WrongSetting(Exception):
    """A setting is missing or wrong; the message names it and says what would be right."""


@frozen
class SandboxSettings:
    """All settings; each is read from its upper-case name behind `PREFIX`.

    Args:
        port: to listen on, on 127.0.0.1.
        callback_base_url: where the webhooks of the system under test are, without ``/webhooks/...``.
        twilio_account_sid: the only account that is let in.
        twilio_auth_token: its secret, which also signs callbacks.
        sendgrid_api_key: the only key that is let in.
        sendgrid_private_key: signs event batches; base64 of PKCS #8 DER, see `keys.new_key_pair`.
        slack_token: the only token that is let in.
        seed: makes another world.
        speed: how much faster than usual people and providers react; usual delays are 0.05 to 0.6 s.
        fault_share: how many of the addresses have each of the faults, 0 to 0.2; 0 means none.
        hold_seconds: how long an answer is held by the fault ``hangs`` while the client waits.
    """

    port: int = field(validator=[validators.ge(0), validators.le(65535)])
    callback_base_url: str = field(validator=validators.matches_re(r"https?://[^\s/]+.*"))
    twilio_account_sid: str = field(validator=validators.min_len(1))
    twilio_auth_token: str = field(repr=False, validator=validators.min_len(1))
    sendgrid_api_key: str = field(repr=False, validator=validators.min_len(1))
    sendgrid_private_key: str = field(repr=False, validator=validators.min_len(1))
    slack_token: str = field(repr=False, validator=validators.min_len(1))
    seed: str = "drumbeat"
    speed: float = field(default=1.0, validator=validators.gt(0))
    fault_share: float = field(default=0.0, validator=[validators.ge(0), validators.le(0.2)])
    hold_seconds: float = field(default=30.0, validator=validators.ge(0))


_READ: Mapping[str, Callable[[str], Any]] = {
    "port": int,
    "speed": float,
    "fault_share": float,
    "hold_seconds": float,
}


def from_environment(environ: Mapping[str, str]) -> SandboxSettings:
    """Read all settings.

    Args:
        environ: e.g. ``os.environ``.

    Raises:
        WrongSetting: one is missing, or is not what it must be.
    """
    values: dict[str, Any] = {}
    for each in fields(SandboxSettings):
        name = PREFIX + each.name.upper()
        if name in environ:
            values[each.name] = _checked(name, each, environ[name])
        elif each.default is NOTHING:
            raise WrongSetting(f"{name} is not set; the sandbox cannot start without it.")
    return SandboxSettings(**values)


def _checked(name: str, each: Any, text: str) -> Any:
    try:
        value = _READ.get(each.name, str)(text)
        if each.validator is not None:
            each.validator(None, each, value)
    except (TypeError, ValueError) as error:
        raise WrongSetting(f"{name} has a wrong value; see SandboxSettings.{each.name}.") from error
    return value
