"""The consents table: every word that a contact has said of a channel, of which the latest counts."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from attrs import asdict, fields, frozen
from sqlalchemy import select

from adapters.db.statements import Statements
from adapters.db.tables import consents as table
from application.ports.consents import Consent
from domain.statuses import Channel


@frozen
class SqlConsents:
    """The consents of all contacts."""

    statements: Statements

    async def add(self, contact_id: str, consents: list[Consent]) -> int:
        """Keep what a contact has said; what is known (same channel and time) changes nothing.

        Returns:
            How many are new.
        """
        return await self.add_all({contact_id: consents})

    async def add_all(self, said: Mapping[str, Sequence[Consent]]) -> int:
        """Keep what many contacts have said, by contact id, as `add` does for one."""
        rows = [
            asdict(consent) | {"contact_id": contact_id}
            for contact_id, consents in sorted(said.items())
            for consent in sorted(consents, key=attrgetter("channel", "at"))
        ]
        return await self.statements.count_added(table, rows)

    async def holds(self, contact_id: str, channel: Channel) -> bool:
        """Whether the latest word on the channel is a yes."""
        found = await self.statements.run(
            select(table.c.given)
            .where(table.c.contact_id == contact_id, table.c.channel == channel)
            .order_by(table.c.at.desc())
            .limit(1)
        )
        return bool(found.scalar_one_or_none())

    async def of_contact(self, contact_id: str) -> list[Consent]:
        """All that a contact has said, oldest first."""
        found = await self.statements.run(
            select(table).where(table.c.contact_id == contact_id).order_by(table.c.at, table.c.channel)
        )
        return [_consent(row) for row in found]


def _consent(row: Any) -> Consent:
    return Consent(**{column.name: getattr(row, column.name) for column in fields(Consent)})
