"""What a mail program makes of the headers of an e-mail that are about opting out."""

import re
from collections.abc import Mapping

_LONGEST_LINE = 998
"""Characters without the line's end (RFC 5322, 2.1.1)."""

_WEB = re.compile(r"<(https?://[!-;=?-~]+)>")
"""RFC 8058 wants https; the sandbox is on this machine, where there is none."""


def fault_in(headers: Mapping[str, str]) -> str | None:
    """Why a header cannot be sent as it is; None where all can.

    Each must be printable ASCII and fit into a line.
    """
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            return f"header {name} is not printable ASCII"
        if len(f"{name}: {value}") > _LONGEST_LINE:
            return f"header {name} is too long for a line"
    return None


def one_click(headers: Mapping[str, str]) -> str | None:
    """Where one POST opts the reader out (RFC 8058, 3.1 and 3.2); None where the headers do not allow that.

    Args:
        headers: by name, in any case.
    """
    told = {name.lower(): value for name, value in headers.items()}
    web = _WEB.findall(told.get("list-unsubscribe", ""))
    allowed = told.get("list-unsubscribe-post") == "List-Unsubscribe=One-Click"
    return web[0] if allowed and len(web) == 1 else None
