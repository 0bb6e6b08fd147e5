"""The port to whoever reads a campaign as text."""

from typing import Any, Protocol

from attrs import field, frozen


@frozen
class TextFault:
    """What is wrong with a text itself.

    Args:
        reason: what is wrong and what would be right, half a sentence.
        line: the line, from 1; None where it is about the whole text.
        column: the character on that line, from 1; None where it is about the whole line.
    """

    reason: str
    line: int | None = None
    column: int | None = None


@frozen
class DefinitionText:
    """A text as data.

    Args:
        definition: plain data that JSON can hold, of whatever shape; None where there are faults.
        faults: why it cannot be used.
    """

    definition: Any = field(default=None, repr=False)
    faults: tuple[TextFault, ...] = ()


class ReadDefinition(Protocol):
    """Reads a campaign's definition as YAML 1.2 or JSON; whether it is a campaign is not its business."""

    def __call__(self, content: bytes) -> DefinitionText:
        """Read it.

        Args:
            content: UTF-8.
        """
        ...
