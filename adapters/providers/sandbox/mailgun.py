"""Mailgun's messages and events, and the webhooks that follow an e-mail.

Shapes: documentation.mailgun.com/docs/mailgun/api-reference, .../user-manual/events/event-structure and
.../user-manual/receive-forward-store/receive-http.
"""

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from attrs import Factory, define, field
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.common.mail import address_of
from adapters.providers.mailgun.callbacks import signature_of
from adapters.providers.mailgun.vendor import MailgunSettings
from adapters.providers.sandbox.board import Board
from adapters.providers.sandbox.callbacks import Delivery
from adapters.providers.sandbox.draws import hex_digits
from adapters.providers.sandbox.list_headers import fault_in
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.telling import Telling
from adapters.providers.sandbox.vendor import Account, SandboxVendor, Site
from adapters.providers.sandbox.wire import has_basic
from application.environment import read_group, require

Mail = Mapping[str, str]
Event = dict[str, Any]

_EVENTS: Mapping[str, Event] = {
    "processed": {"event": "accepted"},
    "delivered": {"event": "delivered", "delivery-status": {"code": 250, "message": "OK"}},
    "open": {"event": "opened", "client-info": {"client-type": "browser", "bot": ""}},
    "click": {"event": "clicked", "client-info": {"client-type": "browser", "bot": ""}},
    "unsubscribe": {"event": "unsubscribed"},
    "spamreport": {"event": "complained"},
    "bounce": {
        "event": "failed",
        "severity": "permanent",
        "reason": "bounce",
        "delivery-status": {"code": 550, "bounce-type": "hard", "message": "no such mailbox"},
    },
    "dropped": {
        "event": "failed",
        "severity": "permanent",
        "reason": "suppress-unsubscribe",
        "delivery-status": {"code": 606, "message": "Not delivering to unsubscribed address"},
    },
}
"""What people do, and the event that tells of it."""


@define
class _Domain:
    """One domain at Mailgun.

    Args:
        account: its settings, as our side has them.
        log: its events, newest first.
    """

    account: MailgunSettings
    log: list[Event] = field(default=Factory(list), init=False)

    def refusal(self, request: Request, domain: str) -> Response | None:
        """The answer to somebody who may not come in here."""
        if not has_basic(request, "api", self.account.api_key):
            return PlainTextResponse("Forbidden", status_code=401)
        return None if domain == self.account.domain else error(404, f"Domain not found: {domain}")

    def events_of(self, message_id: str) -> Sequence[Event]:
        """What the log has about a message."""
        return [event for event in self.log if event["message"]["headers"]["message-id"] == message_id]


def _open_account(site: Site) -> Account:
    group = "DRUMBEAT_MAILGUN_"
    return Account(
        {
            f"{group}API_KEY": f"key-{secrets.token_hex(16)}",
            f"{group}DOMAIN": "mg.example.com",
            f"{group}SENDER": "reminders@mg.example.com",
            f"{group}REPLY_TO": "answers@mg.example.com",
            f"{group}SIGNING_KEY": secrets.token_hex(16),
            f"{group}BASE_URL": site.sandbox_url,
        }
    )


def _mount(app: FastAPI, environ: Mapping[str, str]) -> None:
    account = read_group(MailgunSettings, "mailgun", environ)
    require(account, "mailgun", "api_key", "domain", "signing_key")
    ours = _Domain(account)

    @app.post("/v3/{domain}/messages")
    async def send(board: Board, request: Request, domain: str) -> Response:
        return ours.refusal(request, domain) or await _send(board, ours, request)

    @app.get("/v3/{domain}/events")
    async def events(request: Request, domain: str) -> Response:
        found = ours.events_of(request.query_params.get("message-id", ""))
        return ours.refusal(request, domain) or JSONResponse({"items": found, "paging": {}})

    @app.get("/v4/domains/{domain}")
    async def described(request: Request, domain: str) -> Response:
        told = {"name": domain, "state": "active", "type": "custom"}
        return ours.refusal(request, domain) or JSONResponse({"domain": told})


SANDBOX = SandboxVendor(_open_account, _mount)


async def _send(board: Switchboard, domain: _Domain, request: Request) -> Response:
    """Take an e-mail, or answer as Mailgun does where it cannot be taken."""
    async with request.form() as form:
        mail = {name: value for name, value in form.items() if isinstance(value, str)}
    fault = _fault_in(mail)
    if fault is not None:
        return error(400, fault)
    address, attempt = mail["to"], mail.get(f"v:{ATTEMPT}")
    refused = board.refusal(attempt, address, "email")
    if refused is not None:
        return error(refused, "Too many requests" if refused == 429 else "Try again later")
    own_id = mail.get("h:Message-Id", "").strip("<>")
    ref = board.accept(
        "mailgun",
        attempt,
        "email",
        lambda digits: own_id or f"{digits}@{domain.account.domain}",
        _headers(mail),
    )
    domain.log.insert(0, _event(board, mail, ref, "processed"))
    board.follow(lambda told: _deliveries(board, domain.account, mail, ref, told), attempt, address, "email")
    failed = board.failure(attempt, address, "email")
    if failed is not None:
        return error(failed, "Internal Server Error")
    await board.hold(request, address, "email")
    return JSONResponse({"id": f"<{ref}>", "message": "Queued. Thank you."})


def error(status: int, message: str) -> JSONResponse:
    """An error in Mailgun's shape; a 429 asks for one second."""
    headers = {"Retry-After": "1"} if status == 429 else None
    return JSONResponse({"message": message}, status_code=status, headers=headers)


def _fault_in(mail: Mail) -> str | None:
    """What Mailgun would say against the first field that it does not take."""
    for name in ("from", "to"):
        if not mail.get(name):
            return f"{name} parameter is missing"
        if address_of(mail[name]) is None:
            return f"{name} parameter is not a valid address. please check documentation"
    if not mail.get("text") and not mail.get("html"):
        return "Need at least one of 'text', 'html', 'amp-html' or 'template' parameters specified"
    return fault_in(_headers(mail))


def _headers(mail: Mail) -> dict[str, str]:
    return {name[2:]: value for name, value in mail.items() if name.startswith("h:")}


def _deliveries(
    board: Switchboard, account: MailgunSettings, mail: Mail, ref: str, told: Telling
) -> Sequence[Delivery]:
    """Everything that Mailgun will call back about one e-mail."""
    if told.attempt is not None:
        mail = {**mail, f"v:{ATTEMPT}": told.attempt}
    deliveries = []
    for nth, happened in enumerate(told.reaction):
        word, _, detail = happened.partition(":")
        signature = _signature(told.secret(account.signing_key))
        if word == "reply":
            name, body = "inbound", urlencode(_reply(mail, ref, detail) | signature).encode()
            content_type = "application/x-www-form-urlencoded"
        else:
            event = _event(board, mail, ref, word)
            name, body = event["event"], json.dumps({"signature": signature, "event-data": event}).encode()
            content_type = "application/json"
        deliveries.append(
            Delivery(
                provider="mailgun",
                events=[name],
                url=f"{board.settings.callback_base_url.rstrip('/')}/webhooks/mailgun",
                headers={"Content-Type": content_type, "User-Agent": "mailgun/treq-23.11.0"},
                body=body,
                delay=board.delay(mail["to"], "email", nth),
            )
        )
    return deliveries


def _signature(signing_key: str) -> dict[str, str]:
    timestamp, token = str(int(time.time())), secrets.token_hex(25)
    return {"timestamp": timestamp, "token": token, "signature": signature_of(signing_key, timestamp, token)}


def _event(board: Switchboard, mail: Mail, ref: str, word: str) -> Event:
    variables = {name[2:]: value for name, value in mail.items() if name.startswith("v:")}
    headers = {"to": mail["to"], "message-id": ref, "from": mail["from"], "subject": mail.get("subject", "")}
    return {
        "id": hex_digits(board.settings.seed, ref, word)[:22],
        "timestamp": time.time(),
        "recipient": mail["to"],
        "user-variables": variables,
        "message": {"headers": headers, "attachments": [], "size": 512},
        "flags": {"is-routed": False, "is-test-mode": False},
        **_EVENTS[word],
    }


def _reply(mail: Mail, ref: str, text: str) -> dict[str, str]:
    """The e-mail that somebody writes back, as a route forwards it."""
    headers = [["In-Reply-To", f"<{ref}>"], ["Message-Id", f"<reply.{ref}>"]]
    return {
        "recipient": mail.get("h:Reply-To") or mail["from"],
        "sender": mail["to"],
        "from": mail["to"],
        "subject": f"Re: {mail.get('subject', '')}",
        "body-plain": f"{text}\r\n\r\nOn Sunday, {mail['from']} wrote:\r\n> {mail.get('text', '')}\r\n",
        "stripped-text": text,
        "message-headers": json.dumps(headers),
    }
