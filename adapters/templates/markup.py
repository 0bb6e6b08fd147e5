"""Whether the elements of a markup close as they opened, and are not nested too deeply.

The MJML compiler walks into each element and ends the whole process where they are too many; and it does not
say which element it is that does not close.
"""

import re

from application.errors import TemplateFault

MAX_DEPTH = 100
"""How deeply elements may be nested; the compiler bears 1,000 on a stack of 8 MB."""

_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<!\[CDATA\[.*?(?:\]\]>|\Z)"
    r"|<(?P<closing>/?)(?P<name>[^\s<>/!?\"'=]+)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>",
    re.DOTALL,
)
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
"""Elements that never close (HTML, 13.1.2); the compiler knows them in lower case only."""


def check_nesting(markup: str) -> None:
    """Check that every element closes.

    Raises:
        TemplateFault: one does not, or they are nested too deeply; with the element and its line.
    """
    open_elements: list[re.Match[str]] = []
    for token in _TOKEN.finditer(markup):
        name = token["name"]
        if name is None or name in _VOID or token[0].endswith("/>"):
            continue
        if not token["closing"]:
            open_elements.append(token)
        elif not open_elements or open_elements.pop()["name"] != name:
            raise TemplateFault(f"</{name}> closes no element, on its line {_line(markup, token)}")
        if len(open_elements) > MAX_DEPTH:
            raise TemplateFault(f"elements are nested more than {MAX_DEPTH} deep")
    if open_elements:
        last = open_elements[-1]
        raise TemplateFault(f"<{last['name']}> is never closed, on its line {_line(markup, last)}")


def _line(markup: str, token: re.Match[str]) -> int:
    return markup.count("\n", 0, token.start()) + 1
