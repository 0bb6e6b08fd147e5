"""SendGrid's Inbound Parse: who may post, hostile e-mail, and what a person wrote."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.providers.common.http import Timeouts
from adapters.providers.common.vendor import Wiring
from adapters.providers.sandbox.keys import new_key_pair, private_key
from adapters.providers.sendgrid.callbacks import SendGridCallbackReader
from adapters.providers.sendgrid.vendor import SENDGRID, SendGridSettings
from application.environment import WrongSetting
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback, CallbackReader, InboundText, Reading
from domain.keywords import Keyword, Keywords
from domain.statuses import Channel
from tests.fakes.coroutines import finished

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PRIVATE, PUBLIC = new_key_pair()
LOGIN = "parse:s3cret"
READER: CallbackReader = SendGridCallbackReader([PUBLIC], [LOGIN])
URL = "https://hooks.example.com/webhooks/sendgrid"
BASIC = f"Basic {base64.b64encode(LOGIN.encode()).decode()}"
BOUNDARY = "xYzZY"
HEADERS = (
    "Message-ID: <r1@mail.example>\n"
    "In-Reply-To: <14c5d75ce93@ismtpd-555>\n"
    "References: <attempt.7b1b2f.first.2@example.com>\n <14c5d75ce93@ismtpd-555>\n"
)
FIELDS: Mapping[str, str | bytes] = {
    "headers": HEADERS,
    "to": "answers@in.example.com",
    "from": "Ana Example <Ana@Example.com>",
    "envelope": '{"to":["answers@in.example.com"],"from":"ana@example.com"}',
    "subject": "Re: Tea?",
    "text": "Yes, that suits me.\n\nOn Monday, Tea House <us@example.com> wrote:\n> Tea?\n",
    "attachments": "0",
    "charsets": '{"from":"UTF-8","subject":"UTF-8","text":"UTF-8"}',
}
MIME = b"""\
From: =?utf-8?q?Ana?= <ana@example.com>
Subject: =?iso-8859-1?q?Gr=FC=DFe?=
Message-ID: <r1@mail.example>
References: <attempt.7b1b2f.first.2@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: text/plain
Content-Disposition: attachment; filename=notes.txt

Not said.
--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe, gern!
--inner
Content-Type: text/html; charset=utf-8

<p>Gern!</p>
--inner--
--outer--
"""


def multipart(fields: Mapping[str, str | bytes], boundary: str = BOUNDARY) -> bytes:
    """A form as SendGrid posts it."""
    parts = [
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (boundary.encode(), name.encode(), value.encode() if isinstance(value, str) else value)
        for name, value in fields.items()
    ]
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


def posted(body: bytes, **headers: str) -> Callback:
    """A post with a login, or with other headers."""
    given = headers or {"authorization": BASIC}
    return Callback(URL, {"content-type": f"multipart/form-data; boundary={BOUNDARY}", **given}, body)


def signed(body: bytes, private: str = PRIVATE) -> Callback:
    """A post of an account with a security policy."""
    signature = private_key(private).sign(b"1795367400" + body, ec.ECDSA(SHA256()))
    headers = {
        "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": "1795367400",
    }
    return posted(body, **headers)


def read(**changes: str | bytes) -> Reading:
    return finished(READER.read(posted(multipart({**FIELDS, **changes})), NOW))


def the_text(reading: Reading) -> InboundText:
    [report] = reading.reports
    assert isinstance(report, InboundText)
    return report


def test_an_answer_is_a_persons_words_and_names_the_attempt() -> None:
    """Without what it quotes; the sender is spelled as contacts are, and nothing of it is in a repr."""
    reply = the_text(read())

    assert (reply.channel, reply.sender, reply.text) == (
        Channel.EMAIL,
        "Ana@example.com",
        "Yes, that suits me.",
    )
    assert (reply.at, reply.keyword, reply.attempt_key) == (NOW, None, "7b1b2f:first:2")
    assert "suits" not in repr(reply)
    assert "example.com" not in repr(reply)


def test_a_raw_message_is_read_like_a_parsed_one() -> None:
    """The first plain body counts, in its own character set; attachments do not."""
    reading = finished(
        READER.read(posted(multipart({"email": MIME, "envelope": FIELDS["envelope"], "to": "us"})), NOW)
    )
    reply = the_text(reading)

    assert (reply.sender, reply.text) == ("ana@example.com", "Grüße, gern!")
    assert reply.attempt_key == "7b1b2f:first:2"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"text": "Grüße".encode("latin-1"), "charsets": '{"text":"iso-8859-1"}'}, "Grüße"),
        ({"text": "Grüße".encode("utf-16"), "charsets": '{"text":"utf-16"}'}, "Grüße"),
        ({"text": "Grüße", "charsets": "{}"}, "Grüße"),
        ({"text": "Grüße", "charsets": "no json"}, "Grüße"),
        ({"text": "Grüße", "charsets": '["utf-8"]'}, "Grüße"),
        ({"text": "Grüße", "charsets": '{"text":"martian"}'}, "Grüße"),
        ({"text": "Grüße", "charsets": '{"text":"base64"}'}, "Grüße"),
        ({"text": "Grüße", "charsets": '{"text":"a\\u0000b"}'}, "Grüße"),
        ({"text": "Grüße", "charsets": '{"text":5}'}, "Grüße"),
        ({"text": b"Gr\xff\xfe", "charsets": "{}"}, "Gr\ufffd\ufffd"),
        ({"text": "a\x00b"}, "a\ufffdb"),
        ({"text": "", "html": "<p>Yes &amp; no</p><blockquote>Tea?</blockquote>"}, "Yes & no"),
        ({"text": "", "subject": "STOP"}, "STOP"),
        ({"text": " Stop \r\n"}, "Stop"),
    ],
)
def test_each_text_is_read_in_its_own_character_set(changes: dict[str, str | bytes], text: str) -> None:
    """One that is not known is read as UTF-8; where there is no text, HTML and the subject speak."""
    assert the_text(read(**changes)).text == text


@pytest.mark.parametrize(
    "subject",
    [
        "=?m\u00e4rz?q?STOP?=".encode(),
        b"=?\xff\xfeutf-8?q?STOP?=",
        b"=?martian?q?STOP?=",
        b"=?utf-8?b?A?=",
        b"=?utf-8?b?=====?= =?base64?q?STOP?=",
    ],
)
def test_a_subject_that_cannot_be_decoded_counts_as_it_stands(subject: bytes) -> None:
    """Anybody can write one, of a character set that is none: it costs nobody the e-mail."""
    email = b"From: ana@example.com\nSubject: " + subject + b"\n\n"
    [report] = finished(READER.read(posted(multipart({"email": email})), NOW)).reports

    assert isinstance(report, InboundText)
    assert report.text


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": f"{HEADERS}Auto-Submitted: auto-replied\n"},
        {"headers": f"{HEADERS}Return-Path: <>\n"},
        {"envelope": '{"to":["answers@in.example.com"],"from":""}'},
    ],
)
def test_what_a_program_wrote_is_nobodys_answer(changes: dict[str, str]) -> None:
    """Absence notes and bounces are taken and mean nothing."""
    assert read(**changes) == Reading()


@pytest.mark.parametrize(
    "more",
    [
        {"subject": "STOP", "text": ""},
        {"subject": "STOP", "text": "This message was automatically generated by Gmail."},
        {"subject": "stop", "text": 'Apple Mail sent this email to unsubscribe from the message "Tea?"'},
        {"subject": "", "text": 'Apple Mail sent this email to unsubscribe from the message "Tea?"'},
        {"subject": "STOP", "headers": f"{HEADERS}Auto-Submitted: auto-generated\n"},
        {"email": "From: a@example.com\nSubject: STOP\n\nThis message was automatically generated by Gmail."},
    ],
)
def test_a_mail_program_that_unsubscribes_is_heard(more: dict[str, str]) -> None:
    """Gmail and Apple Mail write words of their own, and a program may say that it wrote."""
    [report] = read(**more).reports

    assert isinstance(report, InboundText)
    assert Keywords().of(report.text) is Keyword.STOP


def test_a_repeated_post_is_the_same_event() -> None:
    """SendGrid gives no id: the sender and the Message-ID are it, and the whole post where there is none."""
    other = "Message-ID: <r2@mail.example>\n"
    ids = [
        the_text(reading).event_id
        for reading in (read(), read(dkim="pass"), read(headers=other), read(**{"from": "ben@example.com"}))
    ]
    nameless = [the_text(read(headers="")).event_id, the_text(read(headers="", text="No.")).event_id]

    assert ids[0] == ids[1]
    assert len({*ids, *nameless}) == 5
    assert nameless[0] == the_text(read(headers="")).event_id
    assert all(event_id.startswith("inbound:") and len(event_id) == 40 for event_id in ids)


GENUINE = multipart(FIELDS)


@pytest.mark.parametrize(
    "callback",
    [
        posted(GENUINE, authorization=""),
        posted(GENUINE, authorization="Basic"),
        posted(GENUINE, authorization="Basic not base64"),
        posted(GENUINE, authorization=BASIC.replace("Basic", "Bearer")),
        posted(GENUINE, authorization="Basic \u00e9"),
        posted(GENUINE, authorization=f"Basic {base64.b64encode(b'parse:wrong').decode()}"),
        posted(GENUINE, authorization=f"Basic {base64.b64encode(b'').decode()}"),
        signed(GENUINE, new_key_pair()[0]),
        Callback(URL, signed(GENUINE).headers, GENUINE + b"\r\n"),
        Callback(URL, {"authorization": BASIC, "content-type": "application/json"}, b"[]"),
        Callback(URL, {"authorization": BASIC}, GENUINE),
    ],
)
def test_nobody_else_may_post(callback: Callback) -> None:
    """Neither a wrong signature nor a wrong login is let in, and a login alone brings no events."""
    with pytest.raises(BadSignature):
        finished(READER.read(callback, NOW))


def test_a_security_policy_is_enough_and_so_is_a_login() -> None:
    """Either verifies; without settings for them no e-mail is taken."""
    assert finished(SendGridCallbackReader([PUBLIC]).read(signed(GENUINE), NOW)).reports
    assert finished(READER.read(posted(GENUINE), NOW)).reports
    with pytest.raises(BadSignature):
        finished(SendGridCallbackReader([PUBLIC]).read(posted(GENUINE), NOW))


@pytest.mark.parametrize(
    "callback",
    [
        posted(b""),
        posted(GENUINE[:-10]),
        posted(multipart(FIELDS, "another")),
        posted(multipart({})),
        posted(multipart({**FIELDS, "from": "nobody"})),
        posted(multipart({**FIELDS, "from": "a@example.com, b@example.com"})),
        posted(multipart({"email": b"Subject: no sender\n\nHi"})),
        Callback(URL, {"authorization": BASIC, "content-type": "multipart/form-data"}, GENUINE),
    ],
)
def test_what_is_no_email_of_anybody_is_malformed(callback: Callback) -> None:
    """A genuine post that is cut off, or does not say who wrote, is malformed."""
    with pytest.raises(MalformedCallback):
        finished(READER.read(callback, NOW))


@pytest.mark.parametrize(
    "email",
    [
        b"From: a@example.com\nContent-Type: " + b";" * 900_000 + b"\n\nHi",
        b"From: a@example.com\nContent-Type: text/plain; " + b'a="\\";' * 150_000 + b"\n\nHi",
        b"From: a@example.com\n"
        + b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(3000)),
        b"From: a@example.com\n"
        + b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(10))
        + b"\n" * 900_000,
        b"From: a@example.com\n" + b"Content-Type: message/rfc822\n\n" * 25_000,
        b"From: a@example.com\nSubject: " + b"=?utf-8?b?" * 90_000 + b"\n\nHi",
        b"From: " + b"(" * 900_000 + b"\n\nHi",
    ],
)
def test_an_email_that_is_made_to_keep_us_busy_does_not(email: bytes) -> None:
    """Endless headers and endless nesting are read quickly, or are malformed."""
    try:
        reading = finished(READER.read(posted(multipart({"email": email})), NOW))
    except MalformedCallback:
        return

    assert len(reading.reports) <= 1


ANYTHING = st.binary(max_size=300) | st.text(max_size=100)
LINES = st.lists(
    st.sampled_from([line + b"\n" for line in MIME.splitlines()] + [b"\n", b"\xff\xfe\n", b"--outer--\n"])
    | st.binary(max_size=20)
)


@settings(deadline=None)  # the machine may be busy
@given(st.dictionaries(st.sampled_from([*FIELDS, "html"]), ANYTHING), LINES.map(b"".join) | st.none())
def test_whatever_people_write_is_read_or_malformed_and_nothing_else(
    fields: dict[str, Any], email: bytes | None
) -> None:
    """Any field, parsed or raw, is a report, nothing, or a malformed callback."""
    form = {**fields, **({} if email is None else {"email": email})}
    try:
        reading = finished(READER.read(posted(multipart(form)), NOW))
    except MalformedCallback:
        return

    assert all(isinstance(report, InboundText) and report.event_id for report in reading.reports)


@settings(deadline=None)  # the machine may be busy
@given(
    st.dictionaries(st.sampled_from(["content-type", "authorization"]) | st.text(), st.text()),
    st.text().map(lambda text: f"multipart/form-data; boundary={text}") | st.none(),
    st.binary() | st.just(GENUINE),
)
def test_genuine_posts_of_any_kind_are_read_or_malformed(
    headers: dict[str, str], content_type: str | None, body: bytes
) -> None:
    """Who has the login may send any type and body, and no other error comes of it."""
    given = {**headers, "authorization": BASIC, **({"content-type": content_type} if content_type else {})}
    try:
        finished(READER.read(Callback(URL, given, body), NOW))
    except (BadSignature, MalformedCallback):
        return


async def reader_of(**settings: str) -> CallbackReader:
    """The reader as the registry builds it."""
    async with httpx.AsyncClient() as client:
        wiring = Wiring(client, "https://hooks.example.com", Timeouts())
        return SENDGRID.callback_reader(SendGridSettings(public_key=PUBLIC, **settings), wiring)


@pytest.mark.parametrize("name", ["inbound_password", "previous_inbound_password"])
async def test_while_the_password_is_replaced_either_opens(name: str) -> None:
    """The address in Inbound Parse's settings can be changed without losing an e-mail."""
    passwords = {"inbound_password": "current", name: "s3cret"}
    reader = await reader_of(inbound_user="parse", **passwords)

    assert (await reader.read(posted(GENUINE), NOW)).reports


@pytest.mark.parametrize("name", ["inbound_public_key", "previous_inbound_public_key"])
async def test_the_security_policy_has_a_key_of_its_own(name: str) -> None:
    """It is another one than the event webhook's, and may be replaced too."""
    private, public = new_key_pair()
    reader = await reader_of(**{name: public})

    assert (await reader.read(signed(GENUINE, private), NOW)).reports


@pytest.mark.parametrize(
    "wrong",
    [
        {"inbound_user": "parse"},
        {"inbound_password": "s3cret"},
        {"inbound_user": "a:b", "inbound_password": "s3cret"},
        {"inbound_public_key": "AAAA"},
    ],
)
async def test_a_half_login_is_refused_at_once(wrong: dict[str, str]) -> None:
    """The error names the setting and shows no secret."""
    with pytest.raises(WrongSetting, match="DRUMBEAT_SENDGRID_") as caught:
        await reader_of(**wrong)

    assert "s3cret" not in str(caught.value)
