"""Linear's GraphQL, as far as issues are created and asked for, and its webhooks.

See `adapters.providers.linear` for the pages. A duplicate id is refused with INPUT_ERROR and "conflict on
insert of Issue", which several who tried it report alike.
"""

import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.providers.linear.callbacks import signature
from adapters.providers.linear.vendor import LinearSettings
from adapters.providers.sandbox.board import Board
from adapters.providers.sandbox.callbacks import Delivery
from adapters.providers.sandbox.cases import Case, Cases, Deed, Press, Tell, callback_url, cases_of, waiting
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.vendor import Account, SandboxVendor, Site
from adapters.providers.sandbox.wire import read_json
from application.environment import read_group, require

_UUID_4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_KEY = re.compile(r"drumbeat_handoff:([^\s`]+)")
"""What a case is known by in the ledger; Linear itself knows it by its id alone."""

_RATE_LIMITED = 429
_VIEWER = "7a2c1d4e-0000-4000-8000-000000000009"


def _open_account(site: Site) -> Account:
    group = "DRUMBEAT_LINEAR_"
    return Account(
        {
            f"{group}API_KEY": f"lin_api_{secrets.token_hex(20)}",
            f"{group}TEAM": "9cfb482a-81e3-4154-b5b9-2c805e70a02d",
            f"{group}BASE_URL": site.sandbox_url,
            f"{group}WEBHOOK_SECRET": f"lin_wh_{secrets.token_hex(20)}",
        }
    )


def _mount(app: FastAPI, environ: Mapping[str, str]) -> None:
    account = read_group(LinearSettings, "linear", environ)
    require(account, "linear", "api_key", "team", "webhook_secret")
    cases = cases_of(app)

    @app.post("/graphql")
    async def graphql(board: Board, request: Request) -> JSONResponse:
        if request.headers.get("authorization") != account.api_key:
            return error("AUTHENTICATION_ERROR", "Authentication required, not authenticated", 401)
        asked = await read_json(request) or {}
        variables = asked.get("variables")
        if not isinstance(variables, dict) or not isinstance(asked.get("query"), str):
            return error("GRAPHQL_PARSE_FAILED", "Syntax Error", 400)
        if "issueCreate" in asked["query"]:
            return await _create(board, cases, account, request, variables.get("input"))
        if "viewer" in asked["query"]:
            return _who(account, variables.get("team"))
        id_ = variables.get("id")
        if not isinstance(id_, str) or not cases.has(id_):
            return error("INPUT_ERROR", "Entity not found: Issue")
        return JSONResponse({"data": {"issue": {"id": id_}}})


SANDBOX = SandboxVendor(_open_account, _mount)


def _who(account: LinearSettings, team: object) -> JSONResponse:
    if team != account.team:
        return error("INPUT_ERROR", "Entity not found: Team")
    return JSONResponse({"data": {"viewer": {"id": _VIEWER}, "team": {"id": team}}})


async def _create(
    board: Switchboard, cases: Cases, account: LinearSettings, request: Request, issue: object
) -> JSONResponse:
    if not isinstance(issue, dict) or issue.get("teamId") != account.team or not issue.get("title"):
        return error("INPUT_ERROR", "Argument Validation Error", 400)
    id_ = issue.get("id")
    if not isinstance(id_, str) or not _UUID_4.fullmatch(id_):
        return error("INPUT_ERROR", "Argument Validation Error", 400)
    description = str(issue.get("description", ""))
    named = _KEY.search(description)
    taken = await cases.take(
        board,
        request,
        Case(
            "linear",
            named.group(1) if named else None,
            lambda _digits: id_,
            lambda ref: _tell(board, account, ref, description),
            honours_key=True,
        ),
    )
    if taken.status == _RATE_LIMITED:
        return error("RATELIMITED", "Rate limit exceeded", 400, **waiting(_RATE_LIMITED))
    if taken.status is not None:
        return error("INTERNAL_SERVER_ERROR", "Internal server error", taken.status)
    if taken.again:
        return error("INPUT_ERROR", "conflict on insert of Issue")
    return JSONResponse({"data": {"issueCreate": {"success": True, "issue": {"id": id_}}}})


def error(code: str, message: str, status: int = 200, **headers: str) -> JSONResponse:
    """An error in Linear's shape, mostly with HTTP 200."""
    fault = {"message": message, "extensions": {"code": code, "userError": True}}
    return JSONResponse({"errors": [fault], "data": None}, status_code=status, headers=headers)


def _tell(board: Switchboard, account: LinearSettings, ref: str, description: str) -> Tell:
    def tell(press: Press) -> Delivery:
        now = datetime.now(UTC)
        resolving = press.deed is Deed.RESOLVE
        data: dict[str, Any] = {
            "id": ref,
            "description": description,
            "updatedAt": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "state": {"type": "completed" if resolving else "started"},
            "assigneeId": press.to or "7a2c1d4e-0000-4000-8000-000000000002",
        }
        event = {
            "action": "update",
            "type": "Issue",
            "actor": {"id": press.by or "7a2c1d4e-0000-4000-8000-000000000001", "type": "user"},
            "createdAt": data["updatedAt"],
            "data": data,
            "updatedFrom": {"stateId": "started"} if resolving else {"assigneeId": None},
            "webhookTimestamp": int(now.timestamp() * 1000),
        }
        body = json.dumps(event).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Linear-Webhook",
            "Linear-Delivery": press.event,
            "Linear-Event": "Issue",
            "Linear-Signature": signature(account.webhook_secret, body),
        }
        delay = board.delay(ref, press.event)
        return Delivery("linear", [press.deed], callback_url(board, "linear"), headers, body, delay)

    return tell
