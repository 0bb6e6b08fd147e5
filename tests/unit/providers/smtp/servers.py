"""Mail servers on 127.0.0.1: real ones by aiosmtpd, and one that breaks off wherever it is told to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult
from attrs import Factory, define, frozen
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@define
class Mailbox:
    """Takes e-mail and keeps it; aiosmtpd calls it."""

    mails: list[Any] = Factory(list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's
        self.mails.append(envelope)
        return "250 2.0.0 OK: queued as 4XYZ"


@frozen
class Certificate:
    """A certificate for 127.0.0.1, and its file, which is its own authority."""

    file: Path

    def context(self) -> ssl.SSLContext:
        """What a server offers TLS with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file)
        return context


def certificate(folder: Path, host: str = "127.0.0.1") -> Certificate:
    """Make one, self-signed, in a folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))])
    made = builder.add_extension(names, critical=False).sign(key, SHA256())
    file = folder / f"{host}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.public_bytes(Encoding.PEM))
    return Certificate(file)


def _log_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
    return AuthResult(success=(given.login, given.password) == (b"ana", b"s3cret"), handled=False)


@asynccontextmanager
async def mail_server(
    mailbox: Any, tls: ssl.SSLContext | None = None, *, implicit: bool = False, **options: Any
) -> AsyncIterator[int]:
    """Serve with aiosmtpd; gives the port.

    Args:
        mailbox: takes the e-mail.
        tls: to offer TLS with.
        implicit: from the first byte, instead of STARTTLS.
        options: to aiosmtpd.
    """
    loop = asyncio.get_running_loop()
    given = {"hostname": "localhost", "authenticator": _log_in, "loop": loop, **options}
    if tls is not None and not implicit:
        given |= {"tls_context": tls, "require_starttls": True}
    if implicit:
        given["auth_require_tls"] = False  # aiosmtpd does not see that the connection is secure already
    server = await loop.create_server(
        lambda: SMTP(mailbox, **given), "127.0.0.1", 0, ssl=tls if implicit else None
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


RIGHT: Mapping[str, str] = {
    "": "220 localhost ESMTP",
    "EHLO": "250 localhost",
    "MAIL": "250 OK",
    "RCPT": "250 OK",
    "DATA": "354 Go on",
    ".": "250 OK",
    "QUIT": "221 Bye",
}


@define
class Broken:
    """A server that goes by a script: what it answers to each command, in the order of a delivery.

    An answer is a line; ``drop`` cuts the connection and ``hang`` says nothing more.

    Args:
        script: by command; the greeting is that of "" and the answer to the data that of ".".
        taken: the e-mails whose data came to its end.
        heard: the commands.
    """

    script: Mapping[str, str]
    taken: list[bytes] = Factory(list)
    heard: list[str] = Factory(list)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[int]:
        """Serve; gives the port."""
        open_ones: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(
            lambda reader, writer: open_ones.add(asyncio.create_task(self._talk(reader, writer))),
            "127.0.0.1",
            0,
        )
        async with server:
            yield server.sockets[0].getsockname()[1]
            for one in open_ones:
                one.cancel()
            await asyncio.gather(*open_ones, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            go_on = await self._say(writer, "")
            while go_on and (line := await reader.readline()):
                command = line.decode().split()[0].upper()
                self.heard.append(line.decode().strip())
                go_on = await self._say(writer, command)
                if command == "DATA" and go_on and self._answer("DATA").startswith("354"):
                    self.taken.append(await reader.readuntil(b"\r\n.\r\n"))
                    go_on = await self._say(writer, ".")
        finally:
            writer.close()

    def _answer(self, command: str) -> str:
        return {**RIGHT, **self.script}.get(command, "502 What?")

    async def _say(self, writer: asyncio.StreamWriter, command: str) -> bool:
        """Answer; whether to go on."""
        answer = self._answer(command)
        if answer == "drop":
            writer.transport.abort()
        elif answer == "hang":
            await asyncio.Event().wait()
        else:
            writer.write(f"{answer}\r\n".encode())
        return answer != "drop"
