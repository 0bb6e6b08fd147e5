"""PagerDuty's Events API, and its V3 webhooks (see `adapters.providers.pagerduty` for the pages)."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.providers.pagerduty.callbacks import signature
from adapters.providers.pagerduty.vendor import PagerDutySettings
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
from adapters.providers.sandbox.wire import read_json
from application.environment import read_group, require

_SEVERITIES = ("critical", "error", "warning", "info")
_TYPES = {Deed.RESOLVE: "resolved", Deed.REASSIGN: "reassigned"}


def _open_account(site: Site) -> Account:
    group = "DRUMBEAT_PAGERDUTY_"
    return Account(
        {
            f"{group}ROUTING_KEY": secrets.token_hex(16),
            f"{group}BASE_URL": site.sandbox_url,
            f"{group}WEBHOOK_SECRET": secrets.token_hex(32),
        }
    )


def _mount(app: FastAPI, environ: Mapping[str, str]) -> None:
    account = read_group(PagerDutySettings, "pagerduty", environ)
    require(account, "pagerduty", "routing_key", "webhook_secret")
    cases = cases_of(app)

    @app.post("/v2/enqueue")
    async def enqueue(board: Board, request: Request) -> JSONResponse:
        return await _enqueue(board, cases, account, request)


SANDBOX = SandboxVendor(_open_account, _mount)


async def _enqueue(
    board: Switchboard, cases: Cases, account: PagerDutySettings, request: Request
) -> JSONResponse:
    event = await read_json(request) or {}
    fault = _fault_in(event, account)
    if fault is not None:
        return error(400, fault)
    key = event.get("dedup_key")
    case = Case(
        "pagerduty",
        correlation(key),
        lambda digits: key if isinstance(key, str) else digits,
        lambda ref: _tell(board, account, ref),
        honours_key=True,
    )
    taken = await cases.take(board, request, case)
    if taken.status is not None:
        return error(taken.status, "Try again later")
    body = {"status": "success", "message": "Event processed", "dedup_key": taken.ref}
    return JSONResponse(body, status_code=202)


def error(status: int, message: str) -> JSONResponse:
    """An error in PagerDuty's shape."""
    body = {"status": "invalid event", "message": "Event object is invalid", "errors": [message]}
    return JSONResponse(body, status_code=status, headers=waiting(status))


def _fault_in(event: Mapping[str, Any], account: PagerDutySettings) -> str | None:
    if event.get("routing_key") != account.routing_key:
        return "Invalid routing key"
    if event.get("event_action") != "trigger":
        return "'event_action' is missing or is invalid"
    payload = event.get("payload")
    if not isinstance(payload, dict) or payload.get("severity") not in _SEVERITIES:
        return "'payload.severity' is missing or is invalid"
    summary = payload.get("summary")
    if not isinstance(summary, str) or not 0 < len(summary) <= 1024 or not payload.get("source"):
        return "'payload.summary' or 'payload.source' is missing or is too long"
    return None


def _tell(board: Switchboard, account: PagerDutySettings, key: str) -> Tell:
    def tell(press: Press) -> Delivery:
        event = {
            "id": f"01{press.event[:24].upper()}",
            "event_type": f"incident.{_TYPES[press.deed]}",
            "resource_type": "incident",
            "occurred_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "agent": {"id": press.by or "PXPGF42", "type": "user_reference"},
            "client": None,
            "data": {
                "id": f"P{press.event[:6].upper()}",
                "type": "incident",
                "status": "resolved" if press.deed is Deed.RESOLVE else "triggered",
                "incident_key": key,
                "assignees": [{"id": press.to or "PTUXL6G", "type": "user_reference"}],
            },
        }
        body = json.dumps({"event": event}).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "PagerDuty-Webhook/V3.0",
            "X-PagerDuty-Signature": signature(account.webhook_secret, body),
            "X-Webhook-Id": press.event,
        }
        delay = board.delay(key, press.event)
        return Delivery("pagerduty", [press.deed], callback_url(board, "pagerduty"), headers, body, delay)

    return tell
