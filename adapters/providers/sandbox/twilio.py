"""Twilio's Messages and Calls: what creates them, and what lists them.

Shapes: www.twilio.com/docs/messaging/api/message-resource, .../voice/api/call-resource and .../api/errors.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import Factory, define, field
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.providers.sandbox.board import Board
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.twilio_callbacks import Callbacks
from adapters.providers.sandbox.twilio_orders import Order, fault_in, resource
from adapters.providers.sandbox.vendor import Account, SandboxVendor, Site
from adapters.providers.sandbox.wire import has_basic, read_form
from adapters.providers.twilio.vendor import TwilioSettings
from application.environment import read_group, require

_RESOURCES = ("Messages", "Calls")
_CODES = {429: 20429, 500: 20500, 503: 20503}
_PAGE_SIZE = 50


def _open_account(site: Site) -> Account:
    group = "DRUMBEAT_TWILIO_"
    return Account(
        {
            f"{group}ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
            f"{group}AUTH_TOKEN": secrets.token_hex(16),
            f"{group}SMS_FROM": "+12025550100",
            f"{group}VOICE_FROM": "+12025550100",
            f"{group}BASE_URL": site.sandbox_url,
        }
    )


def _mount(app: FastAPI, environ: Mapping[str, str]) -> None:
    account = read_group(TwilioSettings, "twilio", environ)
    require(account, "twilio", "account_sid", "auth_token")
    desk = _Desk(account)

    @app.get("/2010-04-01/Accounts/{account_sid}.json")
    async def known(request: Request, account_sid: str) -> JSONResponse:
        return desk.stranger(request, account_sid) or desk.described()

    @app.get("/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers.json")
    async def numbers(request: Request, account_sid: str) -> JSONResponse:
        asked = request.query_params.get("PhoneNumber")
        return desk.stranger(request, account_sid) or desk.numbers("incoming_phone_numbers", asked)

    @app.get("/2010-04-01/Accounts/{account_sid}/OutgoingCallerIds.json")
    async def callers(request: Request, account_sid: str) -> JSONResponse:
        return desk.stranger(request, account_sid) or desk.numbers("outgoing_caller_ids", None)

    @app.post("/2010-04-01/Accounts/{account_sid}/{kind}.json")
    async def create(board: Board, request: Request, account_sid: str, kind: str) -> JSONResponse:
        return desk.stranger(request, account_sid, kind) or await desk.create(board, request, kind)

    @app.get("/2010-04-01/Accounts/{account_sid}/{kind}.json")
    async def listed(request: Request, account_sid: str, kind: str) -> JSONResponse:
        return desk.stranger(request, account_sid, kind) or desk.page(kind, request.query_params)


SANDBOX = SandboxVendor(_open_account, _mount)


@define
class _Desk:
    """One account and what it has.

    Args:
        account: whose requests are served.
    """

    account: TwilioSettings
    _rows: dict[str, list[Mapping[str, Any]]] = field(
        default=Factory(lambda: {kind: [] for kind in _RESOURCES}), init=False
    )

    def stranger(self, request: Request, account_sid: str, kind: str = _RESOURCES[0]) -> JSONResponse | None:
        """The answer to somebody who may not ask, or asks for what there is not."""
        if kind not in _RESOURCES:
            return error(404, 20404, "The requested resource was not found")
        known = has_basic(request, self.account.account_sid, self.account.auth_token)
        if account_sid != self.account.account_sid or not known:
            return error(401, 20003, "Authenticate")
        return None

    def described(self) -> JSONResponse:
        """The account (www.twilio.com/docs/iam/api/account)."""
        sid = self.account.account_sid
        named = {"sid": sid, "owner_account_sid": sid, "friendly_name": "Sandbox"}
        return JSONResponse({**named, "status": "active", "type": "Full"})

    def numbers(self, kind: str, asked: str | None) -> JSONResponse:
        """Those of the account's numbers that are asked for.

        Args:
            kind: the name of the list.
            asked: which number; None where the account has none of the kind.
        """
        own = {self.account.sms_from, self.account.voice_from}
        able = {"sms": True, "voice": True, "mms": False, "fax": False}
        rows = [{"phone_number": asked, "capabilities": able}] if asked in own else []
        return JSONResponse({kind: rows, **self._place(kind, rows, _PAGE_SIZE)})

    async def create(self, board: Switchboard, request: Request, kind: str) -> JSONResponse:
        """Take a message or a call, or answer as Twilio does where it cannot be taken."""
        order = Order.of(kind, await read_form(request))
        refused = board.refusal(order.attempt, order.to, order.channel)
        if refused is not None:
            return error(refused, _CODES[refused], "Try again later")
        code = fault_in(order) or board.refused_code(order.attempt, order.to, order.channel)
        if code is not None:
            return error(400, code, f"The request to {order.to} was refused")
        sid = board.accept("twilio", order.attempt, order.channel, lambda digits: order.kind + digits)
        row = resource(self.account.account_sid, order, sid)
        self._rows[kind].insert(0, row)
        board.follow(
            lambda told: Callbacks(board, self.account, order, sid, told).all(),
            order.attempt,
            order.to,
            order.channel,
        )
        failed = board.failure(order.attempt, order.to, order.channel)
        if failed is not None:
            return error(failed, _CODES[failed], "Internal server error")
        await board.hold(request, order.to, order.channel)
        return JSONResponse(row, status_code=201)

    def page(self, kind: str, asked: Mapping[str, str]) -> JSONResponse:
        """The newest messages or calls of one kind; nothing here is sent or begun by the time it is listed.

        Args:
            kind: of resource.
            asked: ``To``, ``From`` and ``PageSize``; by a date nothing is found.
        """
        wanted = {name: asked[name.title()] for name in ("to", "from") if name.title() in asked}
        dated = any(name.startswith(("DateSent", "StartTime")) for name in asked)
        rows = [row for row in self._rows[kind] if all(row[name] == wanted[name] for name in wanted)]
        rows, size = ([] if dated else rows), int(asked.get("PageSize", _PAGE_SIZE))
        return JSONResponse({kind.lower(): rows[:size], **self._place(kind, rows, size)})

    def _place(self, kind: str, rows: Sequence[Mapping[str, Any]], size: int) -> Mapping[str, Any]:
        uri = f"/2010-04-01/Accounts/{self.account.account_sid}/{kind}.json"
        return {
            "end": max(min(len(rows), size) - 1, 0),
            "first_page_uri": f"{uri}?PageSize={size}&Page=0",
            "next_page_uri": f"{uri}?PageSize={size}&Page=1" if len(rows) > size else None,
            "page": 0,
            "page_size": size,
            "previous_page_uri": None,
            "start": 0,
            "uri": f"{uri}?PageSize={size}&Page=0",
        }


def error(status: int, code: int, message: str) -> JSONResponse:
    """An error in Twilio's shape; a 429 asks for one second."""
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return JSONResponse(body, status_code=status, headers={"Retry-After": "1"} if status == 429 else None)
