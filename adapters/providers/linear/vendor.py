"""Linear as the registry sees it: a desk."""

from attrs import frozen

from adapters.providers.common.vendor import Part, Vendor, Wiring, secrets_of
from adapters.providers.linear.callbacks import LinearCallbackReader
from adapters.providers.linear.desk import LinearDesk
from application.environment import setting, url


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


LINEAR = Vendor(
    name="linear",
    settings=LinearSettings,
    desk=Part(_desk, needs=("api_key", "team")),
    callbacks=Part(_callbacks, needs=("webhook_secret",)),
    sandbox="adapters.providers.sandbox.linear:SANDBOX",
)
