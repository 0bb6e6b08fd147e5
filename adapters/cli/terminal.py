"""The terminal that people read: what others have written cannot give it orders."""

from collections.abc import Iterable
from unicodedata import category

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

_LAYOUT = "\n\t"


class Terminal(Console):
    """A console that leaves out the control characters of what it shows.

    Replies, attributes and names come from strangers, and an escape sequence in one could clear the screen,
    set the window's title or hide a line. Colors are no part of a text, so they stay.
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render, without control characters in texts."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control or _is_plain(text) else Segment(_plain(text), style)


def _is_plain(text: str) -> bool:
    return text.isprintable() or not any(map(_is_order, text))


def _plain(text: str) -> str:
    return "".join(character for character in text if not _is_order(character))


def _is_order(character: str) -> bool:
    return category(character) == "Cc" and character not in _LAYOUT
