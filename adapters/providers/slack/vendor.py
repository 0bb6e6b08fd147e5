"""Slack as the registry sees it: a desk."""

from attrs import frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.vendor import Part, Role, Vendor, Wiring, secrets_of
from adapters.providers.slack.callbacks import SlackCallbackReader
from adapters.providers.slack.check import SlackCheck
from adapters.providers.slack.desk import SlackDesk
from application.environment import setting, url
from application.ports.checks import Checkable


@frozen
class SlackSettings:
    """Handoffs in a Slack channel. `signing_secret` is the app's: presses of buttons are signed with it."""

    token: str = setting("", str, secret=True)
    channel: str = setting("", str)
    signing_secret: str = setting("", str, secret=True)
    previous_signing_secret: str = setting("", str, secret=True)
    base_url: str = setting("https://slack.com/api", url("http", "https"))


def _desk(settings: SlackSettings, wiring: Wiring) -> SlackDesk:
    return SlackDesk(
        client=wiring.client,
        token=settings.token,
        channel=settings.channel,
        base_url=settings.base_url,
        timeouts=wiring.timeouts,
    )


def _callbacks(settings: SlackSettings, _wiring: Wiring) -> SlackCallbackReader:
    return SlackCallbackReader(secrets_of(settings.signing_secret, settings.previous_signing_secret))


def _check(settings: SlackSettings, wiring: Wiring, _role: Role) -> Checkable:
    question = Question(wiring.client, wiring.timeouts, "slack", ("token",))
    return question.careful(SlackCheck(question, settings.token, settings.base_url))


SLACK = Vendor(
    name="slack",
    settings=SlackSettings,
    desk=Part(_desk, needs=("token", "channel")),
    callbacks=Part(_callbacks, needs=("signing_secret",)),
    check=_check,
    sandbox="adapters.providers.sandbox.slack:SANDBOX",
)
