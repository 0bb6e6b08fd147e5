"""How wide text is, about, and where to break it: whoever draws an SVG does not know the reader's fonts."""

import unicodedata
from collections.abc import Iterator

NARROW, WIDE = 0.58, 1.05
"""Widths of a character in shares of the letter size, on the safe side for common sans-serif fonts."""


def width(text: str, size: float) -> float:
    """The width of a line.

    Args:
        text: the line.
        size: the letter size in pixels.
    """
    return sum(map(_share, text)) * size


def lines(text: str, size: float, most: float) -> list[str]:
    """Break a text into lines, between words where that is possible.

    Args:
        text: the text; blanks, also several, count as one. One without words has no lines.
        size: the letter size in pixels.
        most: the width that a line may have, in pixels; room for a few characters at least.
    """
    found: list[str] = []
    for word in text.split():
        for piece in _pieces(word, size, most):
            if found and width(f"{found[-1]} {piece}", size) <= most:
                found[-1] += f" {piece}"
            else:
                found.append(piece)
    return found


def _pieces(word: str, size: float, most: float) -> Iterator[str]:
    """A word that is too long for a line, in parts that are not."""
    part = ""
    for char in word:
        if part and width(part + char, size) > most:
            yield part
            part = ""
        part += char
    yield part


def _share(char: str) -> float:
    if unicodedata.combining(char):
        return 0
    return WIDE if char in "MWmw@%" or unicodedata.east_asian_width(char) in "WF" else NARROW
