"""One mail server that takes our e-mail: how it is reached, trusted and logged in to."""

import ssl
from enum import StrEnum
from ipaddress import ip_address

from aiosmtplib import SMTP
from attrs import Attribute, field, frozen

_USUAL_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class Security(StrEnum):
    """How the connection is secured.

    Args:
        STARTTLS: it begins in the clear and must be upgraded before anything is said (RFC 3207).
        TLS: from its first byte (RFC 8314, 3.3).
        NONE: not at all.
    """

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


def _trusted(ca_file: str) -> ssl.SSLContext:
    """Who may say that a server is the one it says: the system's authorities, or those of a file instead.

    Raises:
        ValueError: the file cannot be read.
    """
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise ValueError("ca_file must be a file of certificates in PEM that can be read") from error


@frozen
class SmtpServer:
    """One server.

    Args:
        host: its name, which its certificate must be for.
        port: 0 for the usual one: 587 with STARTTLS, 465 with TLS, 25 without.
        security: of the connection.
        username: "" to send without logging in.
        password: belongs to it.
        ca_file: certificates that are trusted instead of the system's; "" for the system's.

    Raises:
        ValueError: the file cannot be read, or a password would be sent in the clear to another machine.
    """

    host: str
    port: int = 0
    security: Security = Security.STARTTLS
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    ca_file: str = ""
    _tls: ssl.SSLContext | None = field(init=False, repr=False, eq=False)

    @_tls.default
    def _make_tls(self) -> ssl.SSLContext | None:
        return None if self.security is Security.NONE else _trusted(self.ca_file)

    @username.validator
    def _not_in_the_clear(self, _attribute: "Attribute[str]", username: str) -> None:
        if username and self.security is Security.NONE and not _is_here(self.host):
            raise ValueError("username and password need security=starttls or security=tls")

    def client(self, ehlo: str, seconds: float) -> SMTP:
        """A client, not yet connected; connecting secures the connection and logs in.

        Args:
            ehlo: the name by which we say hello.
            seconds: to wait for each answer.
        """
        return SMTP(
            hostname=self.host,
            port=self.port or _USUAL_PORTS[self.security],
            username=self.username or None,
            password=self.password if self.username else None,
            local_hostname=ehlo,
            timeout=seconds,
            use_tls=self.security is Security.TLS,
            start_tls=self.security is Security.STARTTLS,
            tls_context=self._tls,
        )


def _is_here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
