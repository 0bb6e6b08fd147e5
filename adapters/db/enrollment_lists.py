"""Lists of enrollments, in pages: newest first, by an index that has this order."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, literal, select, tuple_

from adapters.db.columns import Time, Words
from adapters.db.contacts import IS_THERE
from adapters.db.tables import contacts
from adapters.db.tables import enrollments as table
from application.ports.enrollments import EnrollmentQuery


def page(
    tenant: str, query: EnrollmentQuery, after: tuple[datetime, str] | None, limit: int
) -> Select[*tuple[Any, ...]]:
    """The statement for a page: each row is an enrollment's columns, then ``external_id``.

    Args:
        tenant: whose.
        query: which.
        after: where the page before has ended.
        limit: how many at most.
    """
    listed = (
        select(table, case((IS_THERE, contacts.c.external_id)).label("external_id"))
        .join(contacts, contacts.c.id == table.c.contact_id)
        .where(table.c.tenant == tenant, *_conditions(query))
        .order_by(table.c.created_at.desc(), table.c.id.desc())
        .limit(limit)
    )
    if after is None:
        return listed
    at, id_ = after
    # As one row value: both databases go on in the index where the page before has ended.
    place = tuple_(literal(at, Time()), literal(id_, Words()))
    return listed.where(tuple_(table.c.created_at, table.c.id) < place)


def _conditions(query: EnrollmentQuery) -> Iterator[ColumnElement[bool]]:
    same = {
        table.c.campaign: query.campaign,
        table.c.version: query.version,
        table.c.outcome: query.outcome,
        table.c.step: query.step,
        table.c.contact_id: query.contact_id,
        table.c.batch: query.batch,
    }
    yield from (column == value for column, value in same.items() if value is not None)
    for column, is_null in (
        (table.c.outcome, query.is_open),
        (table.c.paused_at, None if query.is_paused is None else not query.is_paused),
    ):
        if is_null is not None:
            yield column.is_(None) if is_null else column.is_not(None)
    if query.created_from is not None:
        yield table.c.created_at >= query.created_from
    if query.created_before is not None:
        yield table.c.created_at < query.created_before
