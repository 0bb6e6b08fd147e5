"""Jira as the registry sees it: a desk."""

from attrs import frozen

from adapters.providers.common.vendor import Part, Vendor, Wiring, secrets_of
from adapters.providers.jira.callbacks import JiraCallbackReader
from adapters.providers.jira.desk import JiraDesk
from application.environment import setting, url


@frozen
class JiraSettings:
    """Handoffs as issues in a Jira Cloud project. `project` is its key."""

    base_url: str = setting("", url("http", "https"))
    email: str = setting("", str, secret=True)
    token: str = setting("", str, secret=True)
    project: str = setting("", str)
    issue_type: str = setting("Task", str)
    webhook_secret: str = setting("", str, secret=True)
    previous_webhook_secret: str = setting("", str, secret=True)


def _desk(settings: JiraSettings, wiring: Wiring) -> JiraDesk:
    return JiraDesk(
        client=wiring.client,
        base_url=settings.base_url,
        email=settings.email,
        token=settings.token,
        project=settings.project,
        issue_type=settings.issue_type,
        timeouts=wiring.timeouts,
    )


def _callbacks(settings: JiraSettings, _wiring: Wiring) -> JiraCallbackReader:
    return JiraCallbackReader(secrets_of(settings.webhook_secret, settings.previous_webhook_secret))


JIRA = Vendor(
    name="jira",
    settings=JiraSettings,
    desk=Part(_desk, needs=("base_url", "email", "token", "project")),
    callbacks=Part(_callbacks, needs=("webhook_secret",)),
    sandbox="adapters.providers.sandbox.jira:SANDBOX",
)
