"""Tables in the terminal, all of one look."""

from rich import box
from rich.table import Table

_OF_NUMBERS = frozenset({"count", "after", "version", "versions", "in flight"})


def new_table(title: str, *columns: str) -> Table:
    """A table without rows; columns of numbers are aligned to the right."""
    made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in _OF_NUMBERS else "left", overflow="fold")
    return made
