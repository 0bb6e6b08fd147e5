"""Provider adapters, built from settings; what one needs and is not set is named."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

import httpx
import structlog

from adapters.providers import registry
from adapters.providers.common.checking import Told
from adapters.providers.common.http import Timeouts
from adapters.providers.common.unconfigured import UnconfiguredDesk, UnconfiguredProvider
from adapters.providers.common.vendor import Role, Wiring
from application.check_providers import InUse
from application.environment import MissingSetting, WrongSetting
from application.ports.callbacks import CallbackReader
from application.ports.checks import Checkable, Checked, Finding
from application.ports.clock import Clock
from application.ports.database import Database
from application.ports.handoffs import HandoffDesk
from application.ports.messaging import MessageProvider
from bootstrap.settings import Settings
from domain.circuit import Circuit
from domain.statuses import Channel

_log = structlog.get_logger(__name__)


def wiring(settings: Settings, client: httpx.AsyncClient) -> Wiring:
    """What all adapters are built with."""
    answer = settings.providers.timeout_seconds
    return Wiring(
        client=client,
        public_url=settings.http.public_url,
        # Beside the answer there is a connection to wait for and to open; see `Timeouts.total`.
        timeouts=Timeouts(read=answer, total=15.0 + answer),
        keywords=settings.replies.keywords(),
        calls=settings.calls.calls(),
        help_text=settings.replies.help_text,
    )


def chosen(settings: Settings) -> Mapping[Channel, Sequence[str]]:
    """Who carries each channel, in the order in which they are tried."""
    return {
        Channel.SMS: settings.providers.sms,
        Channel.EMAIL: settings.providers.email,
        Channel.VOICE: settings.providers.voice,
    }


def message_providers(
    settings: Settings, wired: Wiring, channels: Collection[Channel] = tuple(Channel)
) -> Mapping[Channel, Sequence[MessageProvider]]:
    """The providers of each channel in the order in which they are tried.

    One whose settings are missing has a stand-in that sends nothing, so that a worker can start and wait.

    Args:
        settings: of this process.
        wired: what adapters are built with.
        channels: those that this process sends on; of the others it needs no settings.

    Raises:
        WrongSetting: a setting cannot be used.
    """
    return {
        channel: [_provider(name, channel, settings, wired) for name in names]
        for channel, names in chosen(settings).items()
        if channel in channels
    }


def rates(settings: Settings) -> Mapping[tuple[str, Channel], float]:
    """How many messages a second each provider's sender may send; one without a limit is left out."""
    limits = {
        (name, channel): registry.vendors()[name].per_second(channel, settings.vendors[name])
        for channel, names in chosen(settings).items()
        for name in names
    }
    return {sender: limit for sender, limit in limits.items() if limit}


def channel_rates(settings: Settings) -> Mapping[Channel, float]:
    """How many messages a second all workers together may take up on a channel.

    It is the limit of the preferred provider, which mostly carries all; one without a limit sets none. What
    the next ones allow is kept by each worker for itself.
    """
    limits = rates(settings)
    preferred = {channel: names[0] for channel, names in chosen(settings).items() if names}
    return {
        channel: limits[name, channel] for channel, name in preferred.items() if (name, channel) in limits
    }


def desk(settings: Settings, wired: Wiring) -> HandoffDesk:
    """The desk of the settings, or a stand-in while its settings are missing.

    Raises:
        WrongSetting: a setting cannot be used.
    """
    name = settings.providers.desk
    try:
        return registry.vendors()[name].handoff_desk(settings.vendors[name], wired)
    except MissingSetting as missing:
        _log.warning("desk.unconfigured", reason=str(missing))
        return UnconfiguredDesk(name, str(missing))


def in_use(settings: Settings, wired: Wiring) -> Sequence[InUse]:
    """Everybody who can be asked whether they would serve us; the desk comes last.

    One whose settings are missing or wrong says so when it is asked.
    """
    roles = [(Role(channel.value), name) for channel, names in chosen(settings).items() for name in names]
    return [
        InUse(name, role.value, _checkable(name, role, settings, wired))
        for role, name in [*roles, (Role.DESK, settings.providers.desk)]
    ]


def callback_readers(settings: Settings, wired: Wiring) -> Mapping[str, CallbackReader]:
    """Who reads which webhooks, by the name in the webhook's path.

    A message provider in use must have what its webhooks are verified with. One that is used no more keeps
    its reader while that is set: people still answer what it has sent. A desk works without webhooks too.

    Raises:
        WrongSetting: a setting is missing or cannot be used.
    """
    used = {name for names in chosen(settings).values() for name in names}
    readers: dict[str, CallbackReader] = {}
    for name, vendor in registry.vendors().items():
        if vendor.callbacks is None:
            continue
        try:
            readers[name] = vendor.callback_reader(settings.vendors[name], wired)
        except MissingSetting:
            if name in used:
                raise
    return readers


def _checkable(name: str, role: Role, settings: Settings, wired: Wiring) -> Checkable:
    try:
        made = registry.vendors()[name].checkable(role, settings.vendors[name], wired)
    except WrongSetting as wrong:
        return Told(Checked(Finding.NOT_CONFIGURED, f"{wrong}."))
    return made or Told(Checked(Finding.CANNOT_BE_CHECKED, f"The provider {name} has no check of its own."))


def _provider(name: str, channel: Channel, settings: Settings, wired: Wiring) -> MessageProvider:
    try:
        return registry.vendors()[name].message_provider(channel, settings.vendors[name], wired)
    except MissingSetting as missing:
        _log.warning("provider.unconfigured", provider=name, channel=channel.value, reason=str(missing))
        return UnconfiguredProvider(name, channel, str(missing))


def providers_health(
    settings: Settings, database: Database, clock: Clock
) -> Callable[[], Awaitable[Mapping[str, str]]]:
    """What all workers together know of the providers' health, for people who watch.

    Returns:
        Gives ``channel/provider: closed | open | half_open`` for each provider of the settings.
    """

    async def look() -> Mapping[str, str]:
        async with database.transaction() as tx:
            known = await tx.circuits.all()
        now = clock()
        return {
            f"{channel.value}/{name}": known.get((channel, name), Circuit()).state(now).value
            for channel, names in chosen(settings).items()
            for name in names
        }

    return look
