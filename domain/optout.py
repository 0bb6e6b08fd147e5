"""Words by which a person asks to be left alone."""

import re

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"})
"""The default English list of the CTIA and of Twilio (help article "Twilio support for opt-out keywords")."""

_WORD = re.compile(r"[^\W_]+")


def is_stop(text: str) -> bool:
    """Whether a reply is an opt-out: its only word, whatever its case and surroundings, is a stop word."""
    words = _WORD.findall(text)
    return len(words) == 1 and words[0].upper() in STOP_WORDS
