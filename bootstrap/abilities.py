"""What the providers of the settings can do, as the rules of the guarantees want it."""

from collections.abc import Collection

from adapters.providers import registry
from adapters.providers.common.vendor import Wiring
from application.ports.handoffs import HandoffDesk
from application.ports.messaging import MessageProvider
from bootstrap.providers import desk, message_providers
from bootstrap.settings import Settings
from domain.guarantees import Abilities, Capabilities, DeskAbilities


def capabilities(settings: Settings, wired: Wiring) -> Capabilities:
    """What everybody in use can do. It is read from the adapters, which are asked for nothing.

    Args:
        settings: say who is in use; what some can do depends on them.
        wired: what adapters are built with.

    Raises:
        WrongSetting: a setting cannot be used.
    """
    calling = {name for name, vendor in registry.vendors().items() if vendor.callbacks is not None}
    cases = desk(settings, wired)
    return Capabilities(
        providers={
            (each.name, channel): abilities_of(each, calling)
            for channel, providers in message_providers(settings, wired).items()
            for each in providers
        },
        desks={cases.name: desk_abilities_of(cases, calling)},
    )


def abilities_of(provider: MessageProvider, calling: Collection[str]) -> Abilities:
    """What one provider can do.

    Args:
        provider: who.
        calling: the names of the vendors that call back.
    """
    return Abilities(provider.honours_key, provider.can_look_up, provider.name in calling)


def desk_abilities_of(cases: HandoffDesk, calling: Collection[str]) -> DeskAbilities:
    """What a desk can do, as above."""
    return DeskAbilities(cases.knows_key, cases.name in calling)
