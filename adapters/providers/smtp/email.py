"""E-mail by any server that speaks SMTP (RFC 5321). No callbacks follow, and nobody can be asked.

What becomes of a send is decided by when something goes wrong:

before the end of the data was written                TransientFault: no server keeps a part of an e-mail
after that, and no answer                             OutcomeUnknown (RFC 1047 tells of it)
4xx, whenever it comes                                TransientFault: the server says that it did not take it
530, 534, 535, 538, no STARTTLS, a wrong certificate  TransientFault: a person can mend the settings
other 5xx                                             refused for good; no code says for sure that the address
                                                      is to be left alone
"""

import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime

from aiosmtplib import SMTP, SMTPException, SMTPResponse, SMTPResponseException, SMTPServerDisconnected
from aiosmtplib.protocol import SMTPProtocol
from attrs import field, frozen

from adapters.providers.common.http import Timeouts
from adapters.providers.common.mail import enhanced_code, message_id
from adapters.providers.common.sender import PLAIN_ADDRESS, Sender, optional_plain_address
from adapters.providers.common.spans import call_span
from adapters.providers.smtp.mime import compose
from adapters.providers.smtp.server import SmtpServer
from application.errors import OutcomeUnknown, TransientFault
from application.ports.messaging import Accepted, OutboundMessage, Refused
from domain.statuses import Channel

CREDENTIALS = frozenset({530, 534, 535, 538})
"""RFC 4954, 6: to log in is necessary, or has failed; 530 is also the demand for STARTTLS (RFC 3207, 4)."""

_GO_ON = 354
_GOODBYE = 1.0
"""Seconds to wait for the answer to QUIT, which changes nothing any more."""

_SPACE = re.compile(r"\s")
_DOTS = re.compile(rb"^\.", re.MULTILINE)


@frozen
class SmtpEmailProvider:
    """Sends e-mail through one server, a connection for each.

    Args:
        server: how it is reached.
        sender: who e-mail is from; its domain is that of our Message-IDs.
        reply_to: where replies go; to the sender where empty.
        timeouts: ``connect`` for the connection, ``read`` for the answer to each command, ``total`` for all;
            the answer to the data may take what is left of it, since servers do their work there.

    Raises:
        ValueError: the address for replies is none.
    """

    server: SmtpServer
    sender: Sender
    reply_to: str = field(default="", validator=optional_plain_address)
    timeouts: Timeouts = field(factory=Timeouts)
    name: str = field(default="smtp", init=False)
    channel: Channel = field(default=Channel.EMAIL, init=False)
    honours_key: bool = field(default=False, init=False)
    can_look_up: bool = field(default=False, init=False)

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Hand an e-mail over, once. What it is known by afterwards is our Message-ID.

        Raises:
            TransientFault: it was not taken and may be taken later.
            OutcomeUnknown: it may or may not have been taken.
        """
        if not PLAIN_ADDRESS.fullmatch(message.to):
            return Refused("not an address that SMTP carries in ASCII")
        ref = message_id(message.key, self.sender.domain)
        mail = compose(message, self.sender, self.reply_to, ref, datetime.now(UTC))
        with call_span(self.name, self.channel):
            refused = await self._deliver(message.to, mail)
        return refused or Accepted(ref.strip("<>"))

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """None: nobody can be asked (see `can_look_up`)."""
        return None

    async def _deliver(self, to: str, mail: bytes) -> Refused | None:
        client = self.server.client(self.sender.domain, self.timeouts.read)
        written = False
        try:
            async with asyncio.timeout(self.timeouts.total):
                refused = await self._announce(client, to)
                if refused is None:
                    protocol = _write(client, mail)
                    written = True
                    refused = _refusal(await protocol.read_response(), 250)
            await _leave(client)
        except (SMTPException, OSError, ValueError) as error:
            # OSError has time-outs and TLS in it, ValueError names that no resolver takes.
            raise _fault(error, written=written) from None
        finally:
            client.close()
        return refused

    async def _announce(self, client: SMTP, to: str) -> Refused | None:
        """All that comes before the e-mail itself."""
        await client.connect(timeout=self.timeouts.connect)
        if client.is_ehlo_or_helo_needed:
            await client.ehlo(timeout=self.timeouts.read)
        for command, expected in (
            (f"MAIL FROM:<{self.sender.address}>", 250),
            (f"RCPT TO:<{to}>", 250),
            ("DATA", _GO_ON),
        ):
            answer = await client.execute_command(command.encode("ascii"), timeout=self.timeouts.read)
            refused = _refusal(answer, expected)
            if refused is not None:
                return refused
        return None


def _write(client: SMTP, mail: bytes) -> SMTPProtocol:
    """Write the data and its end, all at once, with a dot before each line's own (RFC 5321, 4.5.2).

    Not by `SMTP.data`, which does not tell whether a connection was lost before or after it wrote.

    Returns:
        What the answer is to be read from.

    Raises:
        SMTPServerDisconnected: nothing was written.
    """
    protocol = client.protocol
    if protocol is None:
        raise SMTPServerDisconnected("before the data")
    protocol.write(_DOTS.sub(b"..", mail) + b".\r\n")
    return protocol


def _refusal(answer: SMTPResponse, expected: int) -> Refused | None:
    """Why an answer is not the expected one; None where it is, or of its sort (RFC 5321, 4.3.2).

    Raises:
        SMTPResponseException: it was not taken, and may be taken later; or nobody knows what it says.
    """
    if answer.code // 100 == expected // 100:
        return None
    if answer.code // 100 != 5 or answer.code in CREDENTIALS:
        raise SMTPResponseException(answer.code, answer.message)
    return Refused(f"SMTP {_code(answer.code, answer.message)}")


def _fault(error: Exception, *, written: bool) -> TransientFault | OutcomeUnknown:
    """What a fault says about the e-mail; nothing of what the server wrote is quoted but its codes."""
    if isinstance(error, SMTPResponseException):
        code = _code(error.code, error.message)
        if error.code in CREDENTIALS:
            return TransientFault(f"smtp: SMTP {code}, credentials refused")
        if error.code // 100 == 4 or not written:
            return TransientFault(f"smtp: SMTP {code}")
        return OutcomeUnknown(f"smtp: SMTP {code} after the data")
    kind = type(error).__name__
    return (
        OutcomeUnknown(f"smtp: {kind} after the data")
        if written
        else TransientFault(f"smtp: {kind}, nothing was sent")
    )


def _code(code: int, text: str) -> str:
    """The codes; the enhanced one stands before the text, which may quote the address (RFC 2034, 4)."""
    return f"{code} {enhanced_code(_SPACE.split(text, maxsplit=1)[0])}".rstrip()


async def _leave(client: SMTP) -> None:
    """Say goodbye. What became of the e-mail is known already, so that a server may answer or not."""
    with suppress(SMTPException, OSError):
        await client.quit(timeout=_GOODBYE)
