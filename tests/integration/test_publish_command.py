"""``drumbeat campaign publish`` as it is installed, on a SQLite file with enrollments under way."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from adapters.db.database import SqlDatabase
from application.ports.enrollments import Enrollment
from application.ports.interactions import Dispatch
from domain.contact import Contact
from domain.enrollment.migrate import END
from tests.fakes.clock import NOW
from tests.fakes.system import sqlite

TENANT = "acme"
PLACES = {"ann": "text", "bob": "call", "cem": "call", "dan": None}


def definition(version: int, *steps: str) -> dict[str, Any]:
    return {
        "campaign": "spring",
        "version": version,
        "steps": [
            {"key": key, "channel": "sms", "wait": "1d", "message": {"text": "Hello"}} for key in steps
        ],
    }


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqlDatabase]:
    """Version 1 with two enrollments at ``call``, one at ``text``, and one that has not begun."""
    async with sqlite(tmp_path) as database:
        async with database.transaction() as tx:
            await tx.campaigns.publish(TENANT, definition(1, "text", "call"), NOW)
            for index, (who, step) in enumerate(PLACES.items()):
                await tx.contacts.upsert(TENANT, [Contact(who, who, f"+1202555010{index}")])
                await tx.enrollments.add([Enrollment(who, TENANT, "spring", 1, who, NOW, started_at=NOW)])
                await tx.enrollments.place(who, 1, step)
        (tmp_path / "two.json").write_text(json.dumps(definition(2, "text", "mail")))
        yield database


@frozen
class Said:
    status: int
    out: str
    err: str


async def publish(folder: Path, *options: str) -> Said:
    """Run the command on the second version, in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "adapters.cli", "campaign", "publish", "two.json", *options,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ
        | {"DRUMBEAT_DATABASE_URL": f"sqlite:///{folder / 'drumbeat.db'}", "DRUMBEAT_TENANT": TENANT},
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), err.decode())


async def versions(database: SqlDatabase) -> list[int]:
    async with database.transaction() as tx:
        return [each.version for each in await tx.campaigns.versions(TENANT, "spring")]


async def told(database: SqlDatabase) -> dict[str, list[tuple[str, Dispatch]]]:
    """What each enrollment was told, and whether its run is still to hear of it."""
    found = {}
    async with database.transaction() as tx:
        for who in PLACES:
            rows = await tx.interactions.of_enrollment(who)
            found[who] = [(row.detail, row.dispatch) for row in rows]
    return found


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "Add --yes to publish"),
        (("--moving", "call=smoke", "--yes"), "version 2 has no step smoke"),
        (("--moving", "call=end", "--moving", "txet=mail", "--yes"), "did you mean text?"),
    ],
)
async def test_what_is_refused_leaves_everything_as_it_was(
    database: SqlDatabase, tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    """No version is published, and nobody is told anything, also of choices that were good."""
    said = await publish(tmp_path, *options)

    assert said.status == 2
    assert says in said.err
    assert "Traceback" not in said.err
    assert await versions(database) == [1]
    assert await told(database) == {who: [] for who in PLACES}


async def test_a_choice_is_stored_for_the_runs_to_hear_of(database: SqlDatabase, tmp_path: Path) -> None:
    """The version is there, those at the steps chosen for are told, the others stay as they are."""
    said = await publish(tmp_path, "--moving", "call=end", "--moving", "text=mail", "--yes", "--json")

    order = (f"to version 2: call -> {END}, text -> mail", Dispatch.PENDING)
    answer = json.loads(said.out)
    assert (said.status, said.err) == (0, "")
    assert (answer["published"], answer["told"]) == (True, 4)
    assert answer["impact"] == [
        {"version": 1, "step": "text", "in_flight": 2, "remains": True, "choice": "mail"},
        {"version": 1, "step": "call", "in_flight": 2, "remains": False, "choice": "end"},
    ]
    assert await versions(database) == [1, 2]
    assert await told(database) == {who: [order] for who in PLACES}
