"""Jira's issues and its search, and its admin webhooks (see `adapters.providers.jira` for the pages)."""

import json
import re
import secrets
import time
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.providers.jira.callbacks import signature
from adapters.providers.jira.vendor import JiraSettings
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
from adapters.providers.sandbox.wire import has_basic, read_json
from application.environment import read_group, require

_LABEL = re.compile(r'project = "([A-Z0-9_]+)" AND labels = "([^"\\]+)"')


def _open_account(site: Site) -> Account:
    group = "DRUMBEAT_JIRA_"
    return Account(
        {
            f"{group}BASE_URL": site.sandbox_url,
            f"{group}EMAIL": "agent@example.com",
            f"{group}TOKEN": f"ATATT{secrets.token_urlsafe(30)}",
            f"{group}PROJECT": "HELP",
            f"{group}WEBHOOK_SECRET": secrets.token_urlsafe(32),
        }
    )


def _mount(app: FastAPI, environ: Mapping[str, str]) -> None:
    account = read_group(JiraSettings, "jira", environ)
    require(account, "jira", "email", "token", "project", "webhook_secret")
    cases = cases_of(app)

    @app.get("/rest/api/3/myself")
    async def who(request: Request) -> JSONResponse:
        if not has_basic(request, account.email, account.token):
            return error(401, "Client must be authenticated to access this resource.")
        return JSONResponse({"accountId": "557058:9", "accountType": "atlassian", "active": True})

    @app.get("/rest/api/3/mypermissions")
    async def permissions(request: Request) -> JSONResponse:
        known = has_basic(request, account.email, account.token)
        if known and request.query_params.get("projectKey") != account.project:
            return error(404, "No project could be found with that key.")
        return JSONResponse({"permissions": {"CREATE_ISSUES": {"havePermission": known}}})

    @app.post("/rest/api/3/search/jql")
    async def search(request: Request) -> JSONResponse:
        if not has_basic(request, account.email, account.token):
            return error(401, "Client must be authenticated to access this resource.")
        asked = _LABEL.fullmatch(str((await read_json(request) or {}).get("jql")))
        if asked is None or asked.group(1) != account.project:
            return error(400, "Error in the JQL Query")
        label = asked.group(2)
        ref = cases.found("jira", correlation(label))
        issue = {"id": "1", "key": ref, "fields": {"labels": [label]}}
        return JSONResponse({"issues": [] if ref is None else [issue], "isLast": True})

    @app.post("/rest/api/3/issue")
    async def create(board: Board, request: Request) -> JSONResponse:
        if not has_basic(request, account.email, account.token):
            return error(401, "Client must be authenticated to access this resource.")
        return await _create(board, cases, account, request)


SANDBOX = SandboxVendor(_open_account, _mount)


async def _create(board: Switchboard, cases: Cases, account: JiraSettings, request: Request) -> JSONResponse:
    fields = (await read_json(request) or {}).get("fields")
    if not isinstance(fields, dict) or fields.get("project") != {"key": account.project}:
        return error(400, "Specify a valid project ID or key")
    summary, labels = fields.get("summary"), fields.get("labels")
    if not isinstance(summary, str) or not 0 < len(summary) <= 255 or "\n" in summary:
        return error(400, "Specify a valid summary")
    if not isinstance(labels, list) or not all(
        isinstance(label, str) and " " not in label for label in labels
    ):
        return error(400, "Specify valid labels")
    case = Case(
        "jira",
        correlation(labels[0]) if labels else None,
        lambda digits: f"{account.project}-{int(digits[:6], 16)}",
        lambda ref: _tell(board, account, ref, labels),
        honours_key=False,
    )
    taken = await cases.take(board, request, case)
    if taken.status is not None:
        return error(taken.status, "Try again later")
    return JSONResponse({"id": "10000", "key": taken.ref, "self": "https://example.invalid"}, status_code=201)


def error(status: int, message: str) -> JSONResponse:
    """An error in Jira's shape."""
    return JSONResponse(
        {"errorMessages": [message], "errors": {}}, status_code=status, headers=waiting(status)
    )


def _tell(board: Switchboard, account: JiraSettings, ref: str, labels: list[str]) -> Tell:
    def tell(press: Press) -> Delivery:
        done = press.deed is Deed.RESOLVE
        change = {"field": "status", "from": "1", "to": "10001"}
        given = {"field": "assignee", "from": None, "to": press.to or "557058:2"}
        status = {"name": "Done" if done else "To Do", "statusCategory": {"key": "done" if done else "new"}}
        event: Mapping[str, Any] = {
            "timestamp": int(time.time() * 1000),
            "webhookEvent": "jira:issue_updated",
            "user": {"accountId": press.by or "557058:1"},
            "issue": {"id": "10000", "key": ref, "fields": {"labels": labels, "status": status}},
            "changelog": {"id": str(int(press.event[:8], 16)), "items": [change if done else given]},
        }
        body = json.dumps(event).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Atlassian Webhook HTTP Client",
            "X-Atlassian-Webhook-Identifier": press.event,
            "X-Hub-Signature": signature(account.webhook_secret, body),
        }
        delay = board.delay(ref, press.event)
        return Delivery("jira", [press.deed], callback_url(board, "jira"), headers, body, delay)

    return tell
