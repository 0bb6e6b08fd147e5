"""PagerDuty as the registry sees it: a desk."""

from attrs import frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.vendor import Part, Role, Vendor, Wiring, secrets_of
from adapters.providers.pagerduty.callbacks import PagerDutyCallbackReader
from adapters.providers.pagerduty.check import PagerDutyCheck
from adapters.providers.pagerduty.desk import PagerDutyDesk
from application.environment import one_of, setting, url
from application.ports.checks import Checkable


@frozen
class PagerDutySettings:
    """Handoffs as PagerDuty alerts."""

    routing_key: str = setting("", str, secret=True)
    severity: str = setting("warning", one_of("critical", "error", "warning", "info"))
    base_url: str = setting("https://events.pagerduty.com", url("http", "https"))
    webhook_secret: str = setting("", str, secret=True)
    previous_webhook_secret: str = setting("", str, secret=True)


def _desk(settings: PagerDutySettings, wiring: Wiring) -> PagerDutyDesk:
    return PagerDutyDesk(
        client=wiring.client,
        routing_key=settings.routing_key,
        severity=settings.severity,
        base_url=settings.base_url,
        timeouts=wiring.timeouts,
    )


def _callbacks(settings: PagerDutySettings, _wiring: Wiring) -> PagerDutyCallbackReader:
    return PagerDutyCallbackReader(secrets_of(settings.webhook_secret, settings.previous_webhook_secret))


def _check(settings: PagerDutySettings, wiring: Wiring, _role: Role) -> Checkable:
    question = Question(wiring.client, wiring.timeouts, "pagerduty", ("routing_key",))
    return question.careful(PagerDutyCheck(question, settings.base_url))


PAGERDUTY = Vendor(
    name="pagerduty",
    settings=PagerDutySettings,
    desk=Part(_desk, needs=("routing_key",)),
    callbacks=Part(_callbacks, needs=("webhook_secret",)),
    check=_check,
    sandbox="adapters.providers.sandbox.pagerduty:SANDBOX",
)
