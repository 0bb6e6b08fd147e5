"""Slack's chat.postMessage (docs.slack.dev/reference/methods/chat.postMessage)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.providers.common.correlation import HANDOFF
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.wire import has_bearer, read_json


async def post_message(board: Switchboard, request: Request) -> JSONResponse:
    """Take a message, or answer as Slack does where it cannot be taken: mostly with 200 and ``ok: false``."""
    if not has_bearer(request, board.settings.slack_token):
        return error("invalid_auth")
    message = await read_json(request)
    if message is None:
        return error("invalid_json")
    channel = message.get("channel")
    if not isinstance(channel, str) or not channel:
        return error("channel_not_found")
    if not message.get("text") and not message.get("blocks"):
        return error("no_text")
    return await _take(board, request, channel, message)


def error(code: str, status: int = 200) -> JSONResponse:
    """An error in Slack's shape; a 429 asks for one second."""
    headers = {"Retry-After": "1"} if status == 429 else None
    return JSONResponse({"ok": False, "error": code}, status_code=status, headers=headers)


async def _take(board: Switchboard, request: Request, channel: str, message: dict[str, Any]) -> JSONResponse:
    handoff = _handoff(message)
    who = handoff or channel
    refused = board.refusal(handoff, who, "handoff")
    if refused is not None:
        return error("ratelimited" if refused == 429 else "internal_error", refused)
    ref = board.accept(handoff, "handoff", lambda digits: f"{channel}:{_ts(digits)}")
    failed = board.failure(handoff, who, "handoff")
    if failed is not None:
        return error("internal_error", failed)
    await board.hold(request, who, "handoff")
    _, _, ts = ref.rpartition(":")
    return JSONResponse({"ok": True, "channel": channel, "ts": ts, "message": {"type": "message"}})


def _ts(digits: str) -> str:
    """What Slack knows a message by in its channel: seconds and a counter."""
    return f"1{int(digits[:12], 16) % 10**9:09d}.{int(digits[12:24], 16) % 10**6:06d}"


def _handoff(message: dict[str, Any]) -> str | None:
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    key = payload.get(HANDOFF) if isinstance(payload, dict) else None
    return key if isinstance(key, str) else None
