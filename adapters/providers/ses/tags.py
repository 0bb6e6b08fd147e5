"""Our attempt key as the value of an e-mail tag, which comes back with each event.

A tag's value is of ASCII letters, digits, ``_`` and ``-``, at most 256 of them (Amazon SES API v2,
MessageTag), which is just what base64url without its padding is made of.
"""

import base64

from domain.idempotency import AttemptKey


def tag_of(key: AttemptKey) -> str:
    """The value for a key."""
    return base64.urlsafe_b64encode(str(key).encode()).rstrip(b"=").decode()


def key_text_of(value: object) -> str | None:
    """The key in a value, as text; None where there is none."""
    if not isinstance(value, str) or not value.isascii() or len(value) > 256:
        return None
    try:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
    except ValueError:
        return None
