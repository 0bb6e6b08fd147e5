"""The database as a person who is on call looks at it."""

import time
from datetime import UTC, datetime, timedelta

from attrs import frozen
from sqlalchemy import func, select

from adapters.db.database import SqlDatabase
from adapters.db.places import place_of
from adapters.db.statements import begin
from application.ports.inspection import ClockReading, DatabaseSeen


@frozen
class SqlInspection:
    """The port `DatabaseInspection`."""

    database: SqlDatabase

    async def look(self) -> DatabaseSeen:
        """Ask for the time, which a database server has of its own; SQLite has ours."""
        engine = self.database.engine
        is_server = engine.dialect.name != "sqlite"
        asked = select(func.clock_timestamp() if is_server else func.sqlite_version())
        async with begin(engine) as connection:
            before, began = datetime.now(UTC), time.perf_counter()
            told = (await connection.execute(asked)).scalar_one()
            took = timedelta(seconds=time.perf_counter() - began)
        reading = ClockReading(told - (before + took / 2), took / 2) if is_server else None
        return DatabaseSeen(str(place_of(engine)), took, reading)

    async def check(self) -> None:
        """See to it that it is migrated to exactly what this program needs."""
        await self.database.check()
