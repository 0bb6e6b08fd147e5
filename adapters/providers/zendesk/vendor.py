"""Zendesk as the registry sees it: a desk."""

from attrs import frozen

from adapters.providers.common.vendor import Part, Vendor, Wiring, secrets_of
from adapters.providers.zendesk.callbacks import ZendeskCallbackReader
from adapters.providers.zendesk.desk import ZendeskDesk
from application.environment import setting, url


@frozen
class ZendeskSettings:
    """Handoffs as Zendesk tickets. Without `email`, `token` is an OAuth token."""

    base_url: str = setting("", url("http", "https"))
    email: str = setting("", str, secret=True)
    token: str = setting("", str, secret=True)
    webhook_secret: str = setting("", str, secret=True)
    previous_webhook_secret: str = setting("", str, secret=True)


def _desk(settings: ZendeskSettings, wiring: Wiring) -> ZendeskDesk:
    return ZendeskDesk(
        client=wiring.client,
        base_url=settings.base_url,
        token=settings.token,
        email=settings.email,
        timeouts=wiring.timeouts,
    )


def _callbacks(settings: ZendeskSettings, _wiring: Wiring) -> ZendeskCallbackReader:
    return ZendeskCallbackReader(secrets_of(settings.webhook_secret, settings.previous_webhook_secret))


ZENDESK = Vendor(
    name="zendesk",
    settings=ZendeskSettings,
    desk=Part(_desk, needs=("base_url", "token")),
    callbacks=Part(_callbacks, needs=("webhook_secret",)),
    sandbox="adapters.providers.sandbox.zendesk:SANDBOX",
)
