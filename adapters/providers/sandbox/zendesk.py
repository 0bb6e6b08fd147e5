"""Zendesk's tickets, and its event webhooks (see `adapters.providers.zendesk` for the pages)."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.providers.sandbox.board import Board
from adapters.providers.sandbox.callbacks import Delivery
from adapters.providers.sandbox.cases import (
    Case,
    Cases,
    Deed,
    Press,
    Tell,
    callback_url,
    cases_of,
    correlation,
    waiting,
)
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.vendor import Account, SandboxVendor, Site
from adapters.providers.sandbox.wire import has_basic, has_bearer, read_json
from adapters.providers.zendesk.callbacks import signature
from adapters.providers.zendesk.vendor import ZendeskSettings
from application.environment import read_group, require

AGENT = "900000000001"


def _open_account(site: Site) -> Account:
    group = "DRUMBEAT_ZENDESK_"
    return Account(
        {
            f"{group}BASE_URL": site.sandbox_url,
            f"{group}EMAIL": "agent@example.com",
            f"{group}TOKEN": secrets.token_urlsafe(30),
            f"{group}WEBHOOK_SECRET": secrets.token_urlsafe(32),
        }
    )


def _mount(app: FastAPI, environ: Mapping[str, str]) -> None:
    account = read_group(ZendeskSettings, "zendesk", environ)
    require(account, "zendesk", "token", "webhook_secret")
    cases = cases_of(app)

    @app.get("/api/v2/users/me")
    async def who(request: Request) -> JSONResponse:
        agent = {"id": int(AGENT), "role": "agent"}
        stranger = {"id": None, "role": "end-user", "email": "invalid@example.com"}
        return JSONResponse({"user": agent if _allowed(request, account) else stranger})

    @app.get("/api/v2/tickets")
    async def find(request: Request, external_id: str) -> JSONResponse:
        if not _allowed(request, account):
            return error(401, "Couldn't authenticate you")
        ref = cases.found("zendesk", correlation(external_id))
        tickets = [] if ref is None else [{"id": int(ref), "external_id": external_id, "status": "open"}]
        return JSONResponse({"tickets": tickets, "count": len(tickets), "next_page": None})

    @app.post("/api/v2/tickets")
    async def create(board: Board, request: Request) -> JSONResponse:
        if not _allowed(request, account):
            return error(401, "Couldn't authenticate you")
        return await _create(board, cases, account, request)


SANDBOX = SandboxVendor(_open_account, _mount)


async def _create(
    board: Switchboard, cases: Cases, account: ZendeskSettings, request: Request
) -> JSONResponse:
    ticket = (await read_json(request) or {}).get("ticket")
    comment = ticket.get("comment") if isinstance(ticket, dict) else None
    if not isinstance(ticket, dict) or not isinstance(comment, dict) or not comment.get("body"):
        return error(422, "RecordInvalid")
    external_id = ticket.get("external_id")
    case = Case(
        "zendesk",
        correlation(external_id),
        lambda digits: str(10**6 + int(digits[:8], 16)),
        lambda ref: _tell(board, account, ref, external_id),
        honours_key=request.headers.get("idempotency-key") == external_id,
    )
    taken = await cases.take(board, request, case)
    if taken.status is not None:
        return error(taken.status, "Try again later")
    body = {"ticket": {**ticket, "id": int(taken.ref), "status": "new"}}
    looked_up = {"x-idempotency-lookup": "hit" if taken.again else "miss"}
    return JSONResponse(body, status_code=201, headers=looked_up)


def error(status: int, message: str) -> JSONResponse:
    """An error in Zendesk's shape."""
    return JSONResponse({"error": message}, status_code=status, headers=waiting(status))


def _allowed(request: Request, account: ZendeskSettings) -> bool:
    if account.email:
        return has_basic(request, f"{account.email}/token", account.token)
    return has_bearer(request, account.token)


def _tell(board: Switchboard, account: ZendeskSettings, ref: str, external_id: object) -> Tell:
    def tell(press: Press) -> Delivery:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        event: Mapping[str, Any] = {
            "type": f"zen:event-type:ticket.{_TYPES[press.deed]}",
            "account_id": 12514403,
            "id": f"01H{press.event[:23].upper()}",
            "time": now,
            "zendesk_event_version": "2022-11-06",
            "subject": f"zen:ticket:{ref}",
            "detail": {"id": ref, "external_id": external_id, "actor_id": press.by or AGENT},
            "event": _change(press),
        }
        body = json.dumps(event).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Zendesk Webhook",
            "X-Zendesk-Webhook-Signature": signature(account.webhook_secret, now, body),
            "X-Zendesk-Webhook-Signature-Timestamp": now,
        }
        delay = board.delay(ref, press.event)
        return Delivery("zendesk", [press.deed], callback_url(board, "zendesk"), headers, body, delay)

    return tell


_TYPES = {Deed.RESOLVE: "status_changed", Deed.REASSIGN: "agent_assignment_changed"}


def _change(press: Press) -> Mapping[str, str]:
    if press.deed is Deed.RESOLVE:
        return {"current": "SOLVED", "previous": "OPEN"}
    return {"current": press.to or "900000000002", "previous": AGENT}
