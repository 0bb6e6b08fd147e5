"""Words by which a person asks to be left alone."""

import string

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"})
"""The default English list of the CTIA and of Twilio (help article "Twilio support for opt-out keywords")."""

_EDGE = string.whitespace + string.punctuation


def is_stop(text: str) -> bool:
    """Whether a reply is an opt-out: the whole body, without case and outer punctuation, is a stop word."""
    return text.strip(_EDGE).upper() in STOP_WORDS
