"""What Vonage tells of calls: their progress, who has picked up, and the keys that were pressed.

While Vonage listens for machines, ``answered`` and ``completed`` are no more than ``sent``: who has picked up
is told by an event of its own, ``human`` or ``machine``. Vonage says that it always sends that
(developer.vonage.com, "Voicemail Detection"). It does not say that it arrives before ``completed``, whose
duration a machine has too. So a voicemail is never taken for an answer. The price: a call that ends before
the finding, or whose finding is lost, has no good end, and the plan waits for as long as it waits for an
answer.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen

from adapters.providers.common.menu import meaning
from adapters.providers.common.untrusted import identifier
from adapters.providers.vonage.correlation import CallNote, event_url
from adapters.providers.vonage.ncco import Ncco, Speaker
from application.ports.callbacks import Answer, Reading, StatusReport
from domain.statuses import DeliveryStatus

_CALL: Mapping[str, DeliveryStatus] = {
    "started": DeliveryStatus.QUEUED,
    "ringing": DeliveryStatus.SENT,
    "answered": DeliveryStatus.ANSWERED,
    "human": DeliveryStatus.ANSWERED,
    "machine": DeliveryStatus.VOICEMAIL,
    "busy": DeliveryStatus.BUSY,
    "unanswered": DeliveryStatus.NO_ANSWER,
    "timeout": DeliveryStatus.NO_ANSWER,
    "rejected": DeliveryStatus.FAILED,
    "failed": DeliveryStatus.FAILED,
    "cancelled": DeliveryStatus.FAILED,
    "completed": DeliveryStatus.DELIVERED,
}
_NO_FINDING = frozenset({"answered", "completed"})
_WORD = re.compile(r"[a-z][a-z_]{0,39}")
_KEY = re.compile(r"[0-9*#]")


@frozen
class Heard:
    """One callback about a call.

    Args:
        fields: of a body whose signature is right.
        note: what we told ourselves about the call.
        nonce: for the reading.
        at: when it happened.
    """

    fields: Mapping[str, Any] = field(repr=False)
    note: CallNote
    nonce: str
    at: datetime

    def report(
        self, ref: str, event: str, status: DeliveryStatus, detail: str = "", pressed: str | None = None
    ) -> StatusReport:
        """The report of it."""
        return StatusReport(f"{ref}:{event}", status, self.at, self.note.attempt, ref, detail, pressed)


def read(heard: Heard, speaker: Speaker, base_url: str, secret: str) -> Reading:
    """Read one callback; one that tells nothing about a call of ours is an empty reading.

    Args:
        heard: it.
        speaker: what is said to somebody who has pressed a key.
        base_url: our public address.
        secret: seals the note of a menu that is said again.

    Raises:
        MalformedCallback: it lacks what it must have.
    """
    fields = heard.fields
    if "dtmf" in fields:
        return _pressed(heard, speaker, base_url, secret)
    told = fields.get("status")
    known = _CALL.get(told) if isinstance(told, str) else None
    if known is None or fields.get("direction") == "inbound":
        return Reading(nonce=heard.nonce)
    if told in _NO_FINDING and heard.note.detecting:
        # Something has picked up; whether it was a person an event of its own tells.
        known = DeliveryStatus.SENT
    # The events of machine detection name the call in their own way.
    ref = identifier(fields.get("uuid") or fields.get("call_uuid"), "uuid")
    detail = fields.get("detail")
    reason = detail if isinstance(detail, str) and _WORD.fullmatch(detail) else ""
    return Reading((heard.report(ref, str(told), known, reason),), nonce=heard.nonce)


def _pressed(heard: Heard, speaker: Speaker, base_url: str, secret: str) -> Reading:
    """A key, or the end of the time for it: what it means, and what is said to it."""
    ref = identifier(heard.fields.get("uuid"), "uuid")
    key = _key(heard.fields["dtmf"])
    keys = heard.note.keys
    status = meaning(key, keys)
    if status is not None:
        pressed = key if status is DeliveryStatus.REPLIED else None
        report = heard.report(ref, f"pressed-{key}", status, pressed=pressed)
        return Reading((report,), answer=_answer(speaker.reply(key, keys)), nonce=heard.nonce)
    if key and heard.note.attempt and not heard.note.again:
        again = event_url(base_url, evolve(heard.note, again=True), secret)
        return Reading(answer=_answer(speaker.ask(again, keys)), nonce=heard.nonce)
    return Reading(answer=_answer(speaker.reply(key, keys) if key else []), nonce=heard.nonce)


def _key(dtmf: object) -> str:
    """The key, from an object, or from a text as older applications get it; "" where none was pressed."""
    digits = dtmf.get("digits") if isinstance(dtmf, dict) else dtmf
    return digits if isinstance(digits, str) and _KEY.fullmatch(digits) else ""


def _answer(ncco: Ncco) -> Answer:
    return Answer(json.dumps(ncco), "application/json")
