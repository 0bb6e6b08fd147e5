"""Keys that stand there without a value: ``window:`` with nothing behind it.

Whoever writes that means something, and a window or a consent that silently counts as absent would be a
promise broken. It is asked when a campaign is validated or published; in what is stored such a key counts as
absent.
"""

from collections.abc import Iterator, Mapping

from domain.errors import InvalidCampaign
from domain.language.sections import Path


def unvalued(definition: object) -> Iterator[InvalidCampaign]:
    """Every key of a definition whose value is missing, with its place.

    Args:
        definition: data of any shape; items of lists, and keys that are no text, are left to
            `domain.language.parse.parse`.
    """
    # No recursion: nobody says how deep the data is.
    left: list[tuple[Path, object]] = [((), definition)]
    while left:
        path, value = left.pop()
        match value:
            case Mapping():
                inside = [((*path, key), value[key]) for key in value if isinstance(key, str)]
            case list() | tuple():
                inside = [((*path, index), item) for index, item in enumerate(value) if item is not None]
            case None if path:
                yield InvalidCampaign(path, "has no value; write one, or take the key out")
                continue
            case _:
                continue
        left += reversed(inside)
