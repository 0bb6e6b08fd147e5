"""Tables in the terminal, all of one look."""

from rich import box
from rich.table import Table

_WHOLE = frozenset({"id", "batch", "enrollment"})
"""What people copy is not broken into lines, however narrow the terminal is."""
_OF_NUMBERS = frozenset({"count", "after", "version", "versions", "in flight"})


def new_table(title: str, *columns: str) -> Table:
    """A table without rows; numbers are aligned to the right, ids stay on one line."""
    made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(
            column,
            justify="right" if column in _OF_NUMBERS else "left",
            overflow="fold",
            no_wrap=column in _WHOLE,
        )
    return made
