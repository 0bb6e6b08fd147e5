"""How our attempt key travels with a message and comes back, by vendor.

Twilio signs the address that it calls back, query included, so the key stands there. SendGrid gives custom
arguments back at the top level of each event. Its ``deferred`` events have an ``attempt`` of their own, a
counter; they mean nothing to us and are left out, so the two are never mixed up.
"""

from urllib.parse import parse_qs, urlencode

from domain.idempotency import AttemptKey

ATTEMPT = "attempt"
"""The name of the query parameter and of the custom argument."""

HANDOFF = "handoff"
"""The name of a handoff's key in Slack's message metadata."""

HANDOFF_EVENT = "drumbeat_handoff"
"""The type of that metadata."""


def twilio_callback_url(base_url: str, key: AttemptKey, **query: str) -> str:
    """Where Twilio shall call back about an attempt.

    Args:
        base_url: our public address, without a slash at its end.
        key: the attempt.
        query: more parameters, which come back signed too.
    """
    return f"{base_url}/webhooks/twilio?{urlencode({ATTEMPT: str(key), **query})}"


def query_value(url: str, name: str) -> str | None:
    """The first value of a query parameter; None where there is none. Never raises, whatever the URL."""
    query = url.partition("?")[2].partition("#")[0]
    return parse_qs(query).get(name, [None])[0]
