"""A mail server by its settings."""

from pathlib import Path

import httpx
import pytest

from adapters.providers.common.http import Timeouts
from adapters.providers.common.sender import Sender
from adapters.providers.common.vendor import Role, Wiring
from adapters.providers.smtp.email import SmtpEmailProvider
from adapters.providers.smtp.server import Security
from adapters.providers.smtp.vendor import SMTP, SmtpSettings
from application.environment import MissingSetting, WrongSetting, read_group
from domain.statuses import Channel

WIRING = Wiring(httpx.AsyncClient(), "https://hooks.example.com", Timeouts())
RIGHT = {
    "DRUMBEAT_SMTP_HOST": "mail.example.com",
    "DRUMBEAT_SMTP_USERNAME": "ana",
    "DRUMBEAT_SMTP_PASSWORD": "s3cret",
    "DRUMBEAT_SMTP_SENDER": "Tea House <hello@example.com>",
    "DRUMBEAT_SMTP_EMAIL_PER_SECOND": "2.5",
}


def settings(**changes: str) -> SmtpSettings:
    changed = {f"DRUMBEAT_SMTP_{name.upper()}": value for name, value in changes.items()}
    return read_group(SmtpSettings, "smtp", {**RIGHT, **changed})


def test_settings_make_an_adapter_that_insists_on_starttls() -> None:
    """E-mail is what it can do, at a rate, and no secret is shown."""
    provider = SMTP.message_provider(Channel.EMAIL, settings(), WIRING)

    assert isinstance(provider, SmtpEmailProvider)
    assert provider.server.security is Security.STARTTLS
    assert provider.sender == Sender("hello@example.com", "Tea House")
    assert [role for role in Role if SMTP.can(role)] == [Role.EMAIL]
    assert SMTP.callbacks is None
    assert SMTP.per_second(Channel.EMAIL, settings()) == 2.5
    assert "s3cret" not in repr(settings()) + repr(provider)


@pytest.mark.parametrize(
    ("security", "port", "used"),
    [("starttls", "0", 587), ("tls", "0", 465), ("none", "0", 25), ("tls", "2465", 2465)],
)
def test_each_security_has_its_usual_port(security: str, port: str, used: int) -> None:
    """RFC 6409, RFC 8314 and RFC 5321."""
    given = settings(security=security, port=port, host="localhost")
    provider = SMTP.message_provider(Channel.EMAIL, given, WIRING)

    assert isinstance(provider, SmtpEmailProvider)
    assert provider.server.client("example.com", 1.0).port == used


@pytest.mark.parametrize("name", ["host", "sender"])
def test_what_an_email_needs_is_named(name: str) -> None:
    """A worker starts without, and says so."""
    with pytest.raises(MissingSetting, match=f"DRUMBEAT_SMTP_{name.upper()} is not set"):
        SMTP.message_provider(Channel.EMAIL, settings(**{name: ""}), WIRING)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sender": "Ana"}, "must be an e-mail address"),
        ({"reply_to": "Ana"}, "reply_to must be"),
        ({"security": "none"}, "username and password need security=starttls or security=tls"),
        ({"ca_file": "/nowhere/ca.pem"}, "ca_file must be"),
    ],
)
def test_a_wrong_setting_is_named_and_no_secret_shown(changes: dict[str, str], says: str) -> None:
    """One sentence, when the program starts."""
    with pytest.raises(WrongSetting, match=says) as caught:
        SMTP.message_provider(Channel.EMAIL, settings(**changes), WIRING)

    assert "s3cret" not in str(caught.value)


def test_a_file_that_holds_no_certificate_is_a_wrong_setting(tmp_path: Path) -> None:
    """It would trust nobody."""
    (tmp_path / "ca.pem").write_text("hello")
    with pytest.raises(WrongSetting, match="ca_file must be"):
        SMTP.message_provider(Channel.EMAIL, settings(ca_file=str(tmp_path / "ca.pem")), WIRING)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_server_on_this_machine_may_be_talked_to_in_the_clear(host: str) -> None:
    """Nobody stands between."""
    given = settings(security="none", host=host)

    assert isinstance(SMTP.message_provider(Channel.EMAIL, given, WIRING), SmtpEmailProvider)


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("ana@example.com", Sender("ana@example.com")),
        ("Ana <ana@example.com>", Sender("ana@example.com", "Ana")),
        ('"Tea, House" <ana@example.com>', Sender("ana@example.com", "Tea, House")),
        ("Teá <ana@Example.com>", Sender("ana@example.com", "Teá")),
    ],
)
def test_a_sender_is_an_address_with_or_without_a_name(text: str, sender: Sender) -> None:
    """As it is written in e-mail."""
    assert Sender.parse(text) == sender
    assert sender.header.isascii()
    assert sender.domain == "example.com"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ana",
        "a@example.com, b@example.com",
        "Ana\r\nBcc: b@example.com <a@example.com>",
        '"a b"@example.com',
    ],
)
def test_what_is_no_sender_is_refused(text: str) -> None:
    """Nobody, two of them, or one with a header in the name."""
    with pytest.raises(ValueError, match="must be an e-mail address"):
        Sender.parse(text)
