"""What people read in a terminal."""

import io

from rich.table import Table
from rich.text import Text

from adapters.cli.terminal import Terminal

WRITTEN = "Hi\x1b[2J \x1b]0;title\x07there\x9b1m\r\x7f \N{SNOWMAN}"
READ = "Hi[2J ]0;titlethere1m \N{SNOWMAN}"


def _shown(*, colors: bool) -> str:
    out = io.StringIO()
    terminal = Terminal(file=out, width=80, force_terminal=colors, _environ={"TERM": "xterm"})
    table = Table("text")
    table.add_row(WRITTEN)
    terminal.print(WRITTEN, style="red", highlight=False, markup=False, soft_wrap=True)
    terminal.print(table, Text(f"one\n{WRITTEN}"))
    return out.getvalue()


def test_what_strangers_write_gives_no_orders_to_the_terminal() -> None:
    """Neither as a line nor in a table; the text itself is read."""
    shown = _shown(colors=False)

    assert shown.count(READ) == 3
    assert "\x1b" not in shown
    assert not {"\x07", "\x9b", "\r", "\x7f"} & set(shown)


def test_colors_stay() -> None:
    """They are ours."""
    assert f"\x1b[31m{READ}\x1b[0m" in _shown(colors=True)
