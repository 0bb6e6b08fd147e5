"""Audiences: which of a tenant's contacts are meant, in the words of the campaign language."""

from collections.abc import Mapping

from domain.attributes import AttributeType
from domain.conditions import Comparison, Condition
from domain.errors import InvalidAudience, InvalidCampaign
from domain.language import words
from domain.language.attributes import Declared, read_attributes
from domain.language.conditions import read_tests
from domain.language.sections import Section, text
from domain.limits import ATTRIBUTE, KEY
from domain.wording import shown

AUDIENCE = ("attributes", "where")
_TEST = ("attribute", *words.TESTS)
_LIKE = "write {attribute: plan, is: pro}"
MAX_TESTS = 50


def check_key(key: str) -> None:
    """See that a text can be an audience's key.

    Raises:
        InvalidAudience: it cannot.
    """
    if not KEY.fullmatch(key):
        wanted = "must begin with a letter a-z and hold only a-z, 0-9, _ and -, at most 40 characters"
        raise InvalidAudience([InvalidCampaign(("key",), f"{shown(key)} {wanted}")])


def read_audience(definition: object) -> Condition:
    """What must hold of a contact to be in an audience.

    Args:
        definition: ``where`` is a list of tests, all of which must hold: each names an ``attribute`` and has
            the words of a condition in a campaign (``is``, ``any_of``, ``over``, ...). ``attributes`` says,
            as in a campaign, which of them are a number or a time; all others are text.

    Raises:
        InvalidAudience: with everything that is wrong.
    """
    problems: list[InvalidCampaign] = []
    top = Section.open(definition, (), AUDIENCE, problems)
    tests = _tests(top, read_attributes(top))
    if problems:
        raise InvalidAudience(problems)
    return Condition(tests)


def _tests(top: Section, declared: Declared) -> tuple[Comparison, ...]:
    items = top.each("where", lambda item: item, missing=f"list the tests of a contact: {_LIKE}")
    if isinstance(top.values.get("where"), (list, tuple)) and not 1 <= len(items) <= MAX_TESTS:
        top.wrong("where", f"must list from 1 to {MAX_TESTS} tests")
        return ()
    return tuple(test for index, item in enumerate(items) for test in _test(top, index, item, declared))


def _test(top: Section, index: int, item: object, declared: Declared) -> list[Comparison]:
    section = Section.open(item, (*top.path, "where", index), _TEST, top.problems)
    attribute = section.take("attribute", _name, None, missing=_LIKE)
    if attribute is None:
        return []
    kind = declared.types.get(attribute, AttributeType.TEXT)
    found = read_tests(section, attribute, kind)
    if not found and section.readable and isinstance(item, Mapping):
        section.report(f"says nothing of {attribute}; {_LIKE}")
    return found


def _name(value: object) -> str:
    name = text(value)
    if not ATTRIBUTE.fullmatch(name):
        raise ValueError(f"{shown(name)} is not the name of an attribute")
    return name
