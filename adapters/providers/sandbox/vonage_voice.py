"""Vonage's Voice API: calls, and the list of them.

Shapes: developer.vonage.com/en/api/voice and .../api-errors.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.providers.common.correlation import ATTEMPT, query_value
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.vonage_books import Books, problem, span
from adapters.providers.sandbox.vonage_callbacks import Call, call_deliveries
from adapters.providers.sandbox.vonage_sms import NUMBER
from adapters.providers.sandbox.wire import read_json

_ACTIONS = frozenset({"talk", "input", "stream", "record", "connect", "conversation", "notify"})


async def call(board: Switchboard, books: Books, request: Request) -> JSONResponse:
    """Make a call, or answer as Vonage does where it cannot be made."""
    order = await read_json(request) or {}
    if not _is_call(order):
        return problem(400, "bad-request", "Bad Request")
    url = order["event_url"][0]
    attempt, address = query_value(url, ATTEMPT), f"+{order['to'][0]['number']}"
    refused = board.refusal(attempt, address, "voice")
    if refused is not None:
        return problem(refused, "throttled" if refused == 429 else "unavailable", "Try again later")
    ref = board.accept("vonage", attempt, "voice", lambda digits: str(uuid.UUID(hex=digits)))
    made = Call(ref, attempt, order)
    books.calls.append(
        {
            "uuid": ref,
            "conversation_uuid": made.conversation,
            "status": "started",
            "direction": "outbound",
            "to": order["to"][0],
            "from": order["from"],
            "at": datetime.now(UTC),
        }
    )
    board.follow(lambda told: call_deliveries(board, books.account, made, told), attempt, address, "voice")
    failed = board.failure(attempt, address, "voice")
    if failed is not None:
        return problem(failed, "internal", "Internal Server Error")
    await board.hold(request, address, "voice")
    answer = {"uuid": ref, "status": "started", "direction": "outbound"}
    return JSONResponse({**answer, "conversation_uuid": made.conversation}, 201)


def _is_call(order: Mapping[str, Any]) -> bool:
    """Whether a request has all that a call needs, in its right shape."""
    try:
        ends = [*order["to"], order["from"]]
        [url] = order["event_url"]
        actions = [action["action"] for action in order["ncco"]]
        numbered = all(end["type"] == "phone" and NUMBER.fullmatch(end["number"]) for end in ends)
    except (KeyError, TypeError, ValueError):
        return False
    return numbered and len(ends) == 2 and isinstance(url, str) and bool(actions) and {*actions} <= _ACTIONS


def listed(books: Books, request: Request) -> JSONResponse:
    """Answer with a page of the calls of a time."""
    query = request.query_params
    asked = span(query)
    size, index = int(query.get("page_size", "10")), int(query.get("record_index", "0"))
    found = [
        {name: value for name, value in call.items() if name != "at"}
        for call in books.calls
        if asked is None or asked[0] <= call["at"] <= asked[1]
    ]
    page = {"count": len(found), "page_size": size, "record_index": index}
    return JSONResponse({**page, "_embedded": {"calls": found[index : index + size]}})
