"""Definitions that come as text."""

import json

import pytest

from adapters.files.campaign_text import read_definition
from adapters.files.campaign_yaml import MAX_BYTES

DEFINITION = {"campaign": "spring", "version": 1, "steps": [{"key": "text", "on": {"replied": "exit"}}]}
YAML = b"campaign: spring\nversion: 1\nsteps:\n  - key: text\n    on: {replied: exit}\n"


@pytest.mark.parametrize("content", [json.dumps(DEFINITION).encode(), YAML, b"\xef\xbb\xbf" + YAML])
def test_yaml_and_json_come_to_the_same(content: bytes) -> None:
    """By the core schema, with or without a byte order mark."""
    read = read_definition(content)

    assert (read.definition, read.faults) == (DEFINITION, ())


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        (b"", "is empty", None),
        (b"\xff\xfe", "is UTF-16", None),
        (b"\xff", "not UTF-8", 1),
        (b"a: [", "is not valid YAML", 1),
        (b"a: 1\na: 2\n", "stands on line 1 already", 2),
        (b"[" * 101, "nested too deeply", None),
        (b"a" * (MAX_BYTES + 1), "is larger than 256 KiB", None),
        (b"".join(b"- a: %d\n" % number for number in range(6000)), "more than 10000 values", 5000),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, reason: str, line: int | None) -> None:
    """With its place, and without any data."""
    read = read_definition(content)

    assert read.definition is None
    assert reason in read.faults[0].reason
    assert read.faults[0].line == line
