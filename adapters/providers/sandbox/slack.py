"""Slack's messages, and what it calls back with when somebody uses their buttons.

Pages: docs.slack.dev/reference/methods/chat.postMessage, .../chat.update and .../reference/interaction-
payloads/block_actions-payload.
"""

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from attrs import field, frozen
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.providers.sandbox.board import Board
from adapters.providers.sandbox.callbacks import Delivery
from adapters.providers.sandbox.cases import Case, Cases, Deed, Press, Tell, callback_url, cases_of, waiting
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.vendor import Account, SandboxVendor, Site
from adapters.providers.sandbox.wire import has_bearer, read_json
from adapters.providers.slack.callbacks import signature
from adapters.providers.slack.message import HANDOFF
from adapters.providers.slack.vendor import SlackSettings
from application.environment import read_group, require

Message = Mapping[str, Any]

_ELEMENTS = {Deed.RESOLVE: "button", Deed.REASSIGN: "users_select"}
"""What a human uses for each deed."""


@frozen
class _Workspace:
    """The messages as people see them now, by ``channel:ts``."""

    account: SlackSettings
    cases: Cases
    messages: dict[str, Message] = field(factory=dict, repr=False)


def _open_account(site: Site) -> Account:
    return Account(
        {
            "DRUMBEAT_SLACK_TOKEN": f"xoxb-{secrets.token_hex(12)}",
            "DRUMBEAT_SLACK_CHANNEL": "C0000000001",
            "DRUMBEAT_SLACK_SIGNING_SECRET": secrets.token_hex(16),
            "DRUMBEAT_SLACK_BASE_URL": f"{site.sandbox_url}/api",
        }
    )


def _mount(app: FastAPI, environ: Mapping[str, str]) -> None:
    account = read_group(SlackSettings, "slack", environ)
    require(account, "slack", "token")
    workspace = _Workspace(account, cases_of(app))

    @app.post("/api/chat.postMessage")
    async def post_message(board: Board, request: Request) -> JSONResponse:
        if not has_bearer(request, account.token):
            return error("invalid_auth")
        return await _post_message(board, workspace, request)

    @app.post("/api/auth.test")
    async def whose(request: Request) -> JSONResponse:
        if not has_bearer(request, account.token):
            return error("invalid_auth")
        told = {"ok": True, "team_id": "T0000000001", "user_id": "U0000000009", "bot_id": "B0000000001"}
        return JSONResponse(told, headers={"X-OAuth-Scopes": "chat:write,users:read"})

    @app.post("/api/chat.update")
    async def update(request: Request) -> JSONResponse:
        if not has_bearer(request, account.token):
            return error("invalid_auth")
        return await _update(workspace, request)


SANDBOX = SandboxVendor(_open_account, _mount)


async def _post_message(board: Switchboard, workspace: _Workspace, request: Request) -> JSONResponse:
    """Take a message, or answer as Slack does where it cannot be taken: mostly with 200 and ``ok: false``."""
    message = await read_json(request)
    if message is None:
        return error("invalid_json")
    channel = message.get("channel")
    if not isinstance(channel, str) or not channel:
        return error("channel_not_found")
    if not message.get("text") and not message.get("blocks"):
        return error("no_text")
    if "thread_ts" in message:
        return _reply(workspace, channel, message)
    return await _take(board, workspace, request, channel, message)


async def _update(workspace: _Workspace, request: Request) -> JSONResponse:
    """Put another message in the place of one; what is not said again is gone."""
    message = await read_json(request)
    if message is None:
        return error("invalid_json")
    ref = f"{message.get('channel')}:{message.get('ts')}"
    if ref not in workspace.messages:
        return error("message_not_found")
    workspace.messages[ref] = message
    return JSONResponse({"ok": True, "channel": message["channel"], "ts": message["ts"]})


def error(code: str, status: int = 200) -> JSONResponse:
    """An error in Slack's shape; a 429 asks for one second."""
    return JSONResponse({"ok": False, "error": code}, status_code=status, headers=waiting(status))


def _reply(workspace: _Workspace, channel: str, message: Message) -> JSONResponse:
    if f"{channel}:{message['thread_ts']}" not in workspace.messages:
        return error("thread_not_found")
    return JSONResponse({"ok": True, "channel": channel, "ts": _ts(secrets.token_hex(16))})


async def _take(
    board: Switchboard, workspace: _Workspace, request: Request, channel: str, message: Message
) -> JSONResponse:
    def make_ref(digits: str) -> str:
        ref = f"{channel}:{_ts(digits)}"
        workspace.messages[ref] = message
        return ref

    handoff = _handoff(message)
    case = Case("slack", handoff, make_ref, lambda ref: _tell(board, workspace, ref), honours_key=False)
    taken = await workspace.cases.take(board, request, case)
    if taken.status is not None:
        return error("ratelimited" if taken.status == 429 else "internal_error", taken.status)
    _, _, ts = taken.ref.rpartition(":")
    return JSONResponse({"ok": True, "channel": channel, "ts": ts, "message": {"type": "message"}})


def _ts(digits: str) -> str:
    """What Slack knows a message by in its channel: seconds and a counter."""
    return f"1{int(digits[:12], 16) % 10**9:09d}.{int(digits[12:24], 16) % 10**6:06d}"


def _handoff(message: Message) -> str | None:
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    key = payload.get(HANDOFF) if isinstance(payload, dict) else None
    return key if isinstance(key, str) else None


def _tell(board: Switchboard, workspace: _Workspace, ref: str) -> Tell:
    def tell(press: Press) -> Delivery | None:
        used = _element(workspace.messages[ref], _ELEMENTS[press.deed])
        if used is None:
            return None  # there is nothing to press any more
        block_id, element = used
        action = {"action_id": element["action_id"], "block_id": block_id, "type": element["type"]}
        if press.deed is Deed.REASSIGN:
            action["selected_user"] = press.to or "U0000000002"
        action["action_ts"] = f"{time.time():.6f}"
        return _delivery(board, workspace.account.signing_secret, ref, press, action)

    return tell


def _element(message: Message, kind: str) -> tuple[str, Message] | None:
    """The first element of a kind in a message, and the id of its block."""
    for block in message.get("blocks", []):
        for element in block.get("elements", []) if block.get("type") == "actions" else []:
            if element.get("type") == kind:
                return block["block_id"], element
    return None


def _delivery(board: Switchboard, secret: str, ref: str, press: Press, action: Message) -> Delivery:
    channel, _, ts = ref.rpartition(":")
    payload = {
        "type": "block_actions",
        "user": {"id": press.by or "U0000000001", "team_id": "T0000000001"},
        "api_app_id": "A0000000001",
        "container": {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": False},
        "trigger_id": f"{int(press.event[:10], 16)}.{int(press.event[10:20], 16)}.{press.event}",
        "channel": {"id": channel, "name": "handoffs"},
        "response_url": "https://hooks.slack.example/actions/T0000000001/1/x",
        "actions": [action],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    now = str(int(time.time()))
    return Delivery(
        provider="slack",
        events=[press.deed],
        url=callback_url(board, "slack"),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": signature(secret, now, body),
        },
        body=body,
        delay=board.delay(ref, press.event),
        again=(),  # a press is not repeated: the person sees that it failed
    )
