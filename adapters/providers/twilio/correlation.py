"""Where Twilio shall call back: our attempt key stands in the query, which Twilio signs with the address."""

from urllib.parse import urlencode

from adapters.providers.common.correlation import ATTEMPT
from domain.idempotency import AttemptKey


def callback_url(base_url: str, key: AttemptKey, **query: str) -> str:
    """Where Twilio calls us about an attempt.

    Args:
        base_url: our public address, without a slash at its end.
        key: the attempt.
        query: more parameters, which come back signed too.
    """
    return f"{base_url}/webhooks/twilio?{urlencode({ATTEMPT: str(key), **query})}"
