"""What a vendor's module tells of itself: its settings, what it can do, and how each part is built.

The registry (`adapters.providers.registry`) collects these; nothing else needs to know a vendor.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

import httpx
from attrs import field, frozen

from adapters.providers.common.http import Timeouts
from adapters.providers.common.menu import Calls
from application.environment import WrongSetting, require
from application.ports.callbacks import CallbackReader
from application.ports.checks import Checkable
from application.ports.handoffs import HandoffDesk
from application.ports.messaging import MessageProvider
from domain.keywords import Keywords
from domain.statuses import Channel

S = TypeVar("S")
T_co = TypeVar("T_co", covariant=True)
_T = TypeVar("_T")


class Role(StrEnum):
    """What a vendor can be chosen for; the channels by their own names."""

    SMS = Channel.SMS.value
    EMAIL = Channel.EMAIL.value
    VOICE = Channel.VOICE.value
    DESK = "desk"


@frozen
class Wiring:
    """What adapters are built with beside their own settings.

    Args:
        client: the pooled HTTP client; not closed by adapters.
        public_url: our public address, without a slash at its end; webhooks are below it.
        timeouts: for every call.
        keywords: the words by which people steer us.
        calls: how calls are made.
        help_text: what somebody who asks for help is answered, where the vendor lets us; "" for nothing.
    """

    client: httpx.AsyncClient = field(repr=False)
    public_url: str
    timeouts: Timeouts
    keywords: Keywords = field(factory=Keywords)
    calls: Calls = field(factory=Calls)
    help_text: str = ""


@frozen
class Part(Generic[S, T_co]):
    """One thing that a vendor's module can build.

    Args:
        build: makes it of the vendor's settings; a `ValueError` says what is wrong with them.
        needs: the fields of the settings that must not be empty.
    """

    build: Callable[[S, Wiring], T_co]
    needs: tuple[str, ...] = ()


@frozen
class Vendor(Generic[S]):
    """One vendor.

    Args:
        name: in settings, in the webhook's path, in metrics; lower case.
        settings: its attrs class, each field made by `application.environment.setting`. A field named
            ``<channel>_per_second`` is how many messages a second its sender may send; 0 for no limit.
        sms: its part for SMS, if it has one; and so on.
        callbacks: reads its webhooks.
        check: makes what asks the vendor whether it would serve us in a role, without sending anything; None
            where it cannot be asked.
        sandbox: where its counterpart in the sandbox is, as ``module:name``; None where it has none.
    """

    name: str
    settings: type[S]
    sms: Part[S, MessageProvider] | None = None
    email: Part[S, MessageProvider] | None = None
    voice: Part[S, MessageProvider] | None = None
    desk: Part[S, HandoffDesk] | None = None
    callbacks: Part[S, CallbackReader] | None = None
    check: Callable[[S, Wiring, Role], Checkable] | None = None
    sandbox: str | None = None

    def can(self, role: Role) -> bool:
        """Whether it can be chosen for a role."""
        return getattr(self, role.value) is not None

    def message_provider(self, channel: Channel, settings: S, wiring: Wiring) -> MessageProvider:
        """Build its part for a channel.

        Raises:
            WrongSetting: a setting is missing or cannot be used; or it has no such part.
        """
        parts: Mapping[Channel, Part[S, MessageProvider] | None] = {
            Channel.SMS: self.sms,
            Channel.EMAIL: self.email,
            Channel.VOICE: self.voice,
        }
        return self._built(parts[channel], settings, wiring)

    def handoff_desk(self, settings: S, wiring: Wiring) -> HandoffDesk:
        """Build its desk.

        Raises:
            WrongSetting: as above.
        """
        return self._built(self.desk, settings, wiring)

    def callback_reader(self, settings: S, wiring: Wiring) -> CallbackReader:
        """Build the reader of its webhooks.

        Raises:
            WrongSetting: as above.
        """
        return self._built(self.callbacks, settings, wiring)

    def checkable(self, role: Role, settings: S, wiring: Wiring) -> Checkable | None:
        """What asks it whether it would serve us in a role; None where it cannot be asked.

        Raises:
            WrongSetting: a setting that the role needs is missing or cannot be used; or it has no such part.
        """
        if role is Role.DESK:
            self.handoff_desk(settings, wiring)
        else:
            self.message_provider(Channel(role.value), settings, wiring)
        return None if self.check is None else self.check(settings, wiring, role)

    def per_second(self, channel: Channel, settings: S) -> float:
        """How many messages a second its sender on a channel may send; 0 for no limit."""
        return float(getattr(settings, f"{channel.value}_per_second", 0.0))

    def _built(self, part: Part[S, _T] | None, settings: S, wiring: Wiring) -> _T:
        if part is None:
            raise WrongSetting(f"{self.name} cannot do this")
        require(settings, self.name, *part.needs)
        try:
            return part.build(settings, wiring)
        except ValueError as error:
            raise WrongSetting(
                f"The settings DRUMBEAT_{self.name.upper()}_* cannot be used: {error}"
            ) from None


def secrets_of(current: str, previous: str) -> tuple[str, ...]:
    """The secrets that are valid now: while one is replaced, callbacks come signed with either."""
    return (current, previous) if previous else (current,)
