"""SendGrid's mail/send, and the event batches that follow an e-mail.

Shapes: www.twilio.com/docs/sendgrid/api-reference/mail-send and .../for-developers/tracking-events/event.
"""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.sandbox.callbacks import Delivery, sendgrid_delivery
from adapters.providers.sandbox.draws import hex_digits
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.wire import has_bearer, read_json


async def send(board: Switchboard, key: ec.EllipticCurvePrivateKey, request: Request) -> Response:
    """Take an e-mail, or answer as SendGrid does where it cannot be taken."""
    if not has_bearer(request, board.settings.sendgrid_api_key):
        return error(401, "The provided authorization grant is invalid, expired, or revoked", None)
    mail = await read_json(request) or {}
    fault = _fault_in(mail)
    if fault is not None:
        return error(400, "Does not contain a valid value.", fault)
    person = mail["personalizations"][0]
    address, arguments = person["to"][0]["email"], person.get("custom_args", {})
    attempt = arguments.get(ATTEMPT)
    refused = board.refusal(attempt, address, "email")
    if refused is not None:
        return error(refused, "too many requests" if refused == 429 else "try again later", None)
    ref = board.accept(attempt, "email", str)
    board.follow(_deliveries(board, key, ref, address, arguments), address, "email")
    failed = board.failure(attempt, address, "email")
    if failed is not None:
        return error(failed, "internal server error", None)
    await board.hold(request, address, "email")
    return Response(status_code=202, headers={"X-Message-Id": ref})


def error(status: int, message: str, fault: str | None) -> JSONResponse:
    """An error in SendGrid's shape; a 429 asks for one second."""
    body = {"errors": [{"message": message, "field": fault, "help": None}]}
    return JSONResponse(body, status_code=status, headers={"Retry-After": "1"} if status == 429 else None)


def _fault_in(mail: Mapping[str, Any]) -> str | None:
    """The first field that SendGrid would refuse."""
    try:
        person = mail["personalizations"][0]
        address, arguments = person["to"][0]["email"], person.get("custom_args", {})
    except (KeyError, IndexError, TypeError):
        return "personalizations"
    if not isinstance(address, str) or "@" not in address:
        return "personalizations.0.to.0.email"
    if not isinstance(arguments, dict) or not all(isinstance(value, str) for value in arguments.values()):
        return "personalizations.0.custom_args"
    return _fault_in_message(mail)


def _fault_in_message(mail: Mapping[str, Any]) -> str | None:
    sender, content = mail.get("from"), mail.get("content")
    if not isinstance(sender, dict) or not sender.get("email"):
        return "from.email"
    if not mail.get("subject"):
        return "subject"
    if not isinstance(content, list) or not all(isinstance(p, dict) and p.get("value") for p in content):
        return "content"
    return None if content else "content"


def _deliveries(
    board: Switchboard, key: ec.EllipticCurvePrivateKey, ref: str, address: str, arguments: Mapping[str, str]
) -> Sequence[Delivery]:
    """Everything that SendGrid will call back about one e-mail."""
    url = f"{board.settings.callback_base_url.rstrip('/')}/webhooks/sendgrid"
    batches = _batches(board.reaction(arguments.get(ATTEMPT), address, "email"))
    deliveries = []
    for nth, batch in enumerate(batches):
        events = [_event(board.settings.seed, ref, address, arguments, word) for word in batch]
        body = json.dumps(events, separators=(",", ":")).encode() + b"\r\n"
        names = [word.partition(":")[0] for word in batch]
        deliveries.append(sendgrid_delivery(key, url, names, body, board.delay(address, "email", nth)))
    return deliveries


def _batches(reaction: Sequence[str]) -> Sequence[Sequence[str]]:
    """The first two events come together, the others as they happen."""
    return [reaction[:2], *([word] for word in reaction[2:])]


def _event(seed: str, ref: str, address: str, arguments: Mapping[str, str], word: str) -> Mapping[str, Any]:
    kind, _, detail = word.partition(":")
    event = {
        **arguments,
        "email": address,
        "timestamp": int(time.time()),
        "event": kind,
        "sg_event_id": hex_digits(seed, ref, kind),
        "sg_message_id": f"{ref}.filterdrecv-5f6d7b4c8-x2x5k-18-6650A1B2-9.0",
        "smtp-id": f"<{ref}@geopod-ismtpd-4>",
    }
    if kind == "bounce":
        return event | {"type": "bounce", "status": detail, "reason": f"550 {detail} no such mailbox"}
    return event | ({"reason": detail, "status": "5.0.0"} if kind == "dropped" else {})
