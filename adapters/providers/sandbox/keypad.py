"""Which key a person presses on a call."""

from adapters.providers.common.menu import offered_by
from domain.campaign_rules import OPT_OUT_KEY


def key_for(wish: str, url: str) -> str:
    """The key that a person presses.

    Whoever would opt out does so on every call. Where the campaign names keys of its own and the one that the
    person would press in the general menu is not among them, it is the smallest of them.

    Args:
        wish: what the person would press in the general menu.
        url: where the key is told; it names those of the campaign.
    """
    keys = offered_by(url)
    return wish if wish == OPT_OUT_KEY or not keys or wish in keys else keys[0]
