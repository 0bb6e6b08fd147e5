"""Parts of sentences that say what is wrong with a word, and what would be right."""

import difflib
from collections.abc import Collection, Mapping
from itertools import islice

_MOST_SHOWN = 20


def nearest(word: object, known: Collection[str]) -> str:
    """Half a sentence that leads from a wrong word to the right ones."""
    alike = difflib.get_close_matches(word[:80], known, n=1, cutoff=0.7) if isinstance(word, str) else []
    return f"did you mean {alike[0]}?" if alike else f"known are {listed(known)}"


def listed(words: Collection[str]) -> str:
    """Words in a row; of very many the first ones, and how many more there are."""
    more = len(words) - _MOST_SHOWN
    shown_words = ", ".join(islice(words, _MOST_SHOWN))
    return f"{shown_words} and {more} more" if more > 0 else shown_words


def shown(value: object) -> str:
    """A short form of any value, for a message."""
    match value:
        case str():
            return repr(value if len(value) <= 40 else f"{value[:40]}...")
        case bool():
            return str(value).lower()
        case int() | float() if abs(value) < 1e15:
            return repr(value)
        case int() | float():
            return "that number"
        case None:
            return "nothing"
        case Mapping():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return "a value of another type"
