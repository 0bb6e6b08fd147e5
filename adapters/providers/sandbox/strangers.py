"""Whose attempt a stray callback names in the place of another."""

import uuid
from collections.abc import Mapping

from attrs import Factory, define, evolve, field

from adapters.providers.sandbox.draws import hex_digits
from domain.idempotency import AttemptKey


@define
class Strangers:
    """By attempt, somebody else's.

    Args:
        seed: draws an enrollment that does not exist for those of whom nothing was said.
    """

    seed: str
    _named: dict[str, str] = field(default=Factory(dict), init=False)

    def name(self, attempts: Mapping[str, str]) -> None:
        """Say whose attempt is told of in the place of another.

        Args:
            attempts: attempt keys, as text, by attempt keys.

        Raises:
            ValueError: one is no attempt key; nothing was changed.
        """
        for text in (*attempts, *attempts.values()):
            if AttemptKey.parse(text) is None:
                raise ValueError(f"{text!r} is not of the form enrollment:step:attempt")
        self._named.update(attempts)

    def of(self, attempt: str) -> str:
        """The attempt that is told of in the place of this one: the same step of somebody else."""
        key = AttemptKey.parse(attempt)
        if attempt in self._named or key is None:
            return self._named.get(attempt, attempt)
        nobody = uuid.UUID(hex=hex_digits(self.seed, "stranger", key.enrollment_id))
        return str(evolve(key, enrollment_id=str(nobody)))
