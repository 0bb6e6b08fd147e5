"""SendGrid as the registry sees it: e-mail."""

from attrs import frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.sender import Sender
from adapters.providers.common.vendor import Part, Role, Vendor, Wiring, secrets_of
from adapters.providers.sendgrid.callbacks import SendGridCallbackReader
from adapters.providers.sendgrid.check import SendGridCheck
from adapters.providers.sendgrid.email import SendGridEmailProvider
from application.environment import number, setting, url
from application.ports.checks import Checkable


@frozen
class SendGridSettings:
    """E-mail through SendGrid.

    `public_key` is the verification key of its event webhook, `inbound_public_key` the one of the security
    policy of Inbound Parse. Without such a policy `inbound_user` and `inbound_password` stand in the address
    that Inbound Parse posts to, ``https://user:password@...``. Accounts in the EU have the `base_url`
    https://api.eu.sendgrid.com.
    """

    api_key: str = setting("", str, secret=True)
    sender: str = setting("", str)
    reply_to: str = setting("", str)
    public_key: str = setting("", str)
    previous_public_key: str = setting("", str)
    inbound_public_key: str = setting("", str)
    previous_inbound_public_key: str = setting("", str)
    inbound_user: str = setting("", str)
    inbound_password: str = setting("", str, secret=True)
    previous_inbound_password: str = setting("", str, secret=True)
    base_url: str = setting("https://api.sendgrid.com", url("http", "https"))
    email_per_second: float = setting(0.0, number(0, 10_000))


def _email(settings: SendGridSettings, wiring: Wiring) -> SendGridEmailProvider:
    sender = Sender.parse(settings.sender)
    return SendGridEmailProvider(
        client=wiring.client,
        api_key=settings.api_key,
        from_address=sender.address,
        from_name=sender.name,
        reply_to=settings.reply_to,
        base_url=settings.base_url,
        timeouts=wiring.timeouts,
    )


def _callbacks(settings: SendGridSettings, _wiring: Wiring) -> SendGridCallbackReader:
    if bool(settings.inbound_user) != bool(settings.inbound_password):
        raise ValueError("inbound_user and inbound_password belong together")
    if ":" in settings.inbound_user:
        raise ValueError("inbound_user must not hold a colon")  # RFC 7617, 2
    passwords = secrets_of(settings.inbound_password, settings.previous_inbound_password)
    keys = (
        *secrets_of(settings.public_key, settings.previous_public_key),
        *secrets_of(settings.inbound_public_key, settings.previous_inbound_public_key),
    )
    return SendGridCallbackReader(
        public_keys=tuple(filter(None, keys)),
        inbound_logins=[f"{settings.inbound_user}:{password}" for password in filter(None, passwords)],
    )


def _check(settings: SendGridSettings, wiring: Wiring, _role: Role) -> Checkable:
    question = Question(wiring.client, wiring.timeouts, "sendgrid", ("api_key",))
    return question.careful(SendGridCheck(question, settings.api_key, settings.base_url))


SENDGRID = Vendor(
    name="sendgrid",
    settings=SendGridSettings,
    email=Part(_email, needs=("api_key", "sender")),
    callbacks=Part(_callbacks, needs=("public_key",)),
    check=_check,
    sandbox="adapters.providers.sandbox.sendgrid:SANDBOX",
)
