"""The options by which a command is told who carries which channel."""

from collections.abc import Mapping
from typing import Any

import typer

from adapters.cli.carriers import Carriers, check, choices
from adapters.cli.tools import Tools

_SEVERAL = "(several, separated by commas, in the order tried)"
_ROLES = {
    "sms": f"Who carries SMS {_SEVERAL}",
    "email": f"Who carries e-mail {_SEVERAL}",
    "voice": f"Who makes calls {_SEVERAL}",
    "desk": "Where humans take over",
}


def carrier_options(tools: Tools) -> Mapping[str, Any]:
    """An option for each role, by its name."""
    return {role: _option(tools, role, what) for role, what in _ROLES.items()}


def chosen_carriers(tools: Tools, **chosen: str) -> Carriers:
    """What was chosen with these options.

    Raises:
        typer.BadParameter: it cannot be used; says why.
    """
    checked = {}
    for role, text in chosen.items():
        try:
            checked[role] = check(role, text, tools.vendors[role])
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=f"--{role}") from None
    return Carriers(**checked)


def _option(tools: Tools, role: str, what: str) -> Any:
    known = ", ".join(choices(role, tools.vendors[role]))
    return typer.Option(f"--{role}", help=f"{what}: {known}.")
