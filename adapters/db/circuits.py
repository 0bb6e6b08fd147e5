"""The circuits table: what all workers know of each provider's health, changed by compare-and-set."""

from collections.abc import Collection
from typing import Any

from attrs import asdict, fields, frozen
from sqlalchemy import bindparam, select, update

from adapters.db.statements import Statements
from adapters.db.tables import circuits
from domain.circuit import Circuit
from domain.statuses import Channel

_OF = select(circuits).where(
    circuits.c.channel == bindparam("on"), circuits.c.provider.in_(bindparam("of", expanding=True))
)


@frozen
class SqlCircuits:
    """One circuit for each provider on each channel."""

    statements: Statements

    async def of(self, channel: Channel, providers: Collection[str]) -> dict[str, Circuit]:
        """The circuits of some providers; one that was never noted is a closed `Circuit()`."""
        found = await self.statements.run(_OF, {"on": channel, "of": list(providers)})
        noted = {str(row.provider): _circuit(row) for row in found}
        return {name: noted.get(name, Circuit()) for name in providers}

    async def note(self, channel: Channel, provider: str, known: Circuit, now: Circuit) -> bool:
        """Replace what was known by what is known now; False where somebody else has changed it meanwhile."""
        row = {"channel": channel, "provider": provider} | asdict(now)
        if known == Circuit() and await self.statements.add(circuits, [row], circuits.c.provider):
            return True
        same = (circuits.c[name].is_not_distinct_from(value) for name, value in asdict(known).items())
        changed = await self.statements.run(
            update(circuits)
            .where(circuits.c.channel == channel, circuits.c.provider == provider, *same)
            .values(**asdict(now))
        )
        return changed.rowcount == 1

    async def all(self) -> dict[tuple[Channel, str], Circuit]:
        """Every circuit that was ever noted, for people who watch."""
        found = await self.statements.run(select(circuits).order_by(circuits.c.channel, circuits.c.provider))
        return {(row.channel, row.provider): _circuit(row) for row in found}


def _circuit(row: Any) -> Circuit:
    return Circuit(**{column.name: getattr(row, column.name) for column in fields(Circuit)})
