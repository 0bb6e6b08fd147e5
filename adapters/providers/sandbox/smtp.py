"""A mail server: it takes e-mail by SMTP, and nothing ever comes back.

It is aiosmtpd's, which comes with the extra ``embedded`` and is imported only here. It offers no TLS: it
listens on 127.0.0.1.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from email import message_from_bytes
from email.policy import SMTP as POLICY
from typing import Any
from weakref import WeakSet

from attrs import field, frozen
from fastapi import FastAPI

from adapters.providers.common.mail import answered_attempt
from adapters.providers.common.signatures import same
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.vendor import Account, SandboxVendor, Site
from adapters.providers.smtp.vendor import SmtpSettings
from application.environment import WrongSetting, read_group, require

_REFUSALS = {429: "451 4.3.2 try again later", 503: "421 4.3.2 not accepting messages"}
_NOT_LOGGED_IN = "530 5.7.0 Authentication required"


def _open_account(site: Site) -> Account:
    group = "DRUMBEAT_SMTP_"
    return Account(
        {
            f"{group}HOST": "127.0.0.1",
            f"{group}PORT": str(site.free_port()),
            f"{group}SECURITY": "none",
            f"{group}USERNAME": "drumbeat",
            f"{group}PASSWORD": secrets.token_urlsafe(16),
            f"{group}SENDER": "reminders@example.com",
        }
    )


def _mount(_app: FastAPI, environ: Mapping[str, str]) -> None:
    require(read_group(SmtpSettings, "smtp", environ), "smtp", "host", "port", "username", "password")


def _serve(board: Switchboard, environ: Mapping[str, str]) -> AbstractAsyncContextManager[None]:
    return _serving(board, read_group(SmtpSettings, "smtp", environ))


SANDBOX = SandboxVendor(_open_account, _mount, _serve)


@asynccontextmanager
async def _serving(board: Switchboard, account: SmtpSettings) -> AsyncIterator[None]:
    """Listen while the sandbox runs.

    Raises:
        WrongSetting: aiosmtpd is not installed, or the port is taken.
    """
    try:
        from aiosmtpd.smtp import SMTP
    except ImportError:
        raise WrongSetting(
            "The sandbox's mail server needs aiosmtpd, which is missing: pip install 'drumbeat[embedded]'"
        ) from None
    loop = asyncio.get_running_loop()
    open_connections: WeakSet[Any] = WeakSet()

    def connection() -> Any:
        log_in = _LogIn(account)
        protocol = SMTP(
            _Mailbox(board), hostname="localhost", authenticator=log_in, auth_require_tls=False, loop=loop
        )
        open_connections.add(protocol)
        return protocol

    try:
        server = await loop.create_server(connection, account.host, account.port)
    except OSError as error:
        raise WrongSetting(f"Port {account.port} cannot be used ({error.strerror}).") from None
    try:
        yield
    finally:
        server.close()
        for protocol in list(open_connections):
            if protocol.transport is not None:
                protocol.transport.abort()
        await server.wait_closed()


@frozen
class _LogIn:
    """Checks who logs in; aiosmtpd calls it."""

    account: SmtpSettings = field(repr=False)

    def __call__(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> Any:
        from aiosmtpd.smtp import AuthResult

        user, password = given.login.decode("utf-8", "replace"), given.password.decode("utf-8", "replace")
        right = same(user, self.account.username) & same(password, self.account.password)
        return AuthResult(success=right, handled=False)


@frozen
class _Mailbox:
    """Takes e-mail; aiosmtpd calls it."""

    board: Switchboard

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            return _NOT_LOGGED_IN
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        mail = message_from_bytes(envelope.content, policy=POLICY)
        headers = {name: str(value) for name, value in mail.items()}
        message_id = headers.get("Message-ID", "")
        attempt, address = answered_attempt(message_id), envelope.rcpt_tos[0]
        refused = self.board.refusal(attempt, address, "email")
        if refused is not None:
            if self.board.cuts(address, "email"):
                server.transport.abort()
            return _REFUSALS[refused]
        ref = self.board.accept(
            "smtp", attempt, "email", lambda digits: message_id.strip("<>") or digits, headers
        )
        if self.board.failure(attempt, address, "email") is not None:
            server.transport.abort()  # no code says that it was taken and something failed after that
        await self.board.hold(None, address, "email")  # ends with the connection
        return f"250 2.0.0 OK: queued as {ref}"
