"""Reading a nested mapping from outside, and collecting everything that is wrong with it at once."""

import difflib
import math
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from attrs import field, frozen

from domain import durations
from domain.errors import InvalidCampaign

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
        cls, value: object, path: Path, known: Collection[str], problems: list[InvalidCampaign]
    ) -> "Section":
        """Look into a mapping and report unknown keys; what is no mapping is reported and counts as empty."""
        if not isinstance(value, Mapping):
            wanted = f"must be a mapping of {', '.join(known)}, not {shown(value)}"
            problems.append(InvalidCampaign(path, wanted))
            return cls(path, {}, problems, readable=False)
        for key in value:
            if key not in known:
                here = (*path, key if isinstance(key, str) else shown(key))
                problems.append(InvalidCampaign(here, f"is not known here; {nearest(key, known)}"))
        return cls(path, {key: value[key] for key in known if value.get(key) is not None}, problems)

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


def sequence(value: object) -> list[object]:
    """A list, as it is."""
    if not isinstance(value, (list, tuple)):
        raise _not("a list", value)
    return list(value)


def text(value: object) -> str:
    """A text, as it is."""
    if not isinstance(value, str):
        raise _not("text", value, "; put it in quotes")
    return value


def whole(value: object) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise _not("a whole number", value)
    return value


def number(value: object) -> float:
    """A finite number."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise _not("a number", value)
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
        raise _not("a duration such as 90s, 2h or 3d", value)
    return durations.parse(value)


def choice(words: type[E]) -> Callable[[object], E]:
    """A reader of one of an enum's words."""

    def read(value: object) -> E:
        if isinstance(value, str) and value in set(words):
            return words(value)
        raise ValueError(f"{shown(value)} is not a choice here; {nearest(value, list(words))}")

    return read


def _not(wanted: str, value: object, advice: str = "") -> ValueError:
    return ValueError(f"must be {wanted}, not {shown(value)}{advice}")


def nearest(word: object, known: Collection[str]) -> str:
    """Half a sentence that leads from a wrong word to the right ones."""
    alike = difflib.get_close_matches(word[:80], known, n=1, cutoff=0.7) if isinstance(word, str) else []
    return f"did you mean {alike[0]}?" if alike else f"known are {', '.join(known)}"


def shown(value: object) -> str:
    """A short form of any value, for a message."""
    match value:
        case str():
            return repr(value if len(value) <= 40 else f"{value[:40]}...")
        case bool():
            return str(value).lower()
        case int() | float() if abs(value) < 1e15:
            return repr(value)
        case int() | float():
            return "that number"
        case None:
            return "nothing"
        case Mapping():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return "a value of another type"
