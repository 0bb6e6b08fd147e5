"""Jira as the registry sees it: a desk."""

from attrs import frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.vendor import Part, Role, Vendor, Wiring, secrets_of
from adapters.providers.jira.callbacks import JiraCallbackReader
from adapters.providers.jira.check import JiraCheck
from adapters.providers.jira.desk import JiraDesk
from application.environment import setting, url
from application.ports.checks import Checkable


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


def _check(settings: JiraSettings, wiring: Wiring, _role: Role) -> Checkable:
    question = Question(wiring.client, wiring.timeouts, "jira", ("email", "token"))
    return question.careful(
        JiraCheck(question, settings.base_url, settings.email, settings.token, settings.project)
    )


JIRA = Vendor(
    name="jira",
    settings=JiraSettings,
    desk=Part(_desk, needs=("base_url", "email", "token", "project")),
    callbacks=Part(_callbacks, needs=("webhook_secret",)),
    check=_check,
    sandbox="adapters.providers.sandbox.jira:SANDBOX",
)
