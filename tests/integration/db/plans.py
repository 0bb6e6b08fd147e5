"""How the databases would run the statements that were really run: noted on the way, explained afterwards."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.db.tables import metadata

Noted = Mapping[str, Any]
"""Statements as the driver gets them, each with the parameters of its first run."""

_PARAMETER = re.compile(r"\$(\d+)")
_EXPLAINED = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)
_SCAN = re.compile(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")


@contextmanager
def noted(engine: AsyncEngine) -> Iterator[dict[str, Any]]:
    """Note every statement that runs on an engine within the block, once."""
    seen: dict[str, Any] = {}

    def note(_c: Any, _k: Any, statement: str, parameters: Any, *_: Any) -> None:
        rows = parameters if parameters and isinstance(parameters[0], tuple | list) else [parameters]
        if _EXPLAINED.match(statement):
            seen.setdefault(statement, tuple(rows[0]))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


async def postgres_plan(connection: AsyncConnection, statement: str, parameters: Any) -> list[dict[str, Any]]:
    """The nodes of the plan for these very parameters."""
    told = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
    return list(_nodes(told.scalar_one()))


async def generic_plan(connection: AsyncConnection, statement: str) -> list[dict[str, Any]]:
    """The nodes of the plan for any parameters, which the server takes once it has run a statement often."""
    count = max(map(int, _PARAMETER.findall(statement)), default=0)
    nulls = f"({', '.join(['NULL'] * count)})" if count else ""
    await connection.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.execute(f"PREPARE plan_of AS {statement}")
    try:
        told = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) EXECUTE plan_of{nulls}")
        return list(_nodes(told.scalar_one()))
    finally:
        await driver.execute("DEALLOCATE plan_of")
        await connection.execute(text("SET LOCAL plan_cache_mode = auto"))


def sequential(nodes: list[dict[str, Any]]) -> set[str]:
    """The tables that a plan reads from their beginning to their end."""
    return {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}


async def sqlite_scans(connection: AsyncConnection, statement: str, parameters: Any) -> set[str]:
    """The tables, and the indexes that hold all rows, that SQLite reads from their beginning to their end."""
    told = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    scans = [match.groups() for row in told if (match := _SCAN.match(row[3]))]
    tables = {table.name for table in metadata.sorted_tables}
    partial = {
        index.name
        for table in metadata.sorted_tables
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    return {table for table, index in scans if table in tables and index not in partial}


def _nodes(plan: Any) -> Iterator[dict[str, Any]]:
    plan = json.loads(plan) if isinstance(plan, str) else plan
    waiting = [each["Plan"] for each in plan]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.get("Plans", ()))
