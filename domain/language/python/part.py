"""What every class of the Python form is: frozen values that turn into plain data."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import Enum
from typing import Any

from attrs import fields, frozen

from domain.times import durations

Duration = str | timedelta
"""A duration as the language writes it (``90s``, ``3d``, ``PT10M``), or as Python has it."""


@frozen(kw_only=True)
class Part:
    """One section of a campaign; its words are those of the YAML form.

    Where a word is one of Python's own, a line below follows it: ``for_``, ``else_``. Nothing is checked
    here: that is done when the definition is read, for YAML and Python alike.
    """

    def definition(self) -> dict[str, Any]:
        """The same as a plain mapping, which `domain.language.parse.parse` reads, without what is None."""
        written = {each.name.rstrip("_"): getattr(self, each.name) for each in fields(type(self))}
        return {word: plain(value) for word, value in written.items() if value is not None}


def plain(value: object) -> Any:
    """A value as YAML or JSON would hold it; what is of another type stays as it is."""
    match value:
        case Part():
            return value.definition()
        case timedelta():
            return durations.words(value)
        case Enum():
            return value.value
        case Mapping():
            return {plain(key): plain(item) for key, item in value.items()}
        case Sequence() if not isinstance(value, (str, bytes, bytearray)):
            return [plain(item) for item in value]
        case _:
            return value
