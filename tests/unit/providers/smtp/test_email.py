"""The adapter for SMTP against real mail servers, and against one that breaks off at every point."""

import socket
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtplib import SMTP, SMTPServerDisconnected
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pytest_mock import MockerFixture

from adapters.providers.common.http import Timeouts
from adapters.providers.common.mail import answered_attempt
from adapters.providers.common.sender import PLAIN_ADDRESS, Sender
from adapters.providers.smtp.email import SmtpEmailProvider, _write
from adapters.providers.smtp.server import Security, SmtpServer
from application.errors import OutcomeUnknown, TransientFault
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage, Refused
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.unit.providers.smtp.servers import Broken, Mailbox, certificate, mail_server

TO = "ana@example.com"
KEY = AttemptKey("0b1fa6b2-5a4e-5d0f-9d59-8a1f6d2b7c11", "s" * 40, 1)
MESSAGE = OutboundMessage(KEY, TO, Content("Hi Aña\n.\n.dot\n" + "x" * 1200, "Téa, at ten?", "<p>Hi Aña</p>"))
QUICK = Timeouts(connect=0.2, read=0.3, pool=0.05, total=0.6)


def smtp(port: int, timeouts: Timeouts | None = None, **changes: Any) -> SmtpEmailProvider:
    server = {"host": "127.0.0.1", "port": port, "security": Security.NONE}
    return SmtpEmailProvider(
        SmtpServer(**{**server, **changes}),
        Sender("hello@example.com", "Tea, Hóuse"),
        timeouts=timeouts or Timeouts(),
    )


def read(content: bytes) -> EmailMessage:
    """An e-mail as a mail program has it."""
    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    assert mail.defects == []
    return mail


async def test_an_email_arrives_as_it_was_written_with_its_key_as_message_id() -> None:
    """Both bodies, with dots, long lines and more than ASCII, and a Message-ID that names the attempt."""
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        accepted = await smtp(port).send(MESSAGE)
    [envelope] = mailbox.mails
    mail = read(envelope.content)
    plain, html = mail.iter_parts()

    assert (envelope.mail_from, envelope.rcpt_tos) == ("hello@example.com", [TO])
    assert (mail["from"].addresses[0].display_name, str(mail["to"])) == ("Tea, Hóuse", TO)
    assert mail["subject"] == "Téa, at ten?"
    assert plain.get_content().splitlines() == MESSAGE.content.text.split("\n")
    assert html.get_content() == "<p>Hi Aña</p>\r\n"
    assert answered_attempt(mail["message-id"]) == str(KEY)
    assert accepted == Accepted(mail["message-id"].strip("<>"))
    assert max(map(len, envelope.content.splitlines())) <= 998
    assert envelope.content.isascii()


async def test_the_same_attempt_has_the_same_message_id() -> None:
    """So that whoever gets it twice, or answers it, can tell."""
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        refs = [await smtp(port).send(MESSAGE) for _ in range(2)]

    assert refs[0] == refs[1]
    assert len({read(envelope.content)["message-id"] for envelope in mailbox.mails}) == 1


async def test_an_email_without_html_has_one_part_and_replies_a_place_to_go() -> None:
    """Plain text alone is sent alone; replies and unsubscriptions go to the address given."""
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        provider = SmtpEmailProvider(smtp(port).server, Sender("hello@example.com"), "in@example.com")
        await provider.send(OutboundMessage(KEY, TO, Content("Hi", "Tea?")))
    mail = read(mailbox.mails[0].content)

    assert mail.get_content_type() == "text/plain"
    assert mail["reply-to"] == "in@example.com"
    assert mail["list-unsubscribe"] == "<mailto:in@example.com?subject=STOP>"


@pytest.mark.parametrize("length", [25, 300, 700])
async def test_one_click_opts_out_where_there_is_a_link(length: int) -> None:
    """The link stays in one piece on one line, and one POST to it is enough (RFC 8058)."""
    url = "https://d.example.com/u/t".ljust(length, "x")
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        provider = SmtpEmailProvider(smtp(port).server, Sender("hello@example.com"), "in@example.com")
        await provider.send(OutboundMessage(KEY, TO, Content("Hi", "Tea?"), unsubscribe_url=url))
    source = mailbox.mails[0].content
    mail = read(source)

    assert f"\r\nList-Unsubscribe: <{url}>, <mailto:in@example.com?subject=STOP>\r\n".encode() in source
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in source
    assert mail["list-unsubscribe"] == f"<{url}>, <mailto:in@example.com?subject=STOP>"
    assert max(map(len, source.splitlines())) <= 998


@pytest.mark.parametrize("length", [20, 45, 64])
async def test_a_long_address_or_id_stays_in_one_piece(length: int) -> None:
    """Nobody decodes what looks like encoded words in these headers, so no line is too long for them."""
    address = f"{'r' * length}@inbound.example.com"
    key = AttemptKey("0b1fa6b2-5a4e-5d0f-9d59-8a1f6d2b7c11", "s" * 40, 123456789)
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        provider = SmtpEmailProvider(smtp(port).server, Sender(address), address)
        accepted = await provider.send(OutboundMessage(key, address, Content("Hi", "Tea?")))
    source = mailbox.mails[0].content
    mail = read(source)

    assert b"=?" not in source
    assert f"\r\nList-Unsubscribe: <mailto:{address}?subject=STOP>\r\n".encode() in source
    assert f"\r\nMessage-ID: {mail['message-id']}\r\n".encode() in source
    assert accepted == Accepted(mail["message-id"].strip("<>"))
    assert [mail[name].addresses[0].addr_spec for name in ("from", "to", "reply-to")] == [address] * 3


@pytest.mark.parametrize("address", ["in", "in@nowhere", f"{'r' * 250}@example.com", "in@x.com, b@x.com"])
def test_an_address_for_replies_that_is_none_is_refused_at_once(address: str) -> None:
    """Nobody could write STOP to it."""
    with pytest.raises(ValueError, match="reply_to must be an e-mail address"):
        SmtpEmailProvider(SmtpServer("127.0.0.1"), Sender("hello@example.com"), address)


@pytest.mark.parametrize("implicit", [False, True])
async def test_the_connection_is_secured_and_logged_in_to(tmp_path: Path, *, implicit: bool) -> None:
    """By STARTTLS, and by TLS from the first byte, trusting one file's authority."""
    own, mailbox = certificate(tmp_path), Mailbox()
    security = Security.TLS if implicit else Security.STARTTLS
    changes = {"security": security, "ca_file": str(own.file), "username": "ana", "password": "s3cret"}
    async with mail_server(mailbox, own.context(), implicit=implicit) as port:
        accepted = await smtp(port, **changes).send(MESSAGE)
        with pytest.raises(TransientFault, match="SMTP 535 5.7.8, credentials refused") as caught:
            await smtp(port, **{**changes, "password": "wr0ng"}).send(MESSAGE)

    assert isinstance(accepted, Accepted)
    assert len(mailbox.mails) == 1
    assert "wr0ng" not in str(caught.value)


async def test_a_server_without_starttls_gets_nothing_in_the_clear() -> None:
    """Not the password, and not the e-mail: whoever stands between could have taken STARTTLS away."""
    broken = Broken({})
    changes = {"security": Security.STARTTLS, "username": "ana", "password": "s3cret"}
    async with broken.serve() as port:
        with pytest.raises(TransientFault, match="nothing was sent"):
            await smtp(port, **changes).send(MESSAGE)

    assert [line.split()[0] for line in broken.heard] == ["EHLO"]


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("other", ["", "127.0.0.2"])
async def test_a_server_that_cannot_prove_its_name_gets_nothing(
    tmp_path: Path, other: str, *, implicit: bool
) -> None:
    """An authority that nobody trusts, and a certificate for another host."""
    own, mailbox = certificate(tmp_path, other or "127.0.0.1"), Mailbox()
    security = Security.TLS if implicit else Security.STARTTLS
    trusted = str(own.file) if other else ""
    async with mail_server(mailbox, own.context(), implicit=implicit) as port:
        with pytest.raises(TransientFault, match="nothing was sent"):
            await smtp(port, security=security, ca_file=trusted).send(MESSAGE)

    assert mailbox.mails == []


BEFORE = ["", "EHLO", "MAIL", "RCPT", "DATA"]


@pytest.mark.parametrize("what", ["drop", "hang"])
@pytest.mark.parametrize("when", BEFORE)
async def test_a_connection_lost_before_the_data_was_not_sent(when: str, what: str) -> None:
    """Lost or silent: no server keeps a part of an e-mail, so it may be sent again."""
    broken = Broken({when: what})
    async with broken.serve() as port:
        with pytest.raises(TransientFault, match="nothing was sent"):
            await smtp(port, QUICK).send(MESSAGE)

    assert broken.taken == []


def test_a_connection_that_is_gone_when_the_data_is_due_is_not_written_to() -> None:
    """The library says so before anything is written."""
    with pytest.raises(SMTPServerDisconnected):
        _write(SMTP(), b"")


@pytest.mark.parametrize("what", ["drop", "hang", "hello?", "100 Hm"])
async def test_a_connection_lost_after_the_data_is_unknown_and_one_email_is_there(what: str) -> None:
    """Lost, silent or garbled: the server has the e-mail, once, and we cannot know."""
    broken = Broken({".": what})
    async with broken.serve() as port:
        with pytest.raises(OutcomeUnknown, match="after the data"):
            await smtp(port, QUICK).send(MESSAGE)

    assert len(broken.taken) == 1


@pytest.mark.parametrize("when", [*BEFORE, "."])
async def test_4xx_is_transient_whenever_it_comes(when: str) -> None:
    """The server says that it did not take the e-mail, even after the data."""
    async with Broken({when: f"451 4.3.0 <{TO}> later"}).serve() as port:
        with pytest.raises(TransientFault) as caught:
            await smtp(port).send(MESSAGE)

    assert str(caught.value) == "smtp: SMTP 451 4.3.0"


@pytest.mark.parametrize("when", ["MAIL", "RCPT", "DATA", "."])
async def test_5xx_is_permanent_and_suppresses_nobody(when: str) -> None:
    """Only the codes are told: servers quote addresses. A mailbox unknown to one server is no opt-out."""
    broken = Broken({when: f"550 5.1.1 <{TO}> unknown"})
    async with broken.serve() as port:
        assert await smtp(port).send(MESSAGE) == Refused("SMTP 550 5.1.1")

    assert broken.heard[-1] == "QUIT"


async def test_a_code_without_an_enhanced_one_is_told_alone() -> None:
    """Not every server has them (RFC 2034)."""
    async with Broken({"RCPT": "550-no\r\n550 such mailbox"}).serve() as port:
        assert await smtp(port).send(MESSAGE) == Refused("SMTP 550")


@pytest.mark.parametrize("when", ["MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("code", [530, 534, 535, 538])
async def test_a_server_that_wants_a_login_is_waited_for(code: int, when: str) -> None:
    """A person can mend the settings; the e-mail is not at fault."""
    async with Broken({when: f"{code} 5.7.0 Log in"}).serve() as port:
        with pytest.raises(TransientFault, match=f"SMTP {code} 5.7.0, credentials refused"):
            await smtp(port).send(MESSAGE)


@pytest.mark.parametrize("greeting", ["554 5.3.2 Go away", "hello?", "250 OK"])
async def test_a_server_that_greets_in_another_way_is_waited_for(greeting: str) -> None:
    """It says nothing about this e-mail."""
    async with Broken({"": greeting}).serve() as port:
        with pytest.raises(TransientFault):
            await smtp(port).send(MESSAGE)


@pytest.mark.parametrize("goodbye", ["drop", "hang", "hello?"])
async def test_nothing_that_follows_the_acceptance_changes_it(goodbye: str) -> None:
    """A server that is lost at QUIT has the e-mail."""
    async with Broken({"QUIT": goodbye}).serve() as port:
        assert isinstance(await smtp(port, QUICK).send(MESSAGE), Accepted)


async def test_a_server_that_takes_its_time_for_the_data_gets_what_is_left_of_it() -> None:
    """The answer to the data may take longer than the answer to a command."""
    broken = Broken({".": "hang"})
    async with broken.serve() as port:
        with pytest.raises(OutcomeUnknown, match="TimeoutError after the data"):
            await smtp(port, Timeouts(connect=0.2, read=0.05, pool=0.05, total=0.5)).send(MESSAGE)


@pytest.mark.parametrize("host", ["127.0.0.1", "no such host", "a" * 70])
async def test_a_server_that_is_not_there_is_waited_for(host: str) -> None:
    """No connection, no name: nothing was sent."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(TransientFault, match="nothing was sent"):
            await smtp(nobody.getsockname()[1], host=host).send(MESSAGE)


INJECTIONS = [
    "ana@example.com\r\nDATA",
    "ana@example.com\nBcc: eve@example.com",
    "ana@example.com> SIZE=1",
    "ana@example.com>\r\nRCPT TO:<eve@example.com",
    "ana@example.com, eve@example.com",
    "Ana <ana@example.com>",
    '"a b"@example.com',
    "ana@[127.0.0.1]",
    "ana@exämple.com",
    "aña@example.com",
    "ana@@example.com",
    "ana@-example.com",
    "ana",
    "",
]


@pytest.mark.parametrize("to", INJECTIONS)
async def test_an_address_that_could_say_more_than_an_address_is_refused(to: str) -> None:
    """No line, no second recipient and no parameter gets out; no server is even called."""
    assert await smtp(1).send(OutboundMessage(KEY, to, MESSAGE.content)) == Refused(
        "not an address that SMTP carries in ASCII"
    )


@settings(deadline=None)  # the machine may be busy
@given(st.text(), st.text(), st.text())
def test_no_address_with_anything_around_it_is_plain(before: str, between: str, after: str) -> None:
    """Whatever passes is made of harmless characters alone."""
    text = f"{before}a@b{between}{after}"
    if PLAIN_ADDRESS.fullmatch(text):
        assert text.isascii()
        assert text.isprintable()
        assert not set(text) & set(' <>()[]\\,;:"')


@pytest.mark.parametrize(
    "text", ["Hi\r\n.\r\nMAIL FROM:<eve@example.com>", "Hi\n.\nQUIT", ".\r\n.", "Hi\r.\r"]
)
async def test_a_text_cannot_end_the_data(text: str) -> None:
    """A line with a dot alone arrives as a line with a dot alone."""
    broken = Broken({})
    async with broken.serve() as port:
        await smtp(port).send(OutboundMessage(KEY, TO, Content(text, "Tea?")))

    assert [line.split()[0] for line in broken.heard] == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]
    assert len(broken.taken) == 1


async def test_a_subject_cannot_begin_another_header() -> None:
    """It is one line."""
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        await smtp(port).send(OutboundMessage(KEY, TO, Content("Hi", "Tea?\r\nBcc: eve@example.com")))
    mail = read(mailbox.mails[0].content)

    assert mail["bcc"] is None
    assert mail["subject"] == "Tea? Bcc: eve@example.com"


async def test_the_span_names_the_server_and_nobody(mocker: MockerFixture) -> None:
    """One span a call, with the fault's kind, and without an address."""
    spans = InMemorySpanExporter()
    traces = TracerProvider()
    traces.add_span_processor(SimpleSpanProcessor(spans))
    mocker.patch("opentelemetry.trace.get_tracer", traces.get_tracer)
    async with Broken({".": "drop"}).serve() as port:
        with pytest.raises(OutcomeUnknown):
            await smtp(port).send(MESSAGE)
    [span] = spans.get_finished_spans()

    assert span.name == "smtp email"
    assert dict(span.attributes or {}) == {
        "drumbeat.provider": "smtp",
        "drumbeat.channel": "email",
        "error.type": "OutcomeUnknown",
    }
    assert TO not in span.to_json()


async def test_the_adapter_keeps_its_secret_and_says_what_it_cannot_do() -> None:
    """No repr shows the password, the port is met, and nothing can be looked up."""
    provider: MessageProvider = smtp(25, username="ana", password="s3cret")

    assert "s3cret" not in repr(provider)
    assert (provider.name, provider.channel) == ("smtp", Channel.EMAIL)
    assert (provider.honours_key, provider.can_look_up) == (False, False)
    assert await provider.find(MESSAGE) is None
