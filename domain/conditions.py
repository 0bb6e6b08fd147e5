"""Conditions on what is known of a contact, and how a split chooses its branch."""

import hashlib
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate

from attrs import frozen

from domain.attributes import AttributeType


class Operator(StrEnum):
    """How an attribute is compared."""

    IS = "is"
    IS_NOT = "is_not"
    ANY_OF = "any_of"
    NONE_OF = "none_of"
    OVER = "over"
    UNDER = "under"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    KNOWN = "known"


ORDER: Mapping[Operator, Callable[[Decimal, Decimal], bool]] = {
    Operator.OVER: operator.gt,
    Operator.UNDER: operator.lt,
    Operator.AT_LEAST: operator.ge,
    Operator.AT_MOST: operator.le,
}
"""The tests that need an order: numbers and times have one, text has none."""

_NEGATIONS = frozenset({Operator.IS_NOT, Operator.NONE_OF})
YES, NO = "true", "false"


@frozen
class Comparison:
    """One test of one attribute.

    Args:
        attribute: its name.
        operator: the test.
        values: what it is compared with, as text that `type` reads; one, but for ``any_of`` and ``none_of``.
            For ``known`` it is ``true`` or ``false``.
        type: how both sides are read.
    """

    attribute: str
    operator: Operator
    values: tuple[str, ...]
    type: AttributeType = AttributeType.TEXT

    def __str__(self) -> str:
        if self.operator is Operator.KNOWN:
            return f"{self.attribute} is {'known' if self.values == (YES,) else 'not known'}"
        words = self.operator.value.replace("_", " ")
        test = words if words.startswith("is") else f"is {words}"
        return f"{self.attribute} {test} {', '.join(self.values)}"

    def holds(self, known: Mapping[str, str]) -> bool:
        """Whether the contact passes. What has no value, or none of the type, is equal to nothing."""
        text = known.get(self.attribute, "")
        if self.operator is Operator.KNOWN:
            return bool(text.strip()) == (self.values == (YES,))
        actual = self.type.read(text)
        values = [self.type.read(value) for value in self.values]
        if in_order := ORDER.get(self.operator):
            return isinstance(actual, Decimal) and all(
                isinstance(value, Decimal) and in_order(actual, value) for value in values
            )
        return (actual is not None and actual in values) != (self.operator in _NEGATIONS)


@frozen
class Condition:
    """What must hold of a contact; all of its tests.

    Args:
        tests: at least one.
    """

    tests: tuple[Comparison, ...]

    def __str__(self) -> str:
        return " and ".join(map(str, self.tests))

    def holds(self, known: Mapping[str, str]) -> bool:
        """Whether it holds.

        Args:
            known: `domain.contact.Contact.known`: what has no value is not there.
        """
        return all(test.holds(known) for test in self.tests)


@frozen
class Splitter:
    """How a split chooses: by conditions, the first that holds, or by weight.

    Args:
        conditions: one for each branch but the last, which takes those of whom none holds.
        weights: one for each branch, each more than zero; instead of conditions.
    """

    conditions: tuple[Condition, ...] = ()
    weights: tuple[float, ...] = ()

    @property
    def branches(self) -> int:
        """How many ways there are."""
        return len(self.weights) or len(self.conditions) + 1

    def choose(self, known: Mapping[str, str], seed: str) -> int:
        """The index of the branch.

        Args:
            known: as for `Condition.holds`.
            seed: what chance is derived from: the same contact always gets the same branch.
        """
        if self.weights:
            return self._draw(seed)
        holding = (index for index, condition in enumerate(self.conditions) if condition.holds(known))
        return next(holding, len(self.conditions))

    def _draw(self, seed: str) -> int:
        share = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) / 2**64
        *sums, total = accumulate(self.weights)
        return sum(share * total >= bound for bound in sums)
