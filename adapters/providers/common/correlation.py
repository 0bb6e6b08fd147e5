"""The name by which our attempt key travels with a message, and comes back in an address or in an event.

SendGrid's ``deferred`` events have an ``attempt`` of their own, a counter; they mean nothing to us and are
left out, so the two are never mixed up.
"""

from urllib.parse import parse_qs

ATTEMPT = "attempt"
"""The name of the query parameter, and of what goes along with an e-mail."""


def query_value(url: str, name: str) -> str | None:
    """The first value of a query parameter; None where there is none. Never raises, whatever the URL."""
    query = url.partition("?")[2].partition("#")[0]
    return parse_qs(query).get(name, [None])[0]
