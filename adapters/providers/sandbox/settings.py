"""What the sandbox is started with, from the environment; its vendors read their accounts themselves."""

from collections.abc import Mapping

from attrs import frozen

from application.environment import number, port, read_group, require, setting, url, words

GROUP = "sandbox"


@frozen
class SandboxSettings:
    """All settings; the variable of each is its upper-case name behind ``DRUMBEAT_SANDBOX_``.

    Args:
        vendors: which vendors there are.
        callback_base_url: where the webhooks of the system under test are, without ``/webhooks/...``.
        port: to listen on, on 127.0.0.1; 0 for any free one.
        seed: makes another world.
        speed: how much faster than usual people and providers react; usual delays are 0.05 to 0.6 s.
        fault_share: how many of the addresses have each of the faults that are met by chance, 0 to 0.2; 0
            means none.
        hold_seconds: how long an answer is held by the fault ``hangs`` while the client waits.
        slow_seconds: how long an answer takes with the fault ``slow``; shorter than clients wait.
        late_seconds: how long callbacks take with the fault ``late``; stands for days.
    """

    vendors: tuple[str, ...] = setting((), words)
    callback_base_url: str = setting("", url("http", "https"))
    port: int = setting(0, port)
    seed: str = setting("drumbeat", str)
    speed: float = setting(1.0, number(0.001, 1e6))
    fault_share: float = setting(0.0, number(0, 0.2))
    hold_seconds: float = setting(30.0, number(0, 3600))
    slow_seconds: float = setting(3.0, number(0, 3600))
    late_seconds: float = setting(20.0, number(0, 86_400))


def from_environment(environ: Mapping[str, str]) -> SandboxSettings:
    """Read all settings.

    Args:
        environ: e.g. ``os.environ``.

    Raises:
        WrongSetting: one is missing, or is not what it must be.
    """
    settings = read_group(SandboxSettings, GROUP, environ)
    require(settings, GROUP, "vendors", "callback_base_url")
    return settings
