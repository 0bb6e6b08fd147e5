"""Every vendor whose callbacks we take, with requests of each kind: what hostile ones are tried on.

A vendor that is added gets a line in `DOORS`.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
from attrs import define, frozen

from adapters.providers.common.http import Timeouts
from adapters.providers.common.vendor import Wiring
from adapters.providers.mailgun.callbacks import signature_of
from adapters.providers.registry import vendors
from adapters.providers.sandbox.postmark_records import record_of, reply_of
from adapters.providers.sandbox.sendgrid_inbound import content_type, parsed_email
from adapters.providers.sandbox.sns import signed as sns_signed
from adapters.providers.twilio.signatures import signature as twilio_signature
from adapters.providers.vonage.correlation import CallNote, event_url
from adapters.providers.vonage.signatures import sms_signature
from application.errors import MalformedCallback
from application.ports.callbacks import Callback, CallbackReader, Reading
from tests.fakes.clock import NOW
from tests.fakes.signing import TWILIO_TOKEN, SignedRequest
from tests.unit.application.world import PHONE
from tests.unit.http.site import PUBLIC_URL, SENDGRID
from tests.unit.providers.desks.genuine import DESKS, as_json, as_payload, jira_event
from tests.unit.providers.ses import envelopes
from tests.unit.providers.vonage import signing as vonage

ATTEMPT = "7b1b2f:first:1"
MAILGUN_KEY = "0123456789abcdef"
POSTMARK_LOGIN, PARSE_LOGIN = "hook:s3cret", "parse:s3cret"
MULTIPART = content_type("xYzZY")
JSON, FORM = "application/json", "application/x-www-form-urlencoded; charset=utf-8"

Sign = Callable[[bytes, datetime], SignedRequest]


@frozen
class Case:
    """One kind of request.

    Args:
        kind: e.g. ``a receipt``.
        told: what it says.
        encode: makes a body of that.
        sign: signs a body, whatever it is, at a time.
        proof: the headers without which it is not taken; none where the proof is in the body.
    """

    kind: str
    told: Any
    encode: Callable[[Any], bytes]
    sign: Sign
    proof: tuple[str, ...] = ()

    @cached_property
    def genuine(self) -> SignedRequest:
        """The request as its vendor makes it, now."""
        return self.sign(self.encode(self.told), NOW)


@frozen
class Door:
    """One vendor.

    Args:
        reader: as it is wired.
        cases: what it calls us with.
        age: how old a signature may be; None where it has no time that counts.
    """

    reader: CallbackReader
    cases: Sequence[Case]
    age: timedelta | None = None


@define
class Watched:
    """A reader that takes note of whether it vouched for the last request.

    Args:
        reader: the real one.
        vouched: it found the proof good, whether or not the body could be read then.
    """

    reader: CallbackReader
    vouched: bool = False

    @property
    def name(self) -> str:
        return self.reader.name

    async def read(self, callback: Callback, now: datetime) -> Reading:
        self.vouched = False
        try:
            reading = await self.reader.read(callback, now)
        except MalformedCallback:
            self.vouched = True
            raise
        self.vouched = True
        return reading


def _confirmed(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200)


_WIRING = Wiring(httpx.AsyncClient(transport=httpx.MockTransport(_confirmed)), PUBLIC_URL, Timeouts())


def reader(name: str, **settings: Any) -> CallbackReader:
    """A vendor's reader, wired as the registry does it.

    Args:
        name: the vendor's.
        settings: of its settings class.
    """
    vendor = vendors()[name]
    return vendor.callback_reader(vendor.settings(**settings), _WIRING)


def url_of(name: str, **query: str) -> str:
    """Where a vendor calls us."""
    return f"{PUBLIC_URL}/webhooks/{name}" + (f"?{urlencode(query)}" if query else "")


def as_form(told: Any) -> bytes:
    """A form; what is no text is written as JSON."""
    fields = told if isinstance(told, dict) else {"told": told}
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    return urlencode(texts, errors="surrogatepass").encode()


def as_multipart(told: Any) -> bytes:
    """The same as multipart/form-data."""
    fields = dict(parse_qsl(as_form(told).decode(), keep_blank_values=True, encoding="latin-1"))
    parts = (
        f'--xYzZY\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return f"{''.join(parts)}--xYzZY--\r\n".encode("latin-1")


def _requested(callback: Callback, kind: str) -> SignedRequest:
    """A callback that a vendor's own tests have made, sent to us."""
    path = callback.url.partition("://")[2].partition("/")[2]
    headers = {"content-type": kind, **callback.headers}
    return SignedRequest(f"{PUBLIC_URL}/{path}", headers, callback.body)


def basic(login: str) -> str:
    """The header of a login (RFC 7617)."""
    return f"Basic {base64.b64encode(login.encode()).decode()}"


# Messages ---------------------------------------------------------------------------------------------------


def twilio_form(url: str, body: bytes, _at: datetime) -> SignedRequest:
    """A form, signed with its fields."""
    form = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    signature = twilio_signature(TWILIO_TOKEN, url, form)
    return SignedRequest(url, {"content-type": FORM, "x-twilio-signature": signature}, body)


def _twilio_json(body: bytes, _at: datetime) -> SignedRequest:
    url = url_of("twilio", bodySHA256=hashlib.sha256(body).hexdigest())
    headers = {"content-type": JSON, "x-twilio-signature": twilio_signature(TWILIO_TOKEN, url, [])}
    return SignedRequest(url, headers, body)


def vonage_token(url: str, body: bytes, at: datetime) -> SignedRequest:
    """What the Voice and the Messages API post."""
    moment = int(at.timestamp())
    return _requested(vonage.with_token(body, url, iat=moment, jti=f"jti-{moment}"), JSON)


def _vonage_parameters(fields: Mapping[str, str], at: datetime) -> dict[str, str]:
    signed = {"timestamp": str(int(at.timestamp())), "nonce": "n1", **fields}
    return {**signed, "sig": sms_signature("sha256", vonage.SECRET, signed)}


def _vonage_form(body: bytes, at: datetime) -> SignedRequest:
    form = parse_qsl(body.decode("latin-1"), keep_blank_values=True, errors="replace")
    signed = urlencode(_vonage_parameters(dict(form), at)).encode()
    return SignedRequest(url_of("vonage"), {"content-type": FORM}, signed)


def vonage_json(body: bytes, at: datetime) -> SignedRequest:
    """What the SMS API posts; what is no object of texts goes along as one text."""
    told: Any = None
    with suppress(ValueError, RecursionError):
        told = json.loads(body)
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        told = {"messageId": "0B00", "text": body.decode("latin-1")}
    return SignedRequest(url_of("vonage"), {"content-type": JSON}, as_json(_vonage_parameters(told, at)))


def sendgrid_post(kind: str, body: bytes, _at: datetime) -> SignedRequest:
    """A batch of events, or an e-mail where there is a security policy."""
    signed = SENDGRID.request(url_of("sendgrid"), body)
    return SignedRequest(signed.url, {**signed.headers, "content-type": kind}, body)


def _with_login(name: str, login: str, kind: str, body: bytes, _at: datetime) -> SignedRequest:
    return SignedRequest(url_of(name), {"content-type": kind, "authorization": basic(login)}, body)


def postmark_post(body: bytes, at: datetime) -> SignedRequest:
    """A record."""
    return _with_login("postmark", POSTMARK_LOGIN, JSON, body, at)


def mailgun_signature(at: datetime) -> dict[str, str]:
    """What goes along with anything that Mailgun posts; at another time it has another token."""
    timestamp = str(int(at.timestamp()))
    token = hashlib.sha256(timestamp.encode()).hexdigest()[:50]
    signature = signature_of(MAILGUN_KEY, timestamp, token)
    return {"timestamp": timestamp, "token": token, "signature": signature}


def mailgun_event(body: bytes, at: datetime) -> SignedRequest:
    """An event with its signature beside it."""
    whole = b'{"signature": ' + as_json(mailgun_signature(at)) + b', "event-data": ' + body + b"}"
    return SignedRequest(url_of("mailgun"), {"content-type": JSON}, whole)


def _mailgun_mail(body: bytes, at: datetime) -> SignedRequest:
    whole = urlencode(mailgun_signature(at)).encode() + b"&" + body
    return SignedRequest(url_of("mailgun"), {"content-type": FORM}, whole)


def _mailgun_mail_with_files(body: bytes, at: datetime) -> SignedRequest:
    whole = as_multipart(mailgun_signature(at)).removesuffix(b"--xYzZY--\r\n") + body
    return SignedRequest(url_of("mailgun"), {"content-type": MULTIPART}, whole)


_SNS_KEY = envelopes.private_key()


def _ses_post(envelope: Mapping[str, str]) -> SignedRequest:
    return _requested(envelopes.posted(sns_signed(_SNS_KEY, {**envelope, "SignatureVersion": "2"})), "")


def _ses_event(body: bytes, _at: datetime) -> SignedRequest:
    return _ses_post(envelopes.fields(body.decode("utf-8", "replace")))


def _ses_question(body: bytes, _at: datetime) -> SignedRequest:
    url = body.decode("utf-8", "replace").replace("\n", " ")  # SNS signs no line ends there
    return _ses_post(envelopes.confirmation(SubscribeURL=url))


def _plainly(told: Any) -> bytes:
    return str(told).encode("utf-8", "replace")


_SMS = {"MessageSid": "SM1", "MessageStatus": "failed", "To": PHONE, "ErrorCode": "30005"}
_WORDS = {"MessageSid": "SM9", "SmsStatus": "received", "From": PHONE, "Body": "Yes, “that” suits me"}
_CALL = {"CallSid": "CA1", "CallStatus": "completed", "SequenceNumber": "3", "AnsweredBy": "human"}
_CALL |= {"Timestamp": "Tue, 15 Jan 2030 12:00:00 +0000", "SipResponseCode": "200"}
_FOUND = {"CallSid": "CA1", "AnsweredBy": "machine_end_beep", "MachineDetectionDuration": "3214"}
_KEY = {"CallSid": "CA1", "CallStatus": "in-progress", "Digits": "1"}
_RECEIPT = {"msisdn": "15005550006", "messageId": "0A01", "status": "failed", "err-code": "9"}
_RECEIPT |= {"client-ref": ATTEMPT, "message-timestamp": "2030-01-15 12:00:00"}
_REPLY = {"msisdn": "15005550006", "messageId": "0B00", "text": "Sí, mañana", "type": "text"}
_MESSAGE = {"message_uuid": vonage.REF, "status": "rejected", "channel": "sms", "client_ref": ATTEMPT}
_MESSAGE |= {"timestamp": "2030-01-15T12:00:00.000Z", "error": {"title": 1300}}  # type: ignore[dict-item] # JSON
_RINGING = {"uuid": vonage.REF, "status": "ringing", "direction": "outbound", "detail": "a_word"}
_PRESSED = {"uuid": vonage.REF, "dtmf": {"digits": "5", "timed_out": False}}
_BATCH = [
    {"event": "open", "sg_event_id": "e1", "sg_message_id": "m.filter", "timestamp": 1894665600},
    {"event": "bounce", "sg_event_id": "e2", "attempt": ATTEMPT, "status": "5.1.1", "type": "bounce"},
    {"event": "dropped", "sg_event_id": "e3", "reason": "Bounced Address", "timestamp": 1894665600.5},
]
_SENT = {"To": "ana@example.com", "From": "us@example.com", "Subject": "Tea?", "TextBody": "Tea?"}
_PARSED = {
    "headers": "Message-ID: <r1@mail.example>\nReferences: <attempt.7b1b2f.first.2@example.com>\n",
    "from": "Ana <ana@example.com>",
    "envelope": '{"to":["answers@in.example.com"],"from":"ana@example.com"}',
    "subject": "Re: Tea?",
    "text": "Yes, that suits me.",
    "html": "<p>Yes!</p>",
    "charsets": '{"from":"UTF-8","text":"iso-8859-1"}',
}
_RAW = {"email": "From: ana@example.com\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nYes!", "envelope": "{}"}
_SENDGRID_MAIL = {
    "from": {"email": "us@example.com"},
    "subject": "Tea?",
    "content": [{"type": "text/plain", "value": "Tea?"}],
}
_MAILGUN = {
    "event": "failed",
    "id": "DACSsAdVSeGpLid7TN03WA",
    "timestamp": 1894665600.25,
    "severity": "permanent",
    "reason": "bounce",
    "delivery-status": {"code": 550, "enhanced-code": "5.1.1", "bounce-type": "hard"},
    "user-variables": {"attempt": ATTEMPT},
    "client-info": {"bot": ""},
    "message": {"headers": {"message-id": "attempt.7b1b2f.mail.1@mg.example.com"}},
}
_MAILGUN_MAIL = {
    "sender": "bounces@mailer.example.com",
    "from": "Ana <ana@example.com>",
    "subject": "Re: Tea?",
    "body-plain": "Yes!\r\n\r\nOn Sunday, Tea <tea@example.com> wrote:\r\n> Tea?",
    "stripped-text": "Yes!",
    "message-headers": '[["Message-Id", "<r1@example.com>"], ["In-Reply-To", "<a@example.com>"]]',
}
_BOUNCE = envelopes.event(
    "Bounce",
    "bounce",
    bounceType="Permanent",
    bouncedRecipients=[{"status": "5.1.1"}],
    timestamp="2030-01-15T12:00:00.000Z",
)


def _twilio(kind: str, told: Any, **query: str) -> Case:
    return Case(kind, told, as_form, partial(twilio_form, url_of("twilio", **query)), ("x-twilio-signature",))


def _vonage(kind: str, told: Any, note: CallNote | None = None) -> Case:
    url = url_of("vonage") if note is None else event_url(PUBLIC_URL, note, vonage.SECRET)
    return Case(kind, told, as_json, partial(vonage_token, url), ("authorization",))


def _sendgrid(kind: str, told: Any, encode: Callable[[Any], bytes], media_type: str) -> Case:
    proof = (
        "x-twilio-email-event-webhook-signature",
        "x-twilio-email-event-webhook-timestamp",
    )
    return Case(kind, told, encode, partial(sendgrid_post, media_type), proof)


def _postmark(kind: str, told: Any) -> Case:
    return Case(kind, told, as_json, postmark_post, ("authorization",))


# Desks ------------------------------------------------------------------------------------------------------

_DESKS = {desk.name: desk for desk in DESKS}
_SETTING = {"slack": "signing_secret", "webhook": "secret"}


def desk_post(name: str, media_type: str, body: bytes, at: datetime) -> SignedRequest:
    """What a desk posts."""
    return _requested(_DESKS[name].callback(body, at=at), media_type)


def _desk(name: str, *more: Case, **always: Any) -> Door:
    """A desk that tells of a case that is resolved and of one that is reassigned.

    Args:
        name: the vendor's.
        more: what else it calls us with.
        always: changes of both.
    """
    desk = _DESKS[name]
    proof = tuple(desk.sign(b"", desk.secrets[0], NOW))
    media_type = FORM if desk.encode is as_payload else JSON
    secrets = dict(zip(("", "previous_"), desk.secrets[:2], strict=True))
    setting = _SETTING.get(name, "webhook_secret")
    cases = (
        Case(kind, {**told, **always}, desk.encode, partial(desk_post, name, media_type), proof)
        for kind, told in (("a case resolved", desk.resolved), ("a case reassigned", desk.reassigned))
    )
    return Door(
        reader(name, **{prefix + setting: secret for prefix, secret in secrets.items()}),
        (*cases, *(Case(each.kind, each.told, each.encode, each.sign, proof) for each in more)),
        age=timedelta(seconds=300) if desk.has_age else None,
    )


DOORS: Mapping[str, Door] = {
    "twilio": Door(
        reader("twilio", auth_token=TWILIO_TOKEN, previous_auth_token="f" * 32),
        (
            _twilio("a message's status", _SMS, attempt=ATTEMPT),
            _twilio("a text", _WORDS),
            _twilio("a call's status", _CALL, attempt=ATTEMPT, amd="1"),
            _twilio("a finding", _FOUND, attempt=ATTEMPT),
            _twilio("a key", _KEY, attempt=ATTEMPT, menu="1"),
            _twilio("a wrong key", {**_KEY, "Digits": "5"}, attempt=ATTEMPT, menu="1"),
            Case("JSON", {"MessageSid": "SM1"}, as_json, _twilio_json, ("x-twilio-signature",)),
        ),
    ),
    "vonage": Door(
        reader("vonage", signature_secret=vonage.SECRET, previous_signature_secret=vonage.PREVIOUS),
        (
            Case("a receipt", _RECEIPT, as_json, vonage_json),
            Case("a receipt as a form", _RECEIPT, as_form, _vonage_form),
            Case("a text", _REPLY, as_form, _vonage_form),
            _vonage("a message's status", _MESSAGE),
            _vonage("a message", {"message_uuid": vonage.REF, "from": "15005550006", "text": "Yes"}),
            _vonage("a call's status", _RINGING, CallNote(ATTEMPT, detecting=True)),
            _vonage("a call of somebody's", {**_RINGING, "status": "busy"}),
            _vonage("a key", _PRESSED, CallNote(ATTEMPT)),
        ),
        age=timedelta(hours=25),
    ),
    "sendgrid": Door(
        reader(
            "sendgrid",
            public_key=SENDGRID.public_key,
            inbound_user=PARSE_LOGIN.partition(":")[0],
            inbound_password=PARSE_LOGIN.partition(":")[2],
        ),
        (
            _sendgrid("a batch", _BATCH, as_json, JSON),
            _sendgrid("an empty batch", [], as_json, JSON),
            _sendgrid("an e-mail", _PARSED, as_multipart, MULTIPART),
            Case(
                "a raw e-mail",
                _RAW,
                as_multipart,
                partial(_with_login, "sendgrid", PARSE_LOGIN, MULTIPART),
                ("authorization",),
            ),
            _sendgrid(
                "an answer",
                parsed_email(_SENDGRID_MAIL, "m1", "ana@example.com", "Yes!", "xYzZY"),
                lambda told: told if isinstance(told, bytes) else as_multipart(told),
                MULTIPART,
            ),
        ),
    ),
    "postmark": Door(
        reader("postmark", webhook_credentials=POSTMARK_LOGIN),
        (
            *(
                _postmark(f"a record: {word}", {**(record_of(_SENT, vonage.REF, word) or {}), "Metadata": {}})
                for word in ("delivered", "open", "click", "bounce", "spamreport", "unsubscribe")
            ),
            _postmark("an answer", reply_of("seed", _SENT, "m1", "Yes!")),
        ),
    ),
    "mailgun": Door(
        reader("mailgun", signing_key=MAILGUN_KEY),
        (
            Case("a failure", _MAILGUN, as_json, mailgun_event),
            Case("an opening", {**_MAILGUN, "event": "opened"}, as_json, mailgun_event),
            Case("an e-mail", _MAILGUN_MAIL, as_form, _mailgun_mail),
            Case("an e-mail with files", _MAILGUN_MAIL, as_multipart, _mailgun_mail_with_files),
        ),
        age=timedelta(hours=9),
    ),
    "ses": Door(
        # Pinned: what is fetched has a time of its own, in the year in which the tests run.
        reader("ses", topic_arn=(envelopes.TOPIC,), sns_certificate=envelopes.certificate()),
        (
            Case("a bounce", _BOUNCE, as_json, _ses_event),
            Case("a click", envelopes.event("Click", "click"), as_json, _ses_event),
            Case("a question", envelopes.confirmation()["SubscribeURL"], _plainly, _ses_question),
        ),
    ),
    "slack": _desk(
        "slack",
        Case(
            "a question",
            {"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWM"},
            as_json,
            partial(desk_post, "slack", JSON),
        ),
        Case("a command", {"command": "/tea", "text": "now"}, as_form, partial(desk_post, "slack", FORM)),
    ),
    "zendesk": _desk("zendesk"),
    "pagerduty": _desk("pagerduty"),
    "linear": _desk("linear", webhookTimestamp=int(NOW.timestamp() * 1000)),
    "jira": _desk(
        "jira",
        Case(
            "both at once",
            jira_event({"field": "status"}, {"field": "assignee", "to": "557058:2"}),
            as_json,
            partial(desk_post, "jira", JSON),
        ),
    ),
    "webhook": _desk("webhook"),
}
