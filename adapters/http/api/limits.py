"""How many requests a key may make, and how often an address may try keys.

Counted by each process for itself, in a sliding window: several processes let through as many times more. The
headers are those of draft-ietf-httpapi-ratelimit-headers.
"""

import math
import time
from ipaddress import IPv6Address, ip_address, ip_network

from attrs import frozen
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

NONE = "none"
"""The rate that is no limit."""
TRIES = "60/minute"
"""How often an address may come without a good key. Nobody guesses 256 bits; it bounds what hashing costs."""
_IPV6_SITE = 64
"""Whoever has one address of IPv6 has all of this prefix."""


@frozen
class Standing:
    """Where somebody stands with their limit.

    Args:
        allowed: whether this request may go on.
        limit: requests in a window.
        remaining: how many are left.
        reset: seconds until there are more.
    """

    allowed: bool
    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """The same as headers of an answer."""
        told = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }
        return told if self.allowed else {**told, "Retry-After": str(max(self.reset, 1))}


@frozen
class _Limits:
    """The limits where there are some.

    Args:
        rate: of a key.
        tries: of an address.
        window: counts.
    """

    rate: RateLimitItem
    tries: RateLimitItem
    window: SlidingWindowCounterRateLimiter


@frozen
class RateLimits:
    """The limits of this process.

    Args:
        limits: what is counted; None where nothing is.
    """

    limits: _Limits | None = None

    @classmethod
    def of(cls, rate: str, tries: str = TRIES) -> "RateLimits":
        """Limits from their words.

        Args:
            rate: what a key may make, as `read_rate` takes it; where it is none, nothing is limited here.
            tries: how often an address may come without a good key.
        """
        if rate == NONE:
            return cls()
        return cls(_Limits(parse(rate), parse(tries), SlidingWindowCounterRateLimiter(MemoryStorage())))

    def request(self, key_id: str) -> Standing | None:
        """Count a request of a key; None where there is no limit."""
        return None if self.limits is None else self._count(self.limits, self.limits.rate, "key", key_id)

    def may_try(self, address: str) -> bool:
        """Whether somebody at this address may try a key that nobody knows yet."""
        if self.limits is None:
            return True
        return self.limits.window.test(self.limits.tries, "address", _site(address))

    def tried(self, address: str) -> Standing | None:
        """Count a request without a good key; None where there is no limit."""
        if self.limits is None:
            return None
        return self._count(self.limits, self.limits.tries, "address", _site(address))

    def _count(self, limits: _Limits, item: RateLimitItem, *who: str) -> Standing:
        allowed = limits.window.hit(item, *who)
        window = limits.window.get_window_stats(item, *who)
        reset = max(0, math.ceil(window.reset_time - time.time()))
        return Standing(allowed, item.amount, window.remaining, reset)


def read_rate(text: str) -> str:
    """A rate as a setting has it: ``600/minute``, ``20 per second``, or ``none``.

    Raises:
        ValueError: it is not one.
    """
    try:
        known = text == NONE or parse(text).amount > 0
    except ValueError:
        known = False
    if not known:
        raise ValueError("must be a number of requests and a time, such as 600/minute or 20/second, or none")
    return text


def _site(address: str) -> str:
    """What counts as one place; "" stays what it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, _IPV6_SITE), strict=False)) if isinstance(found, IPv6Address) else address
