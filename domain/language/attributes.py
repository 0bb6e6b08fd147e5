"""The section ``attributes``: what contacts must have, and whether a name that is used is among it."""

from collections.abc import Callable, Mapping

from attrs import frozen

from domain.attributes import CONTACT_FIELDS, LINKS, USUAL, AttributeType
from domain.language import words
from domain.language.sections import Section, choice, text
from domain.limits import ATTRIBUTE
from domain.wording import nearest, shown

_LIKE = "use letters, digits and _, not beginning with a digit, at most 64 characters"


@frozen
class Declared:
    """The attributes that a campaign declares.

    Args:
        types: each with its type; None where the type could not be read.
        complete: whether all could be read; if not, any other name may be meant, too.
    """

    types: Mapping[str, AttributeType | None]
    complete: bool

    @property
    def read(self) -> Mapping[str, AttributeType]:
        """Those whose type could be read."""
        return {name: kind for name, kind in self.types.items() if kind is not None}

    def type_of(self, name: str) -> AttributeType | None:
        """The type of an attribute, or of what every contact may have; None where it could not be read.

        Raises:
            ValueError: there is no such attribute.
        """
        if name in self.types:
            return self.types[name]
        if name in CONTACT_FIELDS or name in USUAL:
            return AttributeType.TEXT
        if not self.complete:
            return None
        known = (*self.types, *CONTACT_FIELDS, *USUAL)
        raise ValueError(f"{shown(name)} is not declared under attributes; {nearest(name, known)}")


def declared(definition: object) -> Mapping[str, AttributeType]:
    """The attributes that a definition declares: name to type.

    Args:
        definition: data of any shape; what cannot be read is left to `domain.language.parse.parse`.

    Returns:
        An empty mapping where it declares none.
    """
    return read_attributes(Section.open(definition, (), words.CAMPAIGN, [])).read


def read_attributes(top: Section) -> Declared:
    """Read the section."""
    known = len(top.problems)
    if isinstance(top.values.get("attributes"), (list, tuple)):
        names = top.each("attributes", _listed)
        types: dict[str, AttributeType | None] = dict.fromkeys(names, AttributeType.TEXT)
    else:
        section = top.names("attributes", ATTRIBUTE, _LIKE)
        types = {name: section.take(name, _typed(name), None) for name in section.values}
    return Declared(types, complete=len(top.problems) == known)


def _listed(value: object) -> str:
    name = text(value)
    if not ATTRIBUTE.fullmatch(name):
        raise ValueError(f"{shown(name)} is not a name here; {_LIKE}")
    _typed(name)(AttributeType.TEXT)
    return name


def _typed(name: str) -> Callable[[object], AttributeType]:
    read = choice(AttributeType)

    def read_type(value: object) -> AttributeType:
        kind = read(value)
        if name in LINKS:
            raise ValueError(f"{name} is a link that every message can have; leave it out")
        if name in (*CONTACT_FIELDS, *USUAL) and kind is not AttributeType.TEXT:
            raise ValueError(f"{name} is always text")
        return kind

    return read_type
