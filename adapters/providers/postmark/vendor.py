"""Postmark as the registry sees it: e-mail."""

from attrs import frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.vendor import Part, Role, Vendor, Wiring, secrets_of
from adapters.providers.postmark.callbacks import PostmarkCallbackReader
from adapters.providers.postmark.check import PostmarkCheck
from adapters.providers.postmark.email import PostmarkEmailProvider
from application.environment import number, setting, url, words
from application.ports.checks import Checkable


@frozen
class PostmarkSettings:
    """E-mail through Postmark. `webhook_credentials` is the ``user:password`` in the webhooks' URL."""

    server_token: str = setting("", str, secret=True)
    sender: str = setting("", str)
    reply_to: str = setting("", str)
    message_stream: str = setting("outbound", str)
    webhook_credentials: str = setting("", str, secret=True)
    previous_webhook_credentials: str = setting("", str, secret=True)
    allowed_ips: tuple[str, ...] = setting((), words)
    base_url: str = setting("https://api.postmarkapp.com", url("http", "https"))
    email_per_second: float = setting(0.0, number(0, 10_000))


def _email(settings: PostmarkSettings, wiring: Wiring) -> PostmarkEmailProvider:
    return PostmarkEmailProvider(
        client=wiring.client,
        server_token=settings.server_token,
        sender=settings.sender,
        reply_to=settings.reply_to,
        message_stream=settings.message_stream,
        base_url=settings.base_url,
        timeouts=wiring.timeouts,
    )


def _callbacks(settings: PostmarkSettings, _wiring: Wiring) -> PostmarkCallbackReader:
    return PostmarkCallbackReader(
        secrets_of(settings.webhook_credentials, settings.previous_webhook_credentials), settings.allowed_ips
    )


def _check(settings: PostmarkSettings, wiring: Wiring, _role: Role) -> Checkable:
    question = Question(wiring.client, wiring.timeouts, "postmark", ("server_token",))
    return question.careful(PostmarkCheck(question, settings.server_token, settings.base_url))


POSTMARK = Vendor(
    name="postmark",
    settings=PostmarkSettings,
    email=Part(_email, needs=("server_token", "sender")),
    callbacks=Part(_callbacks, needs=("webhook_credentials",)),
    check=_check,
    sandbox="adapters.providers.sandbox.postmark:SANDBOX",
)
