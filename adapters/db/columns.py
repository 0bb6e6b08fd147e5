"""The kinds of columns, so that values come back from both databases as they went in."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, ColumnElement, DateTime, Dialect, Enum, Text, TypeDecorator, or_


class Time(TypeDecorator[datetime]):
    """A moment: stored in UTC, given back with its zone, also by SQLite, which knows none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone: nobody knows when that is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text from anywhere. What no database takes is replaced, so that a callback is never lost over it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Make the text storable."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """The text without what cannot be stored: NUL (PostgreSQL) and lone surrogates (UTF-8)."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def choice(members: type[StrEnum], name: str) -> Enum:
    """One of an enum's values, held to them by a CHECK of this name.

    A new member needs a migration of the CHECK; Alembic does not see that by itself, a test does.
    """

    def values(enum: Any) -> list[str]:
        return [member.value for member in enum]

    return Enum(
        members, name=name, native_enum=False, create_constraint=True, length=32, values_callable=values
    )


def outside(column: Column[Any], before: datetime, or_after: datetime | None) -> ColumnElement[bool]:
    """What lies before a time or, where that is given, after another one."""
    return column < before if or_after is None else or_(column < before, column > or_after)
