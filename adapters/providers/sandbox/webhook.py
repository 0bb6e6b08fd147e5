"""Some other desk, behind signed webhooks (Standard Webhooks): it checks ours and signs its own."""

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.providers.sandbox.board import Board
from adapters.providers.sandbox.callbacks import Delivery
from adapters.providers.sandbox.cases import Case, Cases, Deed, Press, Tell, callback_url, cases_of, waiting
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.vendor import Account, SandboxVendor, Site
from adapters.providers.sandbox.wire import read_json
from adapters.providers.webhook.vendor import WebhookSettings
from application.environment import read_group, require

_TYPES = {Deed.RESOLVE: "handoff.resolved", Deed.REASSIGN: "handoff.reassigned"}


def _open_account(site: Site) -> Account:
    secret = base64.b64encode(secrets.token_bytes(24)).decode()
    return Account(
        {
            "DRUMBEAT_WEBHOOK_URL": f"{site.sandbox_url}/desk/handoffs",
            "DRUMBEAT_WEBHOOK_SECRET": f"whsec_{secret}",
        }
    )


def _mount(app: FastAPI, environ: Mapping[str, str]) -> None:
    account = read_group(WebhookSettings, "webhook", environ)
    require(account, "webhook", "secret")
    signer = Webhook(account.secret)
    cases = cases_of(app)

    @app.post("/desk/handoffs")
    async def take(board: Board, request: Request) -> JSONResponse:
        try:
            signer.verify(await request.body(), dict(request.headers))
        except (WebhookVerificationError, ValueError):
            return JSONResponse({"error": "the signature is missing or wrong"}, status_code=401)
        return await _take(board, cases, signer, request)


SANDBOX = SandboxVendor(_open_account, _mount)


async def _take(board: Switchboard, cases: Cases, signer: Webhook, request: Request) -> JSONResponse:
    told = await read_json(request) or {}
    data = told.get("data")
    key = data.get("handoff") if isinstance(data, dict) else None
    if told.get("type") != "handoff.created" or not isinstance(key, str):
        return JSONResponse({"error": "a handoff is wanted"}, status_code=400)
    case = Case(
        "webhook",
        key,
        lambda digits: f"case-{digits[:12]}",
        lambda ref: _tell(board, signer, ref, key),
        honours_key=True,
    )
    taken = await cases.take(board, request, case)
    if taken.status is not None:
        return JSONResponse({}, status_code=taken.status, headers=waiting(taken.status))
    return JSONResponse({"ref": taken.ref})


def _tell(board: Switchboard, signer: Webhook, ref: str, key: str) -> Tell:
    def tell(press: Press) -> Delivery:
        now = datetime.now(UTC)
        event: dict[str, Any] = {"type": _TYPES[press.deed], "handoff": key, "by": press.by or "agent-1"}
        if press.deed is Deed.REASSIGN:
            event["to"] = press.to or "agent-2"
        body = json.dumps(event)
        message = f"msg_{press.event}"
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signer.sign(message, now, body),
        }
        delay = board.delay(ref, press.event)
        return Delivery(
            "webhook", [press.deed], callback_url(board, "webhook"), headers, body.encode(), delay
        )

    return tell
