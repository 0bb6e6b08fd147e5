"""What proxies say of a request, where they can be trusted.

A proxy that ends TLS passes requests on under another address. What the vendor called, and signed, then
stands in ``X-Forwarded-Proto`` and ``X-Forwarded-Host``, and who called in ``X-Forwarded-For``. Anybody can
send these, so they count only where the request itself comes from a proxy that was named as trusted, and of
each list only the end, which this proxy has written. Such a proxy must set or remove all three: a stranger's
host that it lets through would make a callback pass that was signed for another address of ours. The header
``Forwarded`` (RFC 7239) is not looked at, since a proxy that does not know it passes a stranger's on.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from attrs import field, frozen
from fastapi import Request

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_HOST = re.compile(r"(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
"""host[:port], with a name, an IPv4 address or an IPv6 one in brackets (RFC 3986, 3.2.2)."""

_WITH_PORT = re.compile(r"\[([^\]]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}")
"""How some proxies write an address in X-Forwarded-For."""


class WrongForwarding(Exception):
    """A trusted proxy says something that cannot be; the text says which header."""


def networks(texts: Iterable[str | Network]) -> tuple[Network, ...]:
    """Read networks, e.g. ``10.0.0.0/8``, ``2001:db8::/32`` or the address of one proxy.

    Raises:
        ValueError: one is not a network.
    """
    return tuple(text if isinstance(text, IPv4Network | IPv6Network) else ip_network(text) for text in texts)


@frozen
class Proxies:
    """The proxies that are trusted.

    Args:
        trusted: where they are; none unless they are named.
    """

    trusted: tuple[Network, ...] = field(default=(), converter=networks)

    def origin(self, request: Request, public_url: str) -> str:
        """Our address as the vendor called it, without a slash at its end.

        Args:
            request: as it arrived.
            public_url: what it is unless a trusted proxy says otherwise; a path in it stays in any case.

        Raises:
            WrongForwarding: what a trusted proxy says is no scheme or no host.
        """
        if not self._trusts(_peer(request)):
            return public_url
        scheme = _last(request, "x-forwarded-proto").lower()
        host = _last(request, "x-forwarded-host")
        if scheme not in ("", "http", "https"):
            raise WrongForwarding("X-Forwarded-Proto is neither http nor https.")
        if host and not _HOST.fullmatch(host):
            raise WrongForwarding("X-Forwarded-Host is not a host, with or without a port.")
        known = urlsplit(public_url)
        return f"{scheme or known.scheme}://{host or known.netloc}{known.path}"

    def client(self, request: Request) -> str:
        """Who has sent the request: the address nearest to us that is no trusted proxy; "" if not known.

        Where the header ends in something that is no address, or names trusted proxies alone, it is the peer.
        """
        peer = _peer(request)
        if peer is None:
            return ""
        hops = ",".join(request.headers.getlist("x-forwarded-for")).split(",") if self._trusts(peer) else []
        for hop in reversed(hops):
            address = _address(hop.strip())
            if address is None:
                break
            if not self._trusts(address):
                return str(address)
        return str(peer)

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self.trusted)


def _peer(request: Request) -> Address | None:
    """Who has opened the connection; None on a socket of the machine's own."""
    return None if request.client is None else _address(request.client.host)


def _address(text: str) -> Address | None:
    """An address, with or without a port; an IPv4 one that is written as IPv6 is taken for what it is."""
    written = _WITH_PORT.fullmatch(text)
    try:
        bare = text if written is None else written[1] or written[2]
        address = ip_address(bare.partition("%")[0])  # a zone means something on its own machine only
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def _last(request: Request, header: str) -> str:
    """The end of a list, which the proxy next to us has written; "" where there is none."""
    return ",".join(request.headers.getlist(header)).rpartition(",")[2].strip()
