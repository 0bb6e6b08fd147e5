"""Many lives out of a few: the rows that use cases have written, copied with other ids.

One INSERT ... SELECT for each table, the same on SQLite and PostgreSQL. Ids are as random as they are in
production, so that indexes are filled in the same order: none.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, Connection, MetaData, Table, Text, func, insert, literal, select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.elements import ColumnElement

from adapters.db import tables
from adapters.db.columns import Words

_ID = len(str(UUID(int=0)))
_REF = 30
"""How many digits of an enrollment's id a provider's reference has: `trials.bench.nobody.ref_of`."""
_BEFORE_KEY = len("/webhooks/") + len("?attempt=")
_PERSONAL = {"external_id": ("customer-", ""), "phone": ("+1202", ""), "email": ("person-", "@example.com")}
"""What stands before and after a person's number, where no two people may have the same."""

_copies = Table(
    "bench_copies",
    MetaData(),
    Column("old", Text, index=True),
    Column("new", Text),
    Column("old_digits", Text),
    Column("new_digits", Text),
    Column("old_contact", Text, index=True),
    Column("new_contact", Text),
    Column("number", Text),
    prefixes=["TEMPORARY"],
)


async def multiply(engine: AsyncEngine, total: int) -> None:
    """Copy the enrollments that are there until there are so many, with all that belongs to them.

    Args:
        engine: of a database in which each contact has one enrollment.
        total: how many there are afterwards; those that were there count.
    """
    async with engine.begin() as connection:
        await connection.run_sync(_multiply, total)
    async with engine.connect() as connection:
        committing = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await committing.execute(text("ANALYZE"))


def _multiply(connection: Connection, total: int) -> None:
    enrollments = tables.enrollments
    known = connection.execute(select(enrollments.c.id, enrollments.c.contact_id)).all()
    rows = []
    for number in range(total - len(known)):
        old, contact = known[number % len(known)]
        new = str(uuid4())
        rows.append(
            {
                "old": old,
                "new": new,
                "old_digits": _digits(old),
                "new_digits": _digits(new),
                "old_contact": contact,
                "new_contact": str(uuid4()),
                "number": f"{3_000_000 + number}",
            }
        )
    _copies.create(connection)
    if rows:
        connection.execute(insert(_copies), rows)
        for table, of in _TABLES.items():
            _copy(connection, table, of(table))
    _copies.drop(connection)


def _digits(id_: str) -> str:
    return id_.replace("-", "")[:_REF]


def _copy(connection: Connection, table: Table, of: ColumnElement[bool]) -> None:
    chosen = [_copied(column).label(column.name) for column in table.columns]
    source = select(*chosen).select_from(table).join(_copies, of)
    connection.execute(insert(table).from_select([column.name for column in table.columns], source))


def _copied(column: Column[Any]) -> ColumnElement[Any]:
    """A column's value in a copy: whatever names the enrollment or the contact names the new one."""
    c = _copies.c
    if column.table is tables.webhooks and column.name == "key":
        return c.new_digits + func.substr(column, _REF + 1)
    if column.name in _PERSONAL:
        before, after = _PERSONAL[column.name]
        return literal(before) + c.number + literal(after)
    if not isinstance(column.type, Words):
        return column
    named = func.replace(column, c.old, c.new)
    named = func.replace(named, c.old_digits, c.new_digits)
    return func.replace(named, c.old_contact, c.new_contact)


def _of_enrollment(table: Table) -> ColumnElement[bool]:
    return table.c.enrollment_id == _copies.c.old


def _of_target(table: Table) -> ColumnElement[bool]:
    begin = func.length(table.c.provider) + literal(_BEFORE_KEY + 1)
    return func.substr(table.c.target, begin, _ID) == _copies.c.old


_TABLES: dict[Table, Callable[[Table], ColumnElement[bool]]] = {
    tables.contacts: lambda table: table.c.id == _copies.c.old_contact,
    tables.consents: lambda table: table.c.contact_id == _copies.c.old_contact,
    tables.enrollments: lambda table: table.c.id == _copies.c.old,
    tables.attempts: _of_enrollment,
    tables.interactions: _of_enrollment,
    tables.handoffs: _of_enrollment,
    tables.webhooks: _of_target,
}
"""What belongs to an enrollment, each with how it is found; those that others refer to come first."""
