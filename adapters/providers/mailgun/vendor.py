"""Mailgun as the registry sees it: e-mail."""

from attrs import frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.vendor import Part, Role, Vendor, Wiring, secrets_of
from adapters.providers.mailgun.callbacks import MailgunCallbackReader
from adapters.providers.mailgun.check import MailgunCheck
from adapters.providers.mailgun.email import MailgunEmailProvider
from application.environment import number, setting, url
from application.ports.checks import Checkable


@frozen
class MailgunSettings:
    """E-mail through Mailgun. `signing_key` is the account's HTTP webhook signing key, not an API key."""

    api_key: str = setting("", str, secret=True)
    domain: str = setting("", str)
    sender: str = setting("", str)
    reply_to: str = setting("", str)
    signing_key: str = setting("", str, secret=True)
    previous_signing_key: str = setting("", str, secret=True)
    base_url: str = setting("https://api.mailgun.net", url("http", "https"))
    email_per_second: float = setting(0.0, number(0, 10_000))


def _email(settings: MailgunSettings, wiring: Wiring) -> MailgunEmailProvider:
    return MailgunEmailProvider(
        client=wiring.client,
        api_key=settings.api_key,
        domain=settings.domain,
        sender=settings.sender,
        reply_to=settings.reply_to,
        base_url=settings.base_url,
        timeouts=wiring.timeouts,
    )


def _callbacks(settings: MailgunSettings, _wiring: Wiring) -> MailgunCallbackReader:
    return MailgunCallbackReader(secrets_of(settings.signing_key, settings.previous_signing_key))


def _check(settings: MailgunSettings, wiring: Wiring, _role: Role) -> Checkable:
    question = Question(wiring.client, wiring.timeouts, "mailgun", ("api_key",))
    return question.careful(MailgunCheck(question, settings.api_key, settings.domain, settings.base_url))


MAILGUN = Vendor(
    name="mailgun",
    settings=MailgunSettings,
    email=Part(_email, needs=("api_key", "domain", "sender")),
    callbacks=Part(_callbacks, needs=("signing_key",)),
    check=_check,
    sandbox="adapters.providers.sandbox.mailgun:SANDBOX",
)
