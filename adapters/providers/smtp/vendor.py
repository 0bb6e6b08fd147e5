"""A mail server as the registry sees it: e-mail, and no callbacks."""

from attrs import frozen

from adapters.providers.common.sender import Sender
from adapters.providers.common.vendor import Part, Vendor, Wiring
from adapters.providers.smtp.email import SmtpEmailProvider
from adapters.providers.smtp.server import Security, SmtpServer
from application.environment import number, one_of, port, setting


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
        server=SmtpServer(
            host=settings.host,
            port=settings.port,
            security=Security(settings.security),
            username=settings.username,
            password=settings.password,
            ca_file=settings.ca_file,
        ),
        sender=Sender.parse(settings.sender),
        reply_to=settings.reply_to,
        timeouts=wiring.timeouts,
    )


SMTP = Vendor(
    name="smtp",
    settings=SmtpSettings,
    email=Part(_email, needs=("host", "sender")),
    sandbox="adapters.providers.sandbox.smtp:SANDBOX",
)
