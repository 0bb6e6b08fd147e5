"""Histories in files, as JSON: as ``drumbeat replay --save`` and ``temporal workflow show`` write them."""

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from google.protobuf.json_format import ParseError
from temporalio.client import WorkflowHistory

from application.errors import UnusableFile

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


class NoHistory(ValueError):
    """A file holds no history; the message is a sentence."""


def found(paths: Collection[Path]) -> Iterator[Path]:
    """The files that are named, and the JSON files below folders, in the order of their names."""
    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob("*.json"))
        else:
            yield path


def read(path: Path) -> WorkflowHistory:
    """Read a history.

    Raises:
        NoHistory: there is none in the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
        begun = json.loads(text)["events"][0]["workflowExecutionStartedEventAttributes"]
        return WorkflowHistory.from_json(begun["workflowId"], text)
    except OSError as error:
        raise NoHistory(f"the file cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, LookupError, ParseError) as error:
        raise NoHistory(
            "the file holds no history of a run: expected is JSON as `temporal workflow show --output json` "
            "prints it"
        ) from error


def take(folder: Path) -> None:
    """Make a folder for histories, or take an empty one.

    Raises:
        UnusableFile: it holds something: what was saved at another time is not mixed with this.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as error:
        raise UnusableFile(f"{folder}: cannot be written to: {error.strerror}") from error
    if not is_empty:
        raise UnusableFile(f"{folder}: is not empty; name a new folder for the histories")


def save(folder: Path, history: WorkflowHistory) -> None:
    """Write a history into a folder, under the names of its run.

    Raises:
        UnusableFile: it cannot be written.
    """
    path = folder / f"{_UNFIT.sub('-', history.workflow_id)}.{history.run_id}.json"
    try:
        path.write_text(history.to_json() + "\n", encoding="utf-8")
    except OSError as error:
        raise UnusableFile(f"{path}: cannot be written: {error.strerror}") from error
