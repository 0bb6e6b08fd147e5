"""Conditions: the mapping at ``when``, of a step or of a branch of a split."""

from collections.abc import Mapping
from functools import partial

from domain.attributes import AttributeType
from domain.conditions import NO, ORDER, YES, Comparison, Condition, Operator
from domain.language import words
from domain.language.attributes import Declared
from domain.language.sections import Section, number, unfit
from domain.limits import ATTRIBUTE, MAX_VALUES
from domain.wording import shown

_LIKE = "name an attribute, such as language or amount"
_HOW = "write a value, a list of values, or tests such as {over: 100}"
_TEXT = AttributeType.TEXT
_LISTED = frozenset({Operator.ANY_OF, Operator.NONE_OF})
_WANTED = {
    AttributeType.TEXT: "a text",
    AttributeType.NUMBER: "a number",
    AttributeType.TIME: "a time such as 2026-12-01 or 2026-12-01T09:00+01:00",
}


def read_condition(around: Section, declared: Declared) -> Condition:
    """Read the condition at ``when``, reporting what is wrong.

    Args:
        around: the step or the branch.
        declared: the attributes that it may ask for.

    Returns:
        The tests that could be read.
    """
    when = around.names("when", ATTRIBUTE, _LIKE)
    if when.readable and not around.values["when"]:
        around.wrong("when", f"says nothing; {_LIKE}, or leave it out")
    tests: list[Comparison] = []
    for attribute in when.values:
        kind = when.take(attribute, partial(_kind, declared, attribute), None)
        tests += _tests(when, attribute, kind)
    return Condition(tuple(tests))


def _kind(declared: Declared, attribute: str, _: object) -> AttributeType | None:
    return declared.type_of(attribute)


def _tests(when: Section, attribute: str, kind: AttributeType | None) -> list[Comparison]:
    value = when.values[attribute]
    if not isinstance(value, Mapping):
        operator = Operator.ANY_OF if isinstance(value, (list, tuple)) else Operator.IS
        return [Comparison(attribute, operator, _values(when, attribute, operator, kind), kind or _TEXT)]
    tests = when.section(attribute, words.TESTS)
    if all(limit is None for limit in value.values()):
        when.wrong(attribute, f"says nothing; {_HOW}")
    return read_tests(tests, attribute, kind)


def read_tests(section: Section, attribute: str, kind: AttributeType | None) -> list[Comparison]:
    """The tests of one attribute that stand in a mapping, reporting what is wrong with them.

    Args:
        section: the mapping; keys that are no tests are left to others.
        attribute: what is tested.
        kind: its type; None where that could not be read.
    """
    return [
        Comparison(attribute, Operator(word), _values(section, word, Operator(word), kind), kind or _TEXT)
        for word in section.values
        if word in words.TESTS
    ]


def _values(section: Section, key: str, operator: Operator, kind: AttributeType | None) -> tuple[str, ...]:
    """What stands at a key to be compared with, as far as it can be read."""
    if operator in _LISTED:
        values = section.each(key, partial(_value, kind))
        if isinstance(section.values[key], (list, tuple)) and not 1 <= len(section.values[key]) <= MAX_VALUES:
            section.wrong(key, f"must list from 1 to {MAX_VALUES} values")
        return tuple(values)
    if operator is Operator.KNOWN:
        return (section.take(key, _yes_or_no, YES),)
    read = _no_order if operator in ORDER and kind is _TEXT else partial(_value, kind)
    return (section.take(key, read, ""),)


def _no_order(_: object) -> str:
    raise ValueError("needs an order, which text has none; declare it under attributes as number or time")


def _value(kind: AttributeType | None, value: object) -> str:
    if kind is _TEXT and isinstance(value, (int, float)) and not isinstance(value, bool):
        # YAML has read 0815 and 1.10 as 815 and 1.1 by now, which no contact's text is.
        raise ValueError(
            f"must be a text, not {shown(value)}; put it in quotes, or declare the attribute as number"
        )
    written = _written(value)
    if kind is not None and kind.read(written) is None:
        raise ValueError(f"must be {_WANTED[kind]}, not {shown(value)}")
    return written


def _written(value: object) -> str:
    match value:
        case str() if value.strip():
            return value
        case str():
            raise ValueError("must not be empty; for those of whom nothing is known write {known: false}")
        case bool():
            return YES if value else NO
        case int() | float():
            number(value)
            return str(value)
        case _:
            raise ValueError(f"cannot be compared with {shown(value)}; {_HOW}")


def _yes_or_no(value: object) -> str:
    if not isinstance(value, bool):
        raise unfit("true or false", value)
    return YES if value else NO
