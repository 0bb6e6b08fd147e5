"""Zendesk as the registry sees it: a desk."""

from attrs import frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.vendor import Part, Role, Vendor, Wiring, secrets_of
from adapters.providers.zendesk.callbacks import ZendeskCallbackReader
from adapters.providers.zendesk.check import ZendeskCheck
from adapters.providers.zendesk.desk import ZendeskDesk
from application.environment import setting, url
from application.ports.checks import Checkable


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


def _check(settings: ZendeskSettings, wiring: Wiring, _role: Role) -> Checkable:
    question = Question(wiring.client, wiring.timeouts, "zendesk", ("email", "token"))
    return question.careful(ZendeskCheck(question, settings.base_url, settings.token, settings.email))


ZENDESK = Vendor(
    name="zendesk",
    settings=ZendeskSettings,
    desk=Part(_desk, needs=("base_url", "token")),
    callbacks=Part(_callbacks, needs=("webhook_secret",)),
    check=_check,
    sandbox="adapters.providers.sandbox.zendesk:SANDBOX",
)
