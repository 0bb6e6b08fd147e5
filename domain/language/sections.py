"""Reading a nested mapping from outside, and collecting everything that is wrong with it at once."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from attrs import field, frozen

from domain.errors import InvalidCampaign
from domain.times import durations
from domain.wording import nearest, shown

Path = tuple[str | int, ...]
T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


@frozen
class Section:
    """One mapping of a definition; what cannot be read is reported and replaced by a default.

    Args:
        path: where it stands in the definition.
        values: what stands in it: the known keys only.
        problems: where problems are reported; shared by all sections of one definition.
        readable: it is a mapping at all; if not, nothing is said to be missing from it.
    """

    path: Path
    values: Mapping[str, Any]
    problems: list[InvalidCampaign] = field(eq=False)
    readable: bool = True

    @classmethod
    def open(
        cls,
        value: object,
        path: Path,
        known: Collection[str],
        problems: list[InvalidCampaign],
        misplaced: Mapping[str, str] | None = None,
    ) -> "Section":
        """Look into a mapping and report unknown keys; what is no mapping is reported and counts as empty.

        Args:
            value: the mapping.
            path: where it stands in the definition.
            known: its keys.
            problems: where problems are reported.
            misplaced: keys that belong elsewhere, each with the sentence to report.
        """
        if not isinstance(value, Mapping):
            wanted = f"must be a mapping of {', '.join(known)}, not {shown(value)}"
            problems.append(InvalidCampaign(path, wanted))
            return cls(path, {}, problems, readable=False)
        for key in value:
            if key not in known:
                elsewhere = (misplaced or {}).get(key)
                problem = elsewhere or f"is not known here; {nearest(key, known)}"
                problems.append(InvalidCampaign((*path, _name(key)), problem))
        return cls(path, {key: value[key] for key in known if value.get(key) is not None}, problems)

    def report(self, problem: str) -> None:
        """Report a problem of the whole."""
        self.problems.append(InvalidCampaign(self.path, problem))

    def wrong(self, key: str, problem: str) -> None:
        """Report a problem of one key."""
        self.problems.append(InvalidCampaign((*self.path, key), problem))

    def take(self, key: str, read: Callable[[object], T], default: T, *, missing: str | None = None) -> T:
        """Read one value.

        Args:
            key: its name. A key without a value counts as absent.
            read: gives the value, or raises ValueError with a sentence.
            default: the value where it is absent or wrong.
            missing: the sentence to report where it is absent; None where it is optional.
        """
        if key not in self.values:
            if missing is not None and self.readable:
                self.wrong(key, f"is missing; {missing}")
            return default
        try:
            return read(self.values[key])
        except ValueError as error:
            self.wrong(key, str(error))
            return default

    def section(self, key: str, known: Collection[str]) -> "Section":
        """The mapping at a key; an empty one where there is none."""
        return Section.open(self.values.get(key, {}), (*self.path, key), known, self.problems)

    def names(self, key: str, pattern: re.Pattern[str], like: str) -> "Section":
        """The mapping at a key whose own keys are free names; an empty one where there is none.

        Args:
            key: its name.
            pattern: what the names look like.
            like: the rest of a sentence on how to write them.
        """
        value, path = self.values.get(key, {}), (*self.path, key)
        if not isinstance(value, Mapping):
            self.wrong(key, f"must be a mapping, not {shown(value)}; {like}")
            return Section(path, {}, self.problems, readable=False)
        good = {name: value[name] for name in value if isinstance(name, str) and pattern.fullmatch(name)}
        for name in value:
            if name not in good:
                problem = f"{shown(name)} is not a name here; {like}"
                self.problems.append(InvalidCampaign((*path, _name(name)), problem))
        return Section(path, good, self.problems)

    def each(self, key: str, read: Callable[[object], T], *, missing: str | None = None) -> list[T]:
        """Read every item of the list at a key, leaving out those that are wrong; as `take` otherwise."""
        items: list[object] = self.take(key, sequence, [], missing=missing)
        values = []
        for index, item in enumerate(items):
            try:
                values.append(read(item))
            except ValueError as error:
                self.problems.append(InvalidCampaign((*self.path, key, index), str(error)))
        return values

    def one_or_each(self, key: str, read: Callable[[object], T], *, missing: str | None = None) -> list[T]:
        """As `each`, for a key at which a single value may stand without a list; none where it is wrong."""
        if isinstance(self.values.get(key), (list, tuple)):
            found = self.each(key, read)
            if not self.values[key]:
                self.wrong(key, "must name at least one")
            return found
        one = self.take(key, lambda value: [read(value)], None, missing=missing)
        return one or []


def _name(key: object) -> str:
    return key if isinstance(key, str) else shown(key)


def sequence(value: object) -> list[object]:
    """A list, as it is."""
    if not isinstance(value, (list, tuple)):
        raise unfit(
            "a list", value, f"; write [{value}]" if isinstance(value, str) and len(value) <= 40 else ""
        )
    return list(value)


def text(value: object) -> str:
    """A text, as it is."""
    if not isinstance(value, str):
        raise unfit("text", value, "; put it in quotes")
    return value


def whole(value: object) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise unfit("a whole number", value)
    return value


def within(least: int, most: int) -> Callable[[object], int]:
    """A reader of a whole number between two, both included."""

    def read(value: object) -> int:
        number = whole(value)
        if not least <= number <= most:
            raise ValueError(f"must be from {least} to {most}")
        return number

    return read


def number(value: object) -> float:
    """A finite number."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise unfit("a number", value)
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise ValueError("must be a finite number of a sensible size")
    return result


def duration(value: object) -> timedelta:
    """A duration with its unit."""
    if not isinstance(value, str):
        raise unfit("a duration such as 90s, 2h or 3d", value)
    return durations.parse(value)


def choice(words: type[E]) -> Callable[[object], E]:
    """A reader of one of an enum's words."""
    read = word(list(words))
    return lambda value: words(read(value))


def word(known: Collection[str]) -> Callable[[object], str]:
    """A reader of one of some words."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in known:
            return str(value)
        raise ValueError(f"{shown(value)} is not a choice here; {nearest(value, known)}")

    return read


def unfit(wanted: str, value: object, advice: str = "") -> ValueError:
    """What is raised for a value of another type than what is wanted."""
    return ValueError(f"must be {wanted}, not {shown(value)}{advice}")
