"""The look for what is stuck, beside the app."""

import asyncio
from datetime import timedelta

from structlog.testing import capture_logs

from adapters.http.watch import Counts, Watch, watching
from application.errors import DatabaseUnavailable
from domain.stuck import StuckKind

FAST = timedelta(milliseconds=1)
FOUND: Counts = {StuckKind.SEND_IN_DOUBT: 2}


async def test_it_looks_again_and_again_and_knows_what_it_found() -> None:
    """What it found last is handed to the next look, also past looks that failed."""
    heard: list[Counts] = []
    done = asyncio.Event()
    faults = iter([None, DatabaseUnavailable("the database does not answer"), LookupError("odd"), None])

    async def look(known: Counts) -> Counts:
        heard.append(known)
        fault = next(faults, None)
        if len(heard) == 5:
            done.set()
        if fault is not None:
            raise fault
        return FOUND

    with capture_logs() as lines:
        async with watching(Watch(look, FAST)):
            await done.wait()

    assert heard[:5] == [{}, FOUND, FOUND, FOUND, FOUND]
    assert [line["event"] for line in lines[:2]] == ["stuck.not_looked", "stuck.look_broke"]


async def test_a_look_ends_with_the_app() -> None:
    """Nothing of it is left, though it hangs."""
    looking = asyncio.Event()

    async def hang(known: Counts) -> Counts:
        looking.set()
        await asyncio.Event().wait()
        return known

    async with watching(Watch(hang, FAST)):
        await looking.wait()

    assert not [task for task in asyncio.all_tasks() if task.get_name() == "watch"]


async def test_another_process_may_look() -> None:
    """Without a watch there is no task."""
    async with watching(None):
        assert not [task for task in asyncio.all_tasks() if task.get_name() == "watch"]
