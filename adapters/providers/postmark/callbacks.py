"""Reads Postmark's webhooks: what became of an e-mail, and what people answer.

Postmark signs nothing. It knows a user and a password that stand in the webhook's URL, and calls from few
addresses (postmarkapp.com/developer/webhooks/webhooks-overview, "Protecting your webhook").
"""

import base64
from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from attrs import Attribute, field, frozen

from adapters.providers.common.http import credential
from adapters.providers.common.signatures import same
from adapters.providers.common.untrusted import json_object
from adapters.providers.postmark.events import status_report
from adapters.providers.postmark.inbound import inbound_text, is_inbound
from application.errors import BadSignature
from application.ports.callbacks import Callback, Reading


def _pairs(instance: object, attribute: "Attribute[Sequence[str]]", values: Sequence[str]) -> None:
    """Attrs validator for ``user:password``."""
    for value in values:
        credential(instance, attribute, value)  # type: ignore[arg-type] # it reads no more than the name
        if not all(value.partition(":")):
            raise ValueError(f"{attribute.name} must be of the form user:password")


def _networks(texts: Sequence[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Attrs converter for addresses and networks, e.g. ``3.134.147.250`` or ``2001:db8::/32``."""
    return tuple(map(ip_network, texts))


def _token(pair: str) -> str:
    """What stands in the header (RFC 7617, 2)."""
    return base64.b64encode(pair.encode()).decode()


@frozen
class PostmarkCallbackReader:
    """Reads Postmark's callbacks.

    There is no time in a request that could be checked; a replay meets the UNIQUE event id instead.

    Args:
        credentials: each ``user:password`` as in the webhook's URL: the current one first.
        allowed_ips: from which addresses callbacks may come; from any where empty.

    Raises:
        ValueError: one of them cannot be used.
    """

    credentials: Sequence[str] = field(repr=False, validator=_pairs)
    allowed_ips: tuple[IPv4Network | IPv6Network, ...] = field(default=(), converter=_networks)
    name: str = field(default="postmark", init=False)

    async def read(self, callback: Callback, now: datetime) -> Reading:
        """Check who calls, then read the one record: a report, or none where it means nothing to us.

        Raises:
            BadSignature: the credentials are missing or wrong, or the call comes from elsewhere.
            MalformedCallback: the credentials are right, the body is not.
        """
        self._verify(callback)
        record = json_object(callback.body)
        report = inbound_text(record, now) if is_inbound(record) else status_report(record, now)
        return Reading(() if report is None else (report,))

    def _verify(self, callback: Callback) -> None:
        scheme, _, token = callback.headers.get("authorization", "").strip().partition(" ")
        # Each is compared, so that the time does not tell which one it was.
        known = [same(_token(pair), token.strip()) for pair in self.credentials]
        if scheme.lower() != "basic" or not any(known) or not self._is_allowed(callback.client):
            raise BadSignature("postmark: the credentials are missing or wrong, or it is not from there")

    def _is_allowed(self, client: str) -> bool:
        if not self.allowed_ips:
            return True
        try:
            address = ip_address(client)
        except ValueError:
            return False
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return any((mapped or address) in network for network in self.allowed_ips)
