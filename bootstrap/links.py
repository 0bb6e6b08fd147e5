"""Links for people, built from settings."""

import structlog

from adapters.links.signed import SignedLinks
from application.environment import WrongSetting, require
from application.ports.links import Links, NoLinks
from bootstrap.settings import Settings

_log = structlog.get_logger(__name__)


def links(settings: Settings) -> Links:
    """What signs and reads links; without a secret there are none, and the log says so.

    Raises:
        WrongSetting: only the previous secret is set, or links below the public address cannot be sent.
    """
    group = settings.links
    if not group.secret:
        if group.previous_secret:
            require(group, "links", "secret")
        _log.warning(
            "links.unconfigured",
            reason="DRUMBEAT_LINKS_SECRET is not set: e-mails go out without one-click unsubscribe headers",
        )
        return NoLinks()
    try:
        return SignedLinks(settings.http.public_url, (group.secret, group.previous_secret))
    except ValueError as error:
        raise WrongSetting(f"DRUMBEAT_HTTP_PUBLIC_URL cannot be used for links: {error}") from None
