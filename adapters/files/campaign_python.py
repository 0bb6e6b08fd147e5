"""A campaign from a Python file: a program of its author's, which is run."""

import ast
import runpy
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

from adapters.files.campaign_source import CampaignSource
from adapters.files.errors import Fault, FileProblem
from adapters.files.python_places import PythonPlaces
from adapters.files.text import read_text
from domain.campaign import Campaign
from domain.language.parse import parse
from domain.language.python.campaign import Campaign as WrittenCampaign

MAX_BYTES = 256 * 1024
"""As for YAML: a campaign is a page or two."""

_NONE = (
    "there is no Campaign at module level; write: from drumbeat import Campaign, and campaign = Campaign(...)"
)
_MOST = 200


def load_python_campaign(
    path: Path, read: Callable[[Mapping[str, Any]], Campaign] = parse
) -> tuple[dict[str, Any], Campaign]:
    """Run a file and read the one campaign that it makes.

    Args:
        path: a Python file in UTF-8 with one `drumbeat.Campaign` at module level. It is run with all the
            rights of whoever calls this, as any program is.
        read: reads the definition, or raises InvalidDefinition; by default its templates are not looked at.

    Returns:
        The definition as plain data that JSON can hold, and the campaign that it defines.

    Raises:
        FileProblem: with everything that is wrong, each with its line where that can be told.
    """
    source = open_python_campaign(path)
    return source.definition, source.read(read)


def open_python_campaign(path: Path) -> CampaignSource:
    """Run a file and take the definition of the one campaign that it makes, with the places of its values.

    Args:
        path: as above.

    Raises:
        FileProblem: it is not Python, stops with an error, or makes no campaign or several.
    """
    text = read_text(path, most=MAX_BYTES)
    places = PythonPlaces.read(_tree(path, text), text)
    name, definition = _run(path)
    return CampaignSource(path, definition, partial(places.place, name))


def _tree(path: Path, text: str) -> ast.Module:
    try:
        return ast.parse(text, str(path))
    except SyntaxError as error:
        fault = Fault(f"is not valid Python: {error.msg}", error.lineno, error.offset)
        raise FileProblem(path, [fault]) from None
    except (RecursionError, MemoryError):
        raise FileProblem(path, [Fault("is nested too deeply")]) from None


def _run(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        # What it prints must not come among what a command writes, such as a drawing or JSON.
        with redirect_stdout(sys.stderr):
            made = runpy.run_path(str(path), run_name="campaign")
        name, campaign = _only(path, made)
        return name, campaign.definition()
    except FileProblem:
        raise
    except (Exception, SystemExit) as error:
        # Whatever somebody else's program raises is a fault of the file, and its author must be told where.
        said = " ".join(f"{type(error).__name__}: {error}".split())
        reason = f"stops with {said if len(said) <= _MOST else said[:_MOST] + '...'}"
        raise FileProblem(path, [Fault(reason, _line(path, error))]) from error


def _only(path: Path, made: Mapping[str, object]) -> tuple[str, WrittenCampaign]:
    found = {id(value): (name, value) for name, value in made.items() if isinstance(value, WrittenCampaign)}
    if not found:
        raise FileProblem(path, [Fault(_NONE)])
    if len(found) > 1:
        names = ", ".join(name for name, _ in found.values())
        raise FileProblem(path, [Fault(f"there are {len(found)} campaigns: {names}; keep one to a file")])
    return next(iter(found.values()))


def _line(path: Path, error: BaseException) -> int | None:
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
