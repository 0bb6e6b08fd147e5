"""``drumbeat bench rows``: what an enrollment leaves in the database."""

from collections.abc import Mapping, Sequence
from functools import partial

from attrs import evolve, frozen
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.db.tables import metadata, salts
from domain.statuses import Channel, DeliveryStatus
from trials.bench.campaigns import REMINDER
from trials.bench.copies import multiply
from trials.bench.databases import Kind, both_kinds, nothing
from trials.bench.lived import HAPPY, THREE_STEPS, Shape
from trials.bench.lives import Lives
from trials.bench.report import Figure, Options, Section

REMINDED = evolve(REMINDER, callbacks={Channel.SMS: (DeliveryStatus.SENT, DeliveryStatus.DELIVERED)})
"""Two texts, with two callbacks each, and no answer."""
NAMES: Mapping[str, Shape] = {"happy": HAPPY, "reminder": REMINDED, "three steps": THREE_STEPS}
_ENROLLMENTS = 5_000
_LIVES = 100

_POSTGRES_SIZES = text(
    "SELECT relname, pg_table_size(relid), pg_indexes_size(relid) FROM pg_stat_user_tables"
)
_SQLITE_SIZES = text(
    "SELECT tbl_name, sum(CASE m.type WHEN 'table' THEN pages.size ELSE 0 END), "
    "sum(CASE m.type WHEN 'index' THEN pages.size ELSE 0 END) FROM sqlite_master AS m "
    "JOIN (SELECT name, sum(pgsize) AS size FROM dbstat GROUP BY name) AS pages ON pages.name = m.name "
    "GROUP BY tbl_name"
)
_WAL = text("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
_CHANGES = text("SELECT sum(n_tup_upd), sum(n_tup_hot_upd) FROM pg_stat_user_tables")
_COMMITS = text("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")


@frozen
class Held:
    """What a table holds.

    Args:
        rows: how many rows.
        bytes: of these.
        index_bytes: of its indexes.
    """

    rows: float
    bytes: float
    index_bytes: float

    @property
    def all_bytes(self) -> float:
        """Of rows and indexes."""
        return self.bytes + self.index_bytes


async def measure(options: Options) -> Section:
    """Count rows and bytes, and what is written to a log on the way."""
    figures: list[Figure] = []
    async with both_kinds(options.folder) as kinds:
        for kind in kinds:
            blank = await kind.filled("blank", nothing)
            for name, shape in NAMES.items():
                options.say(f"{kind.name}, {name}")
                figures += await _of(kind, blank, name, shape, options)
    return Section("What an enrollment leaves in the database", figures, _NOTES)


_NOTES = (
    "Rows are the use cases' own, copied with other ids until there are enough to fill pages.",
    "The log (WAL) is without full page images: how many there are depends on the checkpoints.",
    "An update leaves an old row behind until vacuum; one that is not HOT writes to the indexes, too.",
)


async def _of(kind: Kind, blank: str, name: str, shape: Shape, options: Options) -> Sequence[Figure]:
    lives, enrollments = (5, 500) if options.is_quick else (_LIVES, _ENROLLMENTS)
    written: list[Figure] = []

    async def lived(engine: AsyncEngine) -> None:
        made = Lives(engine)
        await made.publish(shape)
        await made.live(shape, 0)  # what is prepared once is prepared
        before = await _written(kind, engine)
        for number in range(1, lives + 1):
            await made.live(shape, number)
        after = await _written(kind, engine)
        written.extend(
            Figure(f"{kind.name}, {name}: {what}", (after[what] - before[what]) / lives, unit)
            for what, unit in _UNITS.items()
            if what in after
        )

    template = await kind.filled(f"{name} lived", lived, like=blank)
    copied = partial(multiply, total=enrollments)
    async with kind.made(name, copied, like=template) as engine, engine.connect() as connection:
        held = await _held(kind, connection)
    each = {
        table: Held(h.rows / enrollments, h.bytes / enrollments, h.index_bytes / enrollments)
        for table, h in held.items()
    }
    return [
        Figure(f"{kind.name}, {name}: rows", sum(h.rows for h in each.values())),
        Figure(f"{kind.name}, {name}: bytes", sum(h.all_bytes for h in each.values()), "B"),
        Figure(f"{kind.name}, {name}: of these in indexes", sum(h.index_bytes for h in each.values()), "B"),
        *(_by_table(kind, name, each) if kind.server is not None else ()),
        *written,
    ]


_UNITS = {"transactions": "", "log": "B", "updates": "", "of these HOT": ""}


def _by_table(kind: Kind, name: str, each: Mapping[str, Held]) -> Sequence[Figure]:
    return [
        Figure(f"{kind.name}, {name}: bytes of {table}", held.all_bytes, "B")
        for table, held in sorted(each.items(), key=lambda pair: -pair[1].all_bytes)
        if held.rows > 0.5  # not the one row of the campaign
    ]


async def _held(kind: Kind, connection: AsyncConnection) -> Mapping[str, Held]:
    sizes = await connection.execute(_SQLITE_SIZES if kind.server is None else _POSTGRES_SIZES)
    held: dict[str, Held] = {}
    known = {table.name: table for table in metadata.sorted_tables if table is not salts}
    for name, rows_size, index_size in sizes.all():
        if name in known:
            count = (await connection.execute(select(func.count()).select_from(known[name]))).scalar_one()
            held[name] = Held(count, float(rows_size), float(index_size))
    return {name: each for name, each in held.items() if each.rows}


async def _written(kind: Kind, engine: AsyncEngine) -> dict[str, float]:
    """What PostgreSQL has written so far."""
    if kind.server is None:
        return {}
    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_stat_force_next_flush()"))
        await connection.commit()
        commits = (await connection.execute(_COMMITS)).scalar_one()
        log = (await connection.execute(_WAL)).scalar_one()
        updates, hot = (await connection.execute(_CHANGES)).one()
    return {
        "transactions": float(commits),
        "log": float(log),
        "updates": float(updates or 0),
        "of these HOT": float(hot or 0),
    }
