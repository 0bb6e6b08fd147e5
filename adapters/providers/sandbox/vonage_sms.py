"""Vonage's SMS API and the records of its Reports API.

Shapes: developer.vonage.com/en/api/sms, .../reports and .../api-errors/sms.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.vonage_books import Books, problem, span
from adapters.providers.sandbox.vonage_callbacks import Text, text_deliveries
from adapters.providers.sandbox.wire import read_form
from adapters.providers.vonage.vendor import VonageSettings

NUMBER = re.compile(r"[1-9][0-9]{6,14}")
_PARTS = {"text": (160, 153), "unicode": (70, 67)}
"""Characters in a single SMS of each type, and in a part of a longer one."""

_LONGEST_QUESTION = 86_400


async def send(board: Switchboard, books: Books, request: Request) -> JSONResponse:
    """Take an SMS, or answer as Vonage does where it cannot be taken: mostly with 200."""
    fields = dict(await read_form(request))
    account = books.account
    if (fields.get("api_key"), fields.get("api_secret")) != (account.api_key, account.api_secret):
        return _result("4", "Bad Credentials")
    fault = _fault_in(fields)
    if fault is not None:
        return _result(*fault)
    address, attempt = f"+{fields['to']}", fields.get("client-ref")
    refused = board.refusal(attempt, address, "sms")
    if refused == 429:
        return _result("1", "Throughput Rate Exceeded - please wait [ 1000 ] and retry")
    if refused is not None:
        return problem(refused, "unavailable", "Service Unavailable")
    text = _taken(board, fields, attempt)
    books.texts.extend(_records(account, fields, text))
    board.follow(lambda told: text_deliveries(board, account, text, told), attempt, address, "sms")
    failed = board.failure(attempt, address, "sms")
    if failed is not None:
        return problem(failed, "internal", "Internal Server Error")
    await board.hold(request, address, "sms")
    parts = [
        {
            "to": fields["to"],
            "message-id": ref,
            "status": "0",
            "remaining-balance": "15.53590000",
            "message-price": "0.03330000",
            "network": "12345",
        }
        for ref in text.refs
    ]
    return JSONResponse({"message-count": str(len(parts)), "messages": parts})


def _taken(board: Switchboard, fields: Mapping[str, str], attempt: str | None) -> Text:
    """Take it, under one id for each part."""
    single, part = _PARTS[fields.get("type", "text")]
    length = len(fields["text"])
    count = 1 if length <= single else -(-length // part)
    ref = board.accept("vonage", attempt, "sms", lambda digits: digits[:16].upper())
    default = f"{board.settings.callback_base_url.rstrip('/')}/webhooks/vonage"
    return Text(
        refs=[ref, *(f"{ref[:-2]}{nth:02X}" for nth in range(1, count))],
        attempt=attempt,
        to=fields["to"],
        sender=fields["from"],
        callback_url=fields.get("callback", default),
        inbound_url=default,
    )


def _result(status: str, text: str) -> JSONResponse:
    """An SMS that was not taken, in the SMS API's shape; one that is throttled asks for one second."""
    body = {"message-count": "1", "messages": [{"status": status, "error-text": text}]}
    return JSONResponse(body, headers={"Retry-After": "1"} if status == "1" else None)


def _fault_in(fields: Mapping[str, str]) -> tuple[str, str] | None:
    """The status and the words by which a faulty SMS is refused."""
    missing = [name for name in ("from", "to", "text") if not fields.get(name)]
    if missing:
        return "2", f"Missing {missing[0]} param"
    if not NUMBER.fullmatch(fields["to"]):
        return "3", "Invalid value for param: to"
    if fields.get("type", "text") not in _PARTS:
        return "3", "Invalid value for param: type"
    if len(fields.get("client-ref", "")) > 100:
        return "3", "Invalid value for param: client-ref"
    if len(fields.get("callback", "")) > 100:
        return "23", "Invalid callback url"
    return None


def _records(account: VonageSettings, fields: Mapping[str, str], text: Text) -> Sequence[Mapping[str, str]]:
    common = {
        "account_id": account.api_key,
        "client_ref": fields.get("client-ref", ""),
        "direction": "outbound",
        "from": fields["from"],
        "to": fields["to"],
        "date_received": datetime.now(UTC).isoformat(timespec="seconds"),
        "status": "submitted",
    }
    return [{"message_id": ref, **common} for ref in text.refs]


def reported(books: Books, request: Request) -> JSONResponse:
    """Answer with the records of at most a day that fit."""
    query = request.query_params
    asked = span(query)
    if (
        query.get("product") != "SMS"
        or asked is None
        or (asked[1] - asked[0]).total_seconds() > _LONGEST_QUESTION
    ):
        return problem(422, "invalid-filter", "Unprocessable entity")
    found = [
        record
        for record in books.texts
        if asked[0] <= datetime.fromisoformat(record["date_received"]) < asked[1]
        and all(query.get(name, record[name]) == record[name] for name in ("to", "from", "client_ref"))
    ]
    head = {"request_id": str(uuid.uuid4()), "request_status": "SUCCESS", "product": "SMS"}
    return JSONResponse({**head, "items_count": len(found), "records": found})
