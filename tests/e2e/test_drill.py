"""Drills of the whole system in processes of its own: the short set, and what shows that a drill can fail."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from attrs import evolve

from adapters.cli.carriers import Carriers
from adapters.cli.processes import Processes
from adapters.cli.running import STOPPED
from adapters.cli.shell import NEGATIVE
from adapters.cli.system import Behaviour, LocalSystem, Ports
from bootstrap.command_line import tools
from domain.access import Scope
from trials.drill import sabotage, switches
from trials.drill.caller import Caller
from trials.drill.enrolling import Enroller
from trials.drill.people import people
from trials.drill.sabotage import Sabotage
from trials.drill.switches import Point, Switches, Trouble
from trials.drill.waiting import until_none

pytestmark = [pytest.mark.drill, pytest.mark.timeout(300)]

MARK = "DRILL_TEST"
"""An environment variable by which a drill's processes are known from those of other tests."""


def drill(*words: str, mark: str) -> "subprocess.Popen[str]":
    """A drill as somebody types it; all of its processes carry a mark in their environment."""
    return subprocess.Popen(
        [sys.executable, "-m", "adapters.cli", "drill", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {MARK: mark},
    )


def marked(mark: str) -> list[psutil.Process]:
    """The processes that carry a mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue  # it has ended meanwhile, or is somebody else's
    return found


def outcome(process: "subprocess.Popen[str]") -> tuple[int, dict[str, Any], str]:
    """Exit status, figures and words of a drill that has ended."""
    out, err = process.communicate(timeout=280)
    assert out, err
    return process.returncode, json.loads(out), err


def test_the_short_set_finds_nothing_lost_and_nothing_twice(tmp_path: Path) -> None:
    """Killed at every named point and at random, beside providers' faults, each of which has happened."""
    mark = str(tmp_path)

    status, found, said = outcome(drill("--quick", "--json", mark=mark))

    (row,) = found["rows"]
    assert (status, found["good"]) == (0, True), said
    assert found["runs"][0]["not_injected"] == []
    assert row["enrollments"] == 48 + 1  # the other tenant's, of whom strays speak
    assert row["sends"] > 48
    assert row["injected"]["times"] > len(Point)
    assert sum(row["in_doubt"].values()) > 0
    assert marked(mark) == []


def test_a_drill_of_what_is_broken_says_what_is_wrong(tmp_path: Path) -> None:
    """Claims that are given up send twice, webhooks thrown away are lost: both are named, and status is 1."""
    broken = ("--sabotage", Sabotage.CLAIMS, "--sabotage", Sabotage.WEBHOOKS)

    status, found, said = outcome(
        drill("cut_after", "--quick", "--enrollments", "8", "--json", *broken, mark=str(tmp_path))
    )

    kinds = {finding["kind"] for finding in found["runs"][0]["findings"]}
    assert (status, found["good"]) == (NEGATIVE, False)
    assert {"duplicate_send", "lost_webhook"} <= kinds
    assert "duplicate_send: " in said
    assert found["rows"][0]["duplicates"] > 0
    assert found["rows"][0]["lost"] > 0


def test_a_drill_that_is_stopped_leaves_nothing_behind(tmp_path: Path) -> None:
    """Ctrl-C ends all of its processes."""
    mark = str(tmp_path)
    process = drill("silent", "--quick", mark=mark)
    assert process.stderr is not None
    for line in process.stderr:
        if "enrolling" in line:
            break
    running = len(marked(mark))

    process.terminate()
    process.communicate(timeout=60)

    assert running > 4
    assert process.returncode == STOPPED
    assert marked(mark) == []


async def test_production_processes_ignore_the_switches(tmp_path: Path) -> None:
    """With every point armed and every trouble switched on, they do their work and touch no file."""
    folder = tmp_path / "switches"
    folder.mkdir()
    armed = Switches(folder)
    for point in Point:
        armed.arm(point)
    for trouble in Trouble:
        (folder / trouble).write_text("10800")
    before = sorted(file.name for file in folder.iterdir())

    async with production(tmp_path, folder) as (enroller, sandbox):
        everybody = people(3, ["none"])
        await sandbox.put("/sandbox/people", json={person.phone: "replies" for person in everybody})
        await enroller.publish()
        enrolled = await enroller.enroll(everybody, 0.1)
        async with asyncio.timeout(60):
            await until_none(enroller.count_open)
        taken = (await sandbox.get("/sandbox/ledger")).json()["accepted"]

    assert len(enrolled) == len(taken) == 3
    assert sorted(file.name for file in folder.iterdir()) == before


@asynccontextmanager
async def production(folder: Path, switched: Path) -> AsyncIterator[tuple[Enroller, httpx.AsyncClient]]:
    """The system of `drumbeat demo`, with the environment of a drill."""
    with_tools = tools()
    local = LocalSystem.on(folder, Ports.free(), Behaviour(1, 0.0), Carriers(), with_tools.open_accounts)
    drilled: Mapping[str, str] = {
        switches.VARIABLE: str(switched),
        sabotage.VARIABLE: " ".join(Sabotage),
    }
    ours = [evolve(each, environ={**each.environ, **drilled}) for each in (local.http(), local.worker())]
    await with_tools.migrate(local.environ)
    async with with_tools.open(local.environ) as uses:
        key = await uses.control_api_keys().create(uses.tenant, "test", [Scope.ADMIN])
    async with (
        Processes(folder) as processes,
        httpx.AsyncClient(
            base_url=local.http_url, headers={"Authorization": f"Bearer {key.text}"}, trust_env=False
        ) as api,
        httpx.AsyncClient(base_url=local.sandbox_url, trust_env=False) as sandbox,
    ):
        await processes.start(local.temporal(), local.sandbox())
        await processes.start(*ours)
        yield Enroller(Caller(api, "API"), 1), sandbox
