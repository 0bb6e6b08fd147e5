"""Takes what Twilio calls back with: verifies it, reads it, and answers in TwiML where that is asked for.

Source: www.twilio.com/docs/usage/webhooks/webhooks-security.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from itertools import product
from urllib.parse import parse_qsl

from attrs import Factory, field, frozen
from attrs.validators import deep_iterable

from adapters.providers.common.correlation import ATTEMPT, query_value
from adapters.providers.common.http import credential
from adapters.providers.common.menu import Menu, meaning, offered_by
from adapters.providers.common.signatures import same, verify
from adapters.providers.common.untrusted import identifier, json_object, optional_identifier, utf8
from adapters.providers.twilio.gather import ROUND, SpokenMenu
from adapters.providers.twilio.reports import Fields, call_report, inbound_text, key_report, message_report
from adapters.providers.twilio.signatures import signature
from adapters.providers.twilio.twiml import MEDIA_TYPE, element, response, text
from adapters.providers.twilio.voice import DETECTING
from application.errors import BadSignature
from application.ports.callbacks import Answer, Callback, InboundText, Reading
from domain.keywords import Keyword, Keywords

MOST_FIELDS = 1000
"""Twilio sends some thirty, and says that the number grows."""

_URL = re.compile(r"(https?://)([^/?#]*)(.*)", re.DOTALL)
_PORT = re.compile(r":[0-9]+$")
_DEFAULT_PORTS = {"http://": ":80", "https://": ":443"}


SILENT = SpokenMenu(Menu("", "", "", "", "", ""))
"""Ends the call without a word, whatever was pressed."""


@frozen
class TwilioCallbackReader:
    """Reads Twilio's callbacks.

    Twilio's signature has no time in it; a replay meets the UNIQUE event id instead.

    Args:
        auth_tokens: the account's secrets, one of which signs: the current one first.
        keywords: the words by which people steer us.
        help_text: what somebody who asks for help is answered where Twilio has not done so itself; "" for
            nothing. Twilio says what it has answered only with Advanced Opt-Out.
        menu: what is said after a key was pressed.
    """

    auth_tokens: Sequence[str] = field(repr=False, validator=deep_iterable(credential))
    keywords: Keywords = field(default=Factory(Keywords), repr=False)
    help_text: str = ""
    menu: SpokenMenu = field(default=SILENT, repr=False)
    name: str = field(default="twilio", init=False)

    async def read(self, callback: Callback, now: datetime) -> Reading:
        """Verify the signature, then read the fields: one event, or none where it means nothing to us.

        Raises:
            BadSignature: missing or wrong.
            MalformedCallback: the signature is right, the body is not.
        """
        fields = self._verified(callback)
        attempt = optional_identifier(query_value(callback.url, ATTEMPT))
        if "CallSid" in fields:
            return self._call(callback, fields, attempt, now)
        sid = identifier(fields.get("MessageSid") or fields.get("SmsSid"), "MessageSid")
        status = fields.get("MessageStatus") or fields.get("SmsStatus") or ""
        if status == "received":
            inbound = inbound_text(sid, fields, now)
            return Reading((inbound,), answer=self._reply(inbound))
        report = message_report(sid, status, fields, attempt, now)
        return Reading(() if report is None else (report,))

    def _call(self, callback: Callback, fields: Fields, attempt: str | None, now: datetime) -> Reading:
        sid = identifier(fields["CallSid"], "CallSid")
        if fields.get("Direction") == "inbound":
            return Reading()
        if query_value(callback.url, ROUND) is not None:
            return self._pressed(callback, sid, fields, attempt, now)
        detecting = query_value(callback.url, DETECTING) == "1"
        report = call_report(sid, fields, attempt, now, detecting=detecting)
        return Reading(() if report is None else (report,))

    def _pressed(
        self, callback: Callback, sid: str, fields: Fields, attempt: str | None, now: datetime
    ) -> Reading:
        """A key was pressed, and Twilio waits to be told how to go on with the call."""
        key = fields.get("Digits", "")
        status = meaning(key, offered_by(callback.url))
        if status is None:
            return Reading(answer=Answer(self.menu.after_none(key, callback.url), MEDIA_TYPE))
        report = key_report(sid, key, status, attempt, now)
        return Reading((report,), answer=Answer(self.menu.end(key, callback.url), MEDIA_TYPE))

    def _reply(self, inbound: InboundText) -> Answer:
        """What the person is texted back: nothing, but help to somebody who asks for it."""
        asked = inbound.keyword is None and self.keywords.of(inbound.text) is Keyword.HELP
        verbs = [element("Message", text(self.help_text))] if asked and self.help_text else []
        return Answer(response(*verbs), MEDIA_TYPE)

    def _verified(self, callback: Callback) -> Fields:
        """The fields of a body whose signature is right.

        A form is signed with its fields. A body of another type is signed by its hash, which stands in the
        query as bodySHA256.
        """
        body_hash = query_value(callback.url, "bodySHA256")
        if body_hash is None:
            form = _form(callback.body)
            self._check(callback, form)
            return {utf8(key): utf8(value) for key, value in form}
        if not same(hashlib.sha256(callback.body).hexdigest(), body_hash):
            raise BadSignature("twilio: the body is not the one that was signed")
        self._check(callback, [])
        told = json_object(callback.body)
        return {name: value for name, value in told.items() if isinstance(value, str)}

    def _check(self, callback: Callback, form: Sequence[tuple[str, str]]) -> None:
        given = callback.headers.get("x-twilio-signature", "")
        signed = product(self.auth_tokens, _spellings(callback.url))
        verify(self.name, (signature(token, url, form) for token, url in signed), given)


def _spellings(url: str) -> Sequence[str]:
    """The URL as called, and without its port or with the default one: Twilio has signed either."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return [url]
    scheme, host, rest = parts.groups()
    bare = _PORT.sub("", host)
    return [url, f"{scheme}{bare}{'' if bare != host else _DEFAULT_PORTS[scheme]}{rest}"]


def _form(body: bytes) -> list[tuple[str, str]]:
    """The fields, decoded byte by byte. Parsing comes before the signature is known, so it must be cheap."""
    try:
        return parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise BadSignature("twilio: a form of so many fields is not from there") from error
