"""A campaign's definition from YAML or JSON text that came by another way than a file."""

from collections.abc import Iterable
from pathlib import Path

from adapters.files.campaign_yaml import MAX_BYTES
from adapters.files.errors import Fault, FileProblem
from adapters.files.text import decode_text
from adapters.files.yaml_document import read_yaml
from application.ports.definitions import DefinitionText, TextFault

_NAME = Path("campaign")
"""Stands where messages name a file; nobody sees it."""


def read_definition(content: bytes) -> DefinitionText:
    """Read it as `adapters.files.campaign_yaml` reads files, within the same limits.

    Args:
        content: YAML 1.2 or JSON in UTF-8.
    """
    if len(content) > MAX_BYTES:
        return DefinitionText(faults=(TextFault(f"is larger than {MAX_BYTES // 1024} KiB"),))
    try:
        document = read_yaml(_NAME, decode_text(_NAME, content))
    except FileProblem as problem:
        return _faulty(problem.faults)
    return _faulty(document.faults) if document.faults else DefinitionText(document.data)


def _faulty(faults: Iterable[Fault]) -> DefinitionText:
    return DefinitionText(faults=tuple(TextFault(each.reason, each.line, each.column) for each in faults))
