"""A batch of enrollments that is stored, and not started yet."""

from adapters.db.database import SqlDatabase
from tests.fakes.system import TENANT
from tests.unit.application.world import DEFINITION
from trials.bench.start import stored as store


async def stored(database: SqlDatabase, batch_id: str, count: int, rate: float | None = None) -> None:
    """Store a batch of so many enrollments in the campaign of the tests, which is published with it."""
    await store(database, batch_id, count, rate, tenant=TENANT, definition=DEFINITION)
