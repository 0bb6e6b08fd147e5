"""Postmark's e-mail API with its search, and the webhooks that follow an e-mail.

Shapes: postmarkapp.com/developer/api/email-api, .../api/messages-api and .../webhooks/webhooks-overview.
"""

import base64
import json
import secrets
import uuid
from collections.abc import Mapping, Sequence

from attrs import Factory, define, field
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.common.mail import address_of
from adapters.providers.postmark.vendor import PostmarkSettings
from adapters.providers.sandbox.board import Board
from adapters.providers.sandbox.callbacks import Delivery
from adapters.providers.sandbox.list_headers import fault_in
from adapters.providers.sandbox.postmark_records import Record, now, record_of, reply_of, sent_headers
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.telling import Telling
from adapters.providers.sandbox.vendor import Account, SandboxVendor, Site
from adapters.providers.sandbox.wire import read_json
from application.environment import read_group, require

_CODES = {429: 429, 500: 500, 503: 100}


@define
class _Server:
    """One server at Postmark.

    Args:
        account: its settings, as our side has them.
        taken: what its search finds, newest first.
    """

    account: PostmarkSettings
    taken: list[Record] = field(default=Factory(list), init=False)

    def knows(self, request: Request) -> bool:
        """Whether the request carries the server's token."""
        return secrets.compare_digest(
            request.headers.get("x-postmark-server-token", "").encode(), self.account.server_token.encode()
        )

    def found(self, query: Mapping[str, str]) -> Sequence[Record]:
        """The messages that a search is for."""
        wanted = {
            name.removeprefix("metadata_"): v for name, v in query.items() if name.startswith("metadata_")
        }
        stream = query.get("messagestream", "outbound")
        return [
            taken
            for taken in self.taken
            if taken["MessageStream"] == stream and wanted.items() <= taken["Metadata"].items()
        ]


def _open_account(site: Site) -> Account:
    group = "DRUMBEAT_POSTMARK_"
    return Account(
        {
            f"{group}SERVER_TOKEN": str(uuid.uuid4()),
            f"{group}SENDER": "reminders@example.com",
            f"{group}REPLY_TO": "answers@inbound.example.com",
            f"{group}WEBHOOK_CREDENTIALS": f"postmark:{secrets.token_hex(16)}",
            f"{group}BASE_URL": site.sandbox_url,
        }
    )


def _mount(app: FastAPI, environ: Mapping[str, str]) -> None:
    account = read_group(PostmarkSettings, "postmark", environ)
    require(account, "postmark", "server_token", "webhook_credentials")
    server = _Server(account)

    @app.post("/email")
    async def send(board: Board, request: Request) -> JSONResponse:
        return await _send(board, server, request) if server.knows(request) else _stranger()

    @app.get("/messages/outbound")
    async def search(request: Request) -> JSONResponse:
        if not server.knows(request):
            return _stranger()
        if not {"count", "offset"} <= request.query_params.keys():
            return error(422, 600, "Parameters count and offset are required")
        found = server.found(request.query_params)
        return JSONResponse({"TotalCount": len(found), "Messages": found})

    @app.get("/server")
    async def described(request: Request) -> JSONResponse:
        if not server.knows(request):
            return _stranger()
        return JSONResponse({"ID": 1, "Name": "Sandbox", "DeliveryType": "Live"})


SANDBOX = SandboxVendor(_open_account, _mount)


async def _send(board: Switchboard, server: _Server, request: Request) -> JSONResponse:
    """Take an e-mail, or answer as Postmark does where it cannot be taken."""
    mail = await read_json(request)
    if mail is None:
        return error(422, 402, "Received invalid JSON input")
    fault = _fault_in(mail)
    if fault is not None:
        return error(422, 300, fault)
    address, attempt = mail["To"], mail.get("Metadata", {}).get(ATTEMPT)
    refused = board.refusal(attempt, address, "email")
    if refused is not None:
        return error(refused, _CODES[refused], "Try again later")
    if any(word.startswith("dropped:") for word in board.reaction(attempt, address, "email")):
        return error(422, 406, f"You tried to send to an inactive recipient: {address}")
    ref = board.accept(
        "postmark", attempt, "email", lambda digits: str(uuid.UUID(hex=digits)), sent_headers(mail)
    )
    server.taken.insert(0, _taken(mail, ref))
    board.follow(lambda told: _deliveries(board, server.account, mail, ref, told), attempt, address, "email")
    failed = board.failure(attempt, address, "email")
    if failed is not None:
        return error(failed, _CODES[failed], "Internal server error")
    await board.hold(request, address, "email")
    return JSONResponse(
        {"To": address, "SubmittedAt": now(), "MessageID": ref, "ErrorCode": 0, "Message": "OK"}
    )


def error(status: int, code: int, message: str) -> JSONResponse:
    """An error in Postmark's shape; a 429 asks for one second."""
    headers = {"Retry-After": "1"} if status == 429 else None
    return JSONResponse({"ErrorCode": code, "Message": message}, status_code=status, headers=headers)


def _stranger() -> JSONResponse:
    return error(401, 10, "The Server Token you provided in the X-Postmark-Server-Token header is invalid.")


def _fault_in(mail: Record) -> str | None:
    """What Postmark would say against the first field that it does not take."""
    if not isinstance(mail.get("From"), str) or address_of(mail["From"]) is None:
        return "Invalid 'From' address"
    if not isinstance(mail.get("To"), str) or address_of(mail["To"]) is None:
        return "Invalid 'To' address"
    if not mail.get("TextBody") and not mail.get("HtmlBody"):
        return "Provide either email TextBody or HtmlBody or both."
    metadata = mail.get("Metadata", {})
    if not isinstance(metadata, dict) or not all(
        len(key) <= 20 and isinstance(value, str) and len(value) <= 80 for key, value in metadata.items()
    ):
        return "Metadata has names of up to 20 and values of up to 80 characters"
    return fault_in(sent_headers(mail))


def _taken(mail: Record, ref: str) -> Record:
    return {
        "MessageID": ref,
        "MessageStream": mail.get("MessageStream", "outbound"),
        "To": [{"Email": mail["To"], "Name": None}],
        "Recipients": [mail["To"]],
        "ReceivedAt": now(),
        "From": mail["From"],
        "Subject": mail.get("Subject", ""),
        "Status": "Sent",
        "Metadata": mail.get("Metadata", {}),
    }


def _deliveries(
    board: Switchboard, account: PostmarkSettings, mail: Record, ref: str, told: Telling
) -> Sequence[Delivery]:
    """Everything that Postmark will call back about one e-mail."""
    if told.attempt is not None:
        mail = {**mail, "Metadata": {**mail.get("Metadata", {}), ATTEMPT: told.attempt}}
    url = f"{board.settings.callback_base_url.rstrip('/')}/webhooks/postmark"
    credentials = base64.b64encode(told.secret(account.webhook_credentials).encode()).decode()
    deliveries = []
    for nth, event in enumerate(told.reaction):
        word, _, detail = event.partition(":")
        record = (
            reply_of(board.settings.seed, mail, ref, detail)
            if word == "reply"
            else record_of(mail, ref, word)
        )
        if record is not None:
            deliveries.append(
                Delivery(
                    provider="postmark",
                    events=[record.get("RecordType", "Inbound")],
                    url=url,
                    headers={
                        "Authorization": f"Basic {credentials}",
                        "Content-Type": "application/json",
                        "User-Agent": "Postmark",
                    },
                    body=json.dumps(record).encode(),
                    delay=board.delay(mail["To"], "email", nth),
                )
            )
    return deliveries
