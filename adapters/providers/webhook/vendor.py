"""Any other desk, behind signed webhooks, as the registry sees it."""

from attrs import frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.vendor import Part, Role, Vendor, Wiring, secrets_of
from adapters.providers.webhook.callbacks import WebhookCallbackReader
from adapters.providers.webhook.check import WebhookCheck
from adapters.providers.webhook.desk import WebhookDesk
from adapters.providers.webhook.signing import Signing
from application.environment import setting
from application.environment import url as address
from application.ports.checks import Checkable


@frozen
class WebhookSettings:
    """Handoffs as signed requests (Standard Webhooks). The secrets sign in both directions."""

    url: str = setting("", address("http", "https"), secret=True)
    secret: str = setting("", str, secret=True)
    previous_secret: str = setting("", str, secret=True)


def _signing(settings: WebhookSettings) -> Signing:
    return Signing(secrets_of(settings.secret, settings.previous_secret))


def _desk(settings: WebhookSettings, wiring: Wiring) -> WebhookDesk:
    return WebhookDesk(
        client=wiring.client, url=settings.url, signing=_signing(settings), timeouts=wiring.timeouts
    )


def _callbacks(settings: WebhookSettings, _wiring: Wiring) -> WebhookCallbackReader:
    return WebhookCallbackReader(_signing(settings))


def _check(settings: WebhookSettings, wiring: Wiring, _role: Role) -> Checkable:
    question = Question(wiring.client, wiring.timeouts, "webhook", ("secret",), "url")
    return question.careful(WebhookCheck(question, settings.url))


WEBHOOK = Vendor(
    name="webhook",
    settings=WebhookSettings,
    desk=Part(_desk, needs=("url", "secret")),
    callbacks=Part(_callbacks, needs=("secret",)),
    check=_check,
    sandbox="adapters.providers.sandbox.webhook:SANDBOX",
)
