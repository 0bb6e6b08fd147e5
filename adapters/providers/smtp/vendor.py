"""A mail server as the registry sees it: e-mail, and no callbacks."""

from attrs import frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.sender import Sender
from adapters.providers.common.vendor import Part, Role, Vendor, Wiring
from adapters.providers.smtp.check import SmtpCheck
from adapters.providers.smtp.email import SmtpEmailProvider
from adapters.providers.smtp.server import Security, SmtpServer
from application.environment import number, one_of, port, setting
from application.ports.checks import Checkable


@frozen
class SmtpSettings:
    """E-mail through any SMTP server. `port` 0 is the usual one of `security`."""

    host: str = setting("", str)
    port: int = setting(0, port)
    security: str = setting("starttls", one_of("starttls", "tls", "none"))
    username: str = setting("", str)
    password: str = setting("", str, secret=True)
    ca_file: str = setting("", str)
    sender: str = setting("", str)
    reply_to: str = setting("", str)
    email_per_second: float = setting(0.0, number(0, 10_000))


def _email(settings: SmtpSettings, wiring: Wiring) -> SmtpEmailProvider:
    return SmtpEmailProvider(
        server=_server(settings),
        sender=Sender.parse(settings.sender),
        reply_to=settings.reply_to,
        timeouts=wiring.timeouts,
    )


def _server(settings: SmtpSettings) -> SmtpServer:
    return SmtpServer(
        host=settings.host,
        port=settings.port,
        security=Security(settings.security),
        username=settings.username,
        password=settings.password,
        ca_file=settings.ca_file,
    )


def _check(settings: SmtpSettings, wiring: Wiring, _role: Role) -> Checkable:
    question = Question(wiring.client, wiring.timeouts, "smtp", ("username", "password"), "host")
    return question.careful(SmtpCheck(question, _server(settings), Sender.parse(settings.sender).domain))


SMTP = Vendor(
    name="smtp",
    settings=SmtpSettings,
    email=Part(_email, needs=("host", "sender")),
    check=_check,
    sandbox="adapters.providers.sandbox.smtp:SANDBOX",
)
