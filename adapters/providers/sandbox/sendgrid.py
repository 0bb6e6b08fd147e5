"""SendGrid's mail/send, and what follows an e-mail: event batches, and answers through its Inbound Parse.

Shapes: www.twilio.com/docs/sendgrid/api-reference/mail-send and .../for-developers/tracking-events/event.
"""

import base64
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.sandbox.board import Board
from adapters.providers.sandbox.callbacks import Delivery
from adapters.providers.sandbox.draws import hex_digits
from adapters.providers.sandbox.keys import new_key_pair, private_key, somebody_elses
from adapters.providers.sandbox.list_headers import fault_in
from adapters.providers.sandbox.sendgrid_inbound import content_type, parsed_email
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.telling import Kind, Telling
from adapters.providers.sandbox.vendor import Account, SandboxVendor, Site
from adapters.providers.sandbox.wire import has_bearer, read_json
from adapters.providers.sendgrid.signatures import signed_bytes
from adapters.providers.sendgrid.vendor import SendGridSettings
from application.environment import WrongSetting, read_group, require

PRIVATE_KEY = "DRUMBEAT_SANDBOX_SENDGRID_PRIVATE_KEY"
"""The key that signs event batches; base64 of PKCS #8 DER, see `keys.new_key_pair`."""

_RESERVED = frozenset(
    {
        "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding",
        "to", "from", "subject", "reply-to", "cc", "bcc",
    }
)  # fmt: skip


def _open_account(site: Site) -> Account:
    private, public = new_key_pair()
    group = "DRUMBEAT_SENDGRID_"
    ours = {
        f"{group}API_KEY": f"SG.{secrets.token_urlsafe(22)}",
        f"{group}SENDER": "reminders@example.com",
        f"{group}PUBLIC_KEY": public,
        f"{group}BASE_URL": site.sandbox_url,
    }
    return Account(ours, {PRIVATE_KEY: private})


def _mount(app: FastAPI, environ: Mapping[str, str]) -> None:
    account = read_group(SendGridSettings, "sendgrid", environ)
    require(account, "sendgrid", "api_key")
    try:
        key = private_key(environ.get(PRIVATE_KEY, ""))
    except ValueError:
        raise WrongSetting(f"{PRIVATE_KEY} is not a private key.") from None

    @app.post("/v3/mail/send")
    async def send(board: Board, request: Request) -> Response:
        if not has_bearer(request, account.api_key):
            return error(401, "The provided authorization grant is invalid, expired, or revoked", None)
        return await _send(board, key, request)

    @app.get("/v3/scopes")
    async def scopes(request: Request) -> Response:
        if not has_bearer(request, account.api_key):
            return error(401, "authorization required", None)
        return JSONResponse({"scopes": ["mail.send", "mail.batch.create"]})


SANDBOX = SandboxVendor(_open_account, _mount)


async def _send(board: Switchboard, key: ec.EllipticCurvePrivateKey, request: Request) -> Response:
    """Take an e-mail, or answer as SendGrid does where it cannot be taken."""
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
    ref = board.accept("sendgrid", attempt, "email", str, mail.get("headers"))
    board.follow(lambda told: _deliveries(board, key, ref, mail, told), attempt, address, "email")
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
    return _fault_in_headers(mail.get("headers", {})) if content else "content"


def _fault_in_headers(headers: object) -> str | None:
    """SendGrid keeps some headers for itself (.../api-reference/mail-send, "headers")."""
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        return "headers"
    reserved = not _RESERVED.isdisjoint(name.lower() for name in headers)
    return "headers" if reserved or fault_in(headers) is not None else None


def _deliveries(
    board: Switchboard, key: ec.EllipticCurvePrivateKey, ref: str, mail: Mapping[str, Any], told: Telling
) -> Sequence[Delivery]:
    """Everything that SendGrid will call back about one e-mail."""
    url = f"{board.settings.callback_base_url.rstrip('/')}/webhooks/sendgrid"
    person = mail["personalizations"][0]
    address, arguments = person["to"][0]["email"], person.get("custom_args", {})
    if told.attempt is not None:
        arguments = {**arguments, ATTEMPT: told.attempt}
    key = somebody_elses() if told.kind is Kind.FORGED else key
    deliveries = []
    for nth, batch in enumerate(_batches(told.reaction)):
        names = [word.partition(":")[0] for word in batch]
        delay = board.delay(address, "email", nth)
        if names == ["reply"]:
            boundary = hex_digits(ref)
            body = parsed_email(mail, ref, address, batch[0].partition(":")[2], boundary)
            deliveries.append(_delivery(key, url, names, body, delay, content_type(boundary)))
            continue
        events = [_event(board.settings.seed, ref, address, arguments, word) for word in batch]
        body = json.dumps(events, separators=(",", ":")).encode() + b"\r\n"
        deliveries.append(_delivery(key, url, names, body, delay))
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


def _delivery(
    key: ec.EllipticCurvePrivateKey,
    url: str,
    events: Sequence[str],
    body: bytes,
    delay: float,
    media_type: str = "application/json",
) -> Delivery:
    """A batch of events or an e-mail, signed over the time and the body."""
    timestamp = str(int(time.time()))
    signature = key.sign(signed_bytes(timestamp, body), ec.ECDSA(SHA256()))
    return Delivery(
        provider="sendgrid",
        events=events,
        url=url,
        headers={
            "Content-Type": media_type,
            "User-Agent": "SendGrid Event API",
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        },
        body=body,
        delay=delay,
    )
