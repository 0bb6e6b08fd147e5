"""Tests of contacts as they are written on the command line: ``plan is pro``, ``amount:number over 100``."""

import re
from collections.abc import Sequence
from typing import Any

from domain.conditions import Operator

FORM = "write NAME TEST VALUE, e.g. 'plan is pro', 'country any_of US,CA' or 'amount:number over 100'"
_TEST = re.compile(r"(?P<name>[^\s:]+)(?::(?P<type>\w+))?\s+(?P<test>[\w-]+)(?:\s+(?P<value>.*\S))?\s*")
_LISTS = frozenset({Operator.ANY_OF.value, Operator.NONE_OF.value})


def read_tests(words: Sequence[str]) -> dict[str, Any]:
    """What was written, as `domain.language.audiences.read_audience` reads it.

    Raises:
        ValueError: one has not this form; the message says which one would be right.
    """
    tests: list[dict[str, Any]] = []
    types: dict[str, str] = {}
    for each in words:
        found = _TEST.fullmatch(each.strip())
        test = found["test"].replace("-", "_") if found else ""
        if found is None or test not in [operator.value for operator in Operator]:
            raise ValueError(FORM)
        tests.append({"attribute": found["name"], test: _value(test, found["value"])})
        if found["type"]:
            types[found["name"]] = found["type"]
    return {"where": tests, **({"attributes": types} if types else {})}


def _value(test: str, text: str | None) -> object:
    if test == Operator.KNOWN.value:
        if text not in (None, "true", "false"):
            raise ValueError("after known write true or false, or nothing for true")
        return text != "false"
    if text is None:
        raise ValueError(FORM)
    return [part.strip() for part in text.split(",")] if test in _LISTS else text
