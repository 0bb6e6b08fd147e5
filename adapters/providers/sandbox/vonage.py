"""Vonage in the sandbox: the account, and the doors of its APIs."""

import secrets
import uuid
from collections.abc import Mapping

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse

from adapters.providers.sandbox import vonage_sms, vonage_voice
from adapters.providers.sandbox.board import Board
from adapters.providers.sandbox.vendor import Account, SandboxVendor, Site
from adapters.providers.sandbox.vonage_books import Books, problem
from adapters.providers.sandbox.wire import has_basic
from adapters.providers.vonage.application import private_key
from adapters.providers.vonage.vendor import VonageSettings
from application.environment import read_group, require


def _open_account(site: Site) -> Account:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    group = "DRUMBEAT_VONAGE_"
    return Account(
        {
            f"{group}API_KEY": secrets.token_hex(4),
            f"{group}API_SECRET": secrets.token_urlsafe(12),
            f"{group}SIGNATURE_SECRET": secrets.token_urlsafe(32),
            f"{group}APPLICATION_ID": str(uuid.uuid4()),
            f"{group}PRIVATE_KEY": pem.replace("\n", "\\n"),
            f"{group}SMS_FROM": "+12025550100",
            f"{group}VOICE_FROM": "+12025550100",
            f"{group}REPORTS": "true",
            f"{group}BASE_URL": site.sandbox_url,
            f"{group}API_URL": site.sandbox_url,
        }
    )


def _mount(app: FastAPI, environ: Mapping[str, str]) -> None:
    account = read_group(VonageSettings, "vonage", environ)
    require(account, "vonage", "api_key", "api_secret", "signature_secret", "application_id", "private_key")
    books = Books(account)

    @app.post("/sms/json")
    async def send(board: Board, request: Request) -> JSONResponse:
        return await vonage_sms.send(board, books, request)

    @app.post("/v1/calls")
    async def call(board: Board, request: Request) -> JSONResponse:
        if not _is_application(request, account):
            return problem(401, "unauthorized", "Unauthorized")
        return await vonage_voice.call(board, books, request)

    @app.get("/v1/calls")
    async def calls(request: Request) -> JSONResponse:
        if not _is_application(request, account):
            return problem(401, "unauthorized", "Unauthorized")
        return vonage_voice.listed(books, request)

    @app.get("/account/get-balance")
    async def balance(request: Request) -> JSONResponse:
        if not has_basic(request, account.api_key, account.api_secret):
            return problem(401, "unauthorized", "Unauthorized")
        return JSONResponse({"value": 12.5, "autoReload": False})

    @app.get("/v2/reports/records")
    async def records(request: Request) -> JSONResponse:
        if not has_basic(request, account.api_key, account.api_secret):
            return problem(401, "unauthorized", "Unauthorized")
        return vonage_sms.reported(books, request)


SANDBOX = SandboxVendor(_open_account, _mount)


def _is_application(request: Request, account: VonageSettings) -> bool:
    """Whether the request carries a token that our application has signed."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        key = private_key(account.private_key).public_key()
        claims = jwt.decode(token, key, algorithms=["RS256"], options={"require": ["iat", "exp", "jti"]})
    except jwt.PyJWTError:
        return False
    return scheme.lower() == "bearer" and claims.get("application_id") == account.application_id
