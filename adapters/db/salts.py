"""The salts table: what hashes are salted with."""

from attrs import define, field
from sqlalchemy import select

from adapters.db.statements import Statements
from adapters.db.tables import salts

ADDRESSES = "addresses"
"""The salt of suppressed addresses; the migration has drawn it."""


@define
class SaltCache:
    """Salts that were read before; they never change, so they never have to be read again."""

    _values: dict[str, bytes] = field(factory=dict, repr=False)

    async def get(self, statements: Statements, name: str) -> bytes:
        """A salt."""
        if name not in self._values:
            found = await statements.run(select(salts.c.value).where(salts.c.name == name))
            self._values[name] = found.scalar_one()
        return self._values[name]
