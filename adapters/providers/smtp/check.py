"""Connects to a mail server, secures the connection, logs in, says NOOP (RFC 5321, 4.1.1.9) and leaves."""

import asyncio
import ssl

from aiosmtplib import SMTPAuthenticationError, SMTPException, SMTPResponseException
from attrs import frozen

from adapters.providers.common.checking import Question
from adapters.providers.smtp.email import CREDENTIALS
from adapters.providers.smtp.server import SmtpServer
from application.ports.checks import Checked


@frozen
class SmtpCheck:
    """Says hello to one server.

    Args:
        question: puts what goes wrong into words.
        server: how it is reached.
        ehlo: the name by which we say hello.
    """

    question: Question
    server: SmtpServer
    ehlo: str

    async def check(self) -> Checked:
        """Connect."""
        timeouts = self.question.timeouts
        client = self.server.client(self.ehlo, timeouts.read)
        try:
            async with asyncio.timeout(timeouts.total):
                await client.connect(timeout=timeouts.connect)
                await client.noop()
                await client.quit()
        except (SMTPException, OSError, ValueError) as error:
            # OSError has time-outs and TLS in it, ValueError names that no resolver takes.
            return self._fault(error)
        finally:
            client.close()
        login = "takes the login" if self.server.username else "asks for no login so far"
        return self.question.ok(f"The server answers and {login}; whether it takes the sender is not asked.")

    def _fault(self, error: Exception) -> Checked:
        """What a fault says; nothing of what the server wrote is quoted but its code."""
        code = error.code if isinstance(error, SMTPResponseException) else None
        if isinstance(error, SMTPAuthenticationError) or code in CREDENTIALS:
            return self.question.wrong_credentials(f"SMTP {code}")
        if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
            return self.question.not_reachable(
                f"Its certificate is not trusted, or it speaks no TLS ({type(error).__name__}); "
                f"{self.question.names('security', 'ca_file')} say how that is done."
            )
        told = type(error).__name__ if code is None else f"SMTP {code}"
        return self.question.not_reachable(f"Nobody answers as it should ({told}).")
