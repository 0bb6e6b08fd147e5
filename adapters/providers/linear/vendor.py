"""Linear as the registry sees it: a desk."""

from attrs import frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.vendor import Part, Role, Vendor, Wiring, secrets_of
from adapters.providers.linear.callbacks import LinearCallbackReader
from adapters.providers.linear.check import LinearCheck
from adapters.providers.linear.desk import LinearDesk
from application.environment import setting, url
from application.ports.checks import Checkable


@frozen
class LinearSettings:
    """Handoffs as Linear issues. `team` is the team's id."""

    api_key: str = setting("", str, secret=True)
    team: str = setting("", str)
    base_url: str = setting("https://api.linear.app", url("http", "https"))
    webhook_secret: str = setting("", str, secret=True)
    previous_webhook_secret: str = setting("", str, secret=True)


def _desk(settings: LinearSettings, wiring: Wiring) -> LinearDesk:
    return LinearDesk(
        client=wiring.client,
        api_key=settings.api_key,
        team=settings.team,
        base_url=settings.base_url,
        timeouts=wiring.timeouts,
    )


def _callbacks(settings: LinearSettings, _wiring: Wiring) -> LinearCallbackReader:
    return LinearCallbackReader(secrets_of(settings.webhook_secret, settings.previous_webhook_secret))


def _check(settings: LinearSettings, wiring: Wiring, _role: Role) -> Checkable:
    question = Question(wiring.client, wiring.timeouts, "linear", ("api_key",))
    return question.careful(LinearCheck(question, settings.api_key, settings.team, settings.base_url))


LINEAR = Vendor(
    name="linear",
    settings=LinearSettings,
    desk=Part(_desk, needs=("api_key", "team")),
    callbacks=Part(_callbacks, needs=("webhook_secret",)),
    check=_check,
    sandbox="adapters.providers.sandbox.linear:SANDBOX",
)
