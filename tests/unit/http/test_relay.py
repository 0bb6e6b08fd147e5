"""The relay beside the app: it goes on, slows down, drains and ends."""

import asyncio
from datetime import timedelta

import pytest
from attrs import define, field

from adapters.http.relay import LONGEST_PAUSE, RelayLoop, relaying
from application.errors import RunsUnavailable
from application.relay_events import BATCH, GRACE
from domain.statuses import DeliveryStatus
from tests.unit.http.site import Site, message_status

SOON, LATE = timedelta(milliseconds=1), timedelta(hours=1)


@define
class Rounds:
    """A relay that comes to what it is told, round by round, and then to nothing.

    Attributes:
        comes_to: how many are found, or what is raised.
        enough: set after this many rounds.
    """

    comes_to: list[int | Exception]
    rounds: int
    count: int = 0
    enough: asyncio.Event = field(factory=asyncio.Event)

    async def __call__(self) -> int:
        self.count += 1
        if self.count >= self.rounds:
            self.enough.set()
        result = self.comes_to.pop(0) if self.comes_to else 0
        if isinstance(result, Exception):
            raise result
        return result


async def test_it_goes_round_and_round() -> None:
    """One round follows the other."""
    relay = Rounds([], rounds=3)

    async with relaying(relay, SOON):
        await relay.enough.wait()

    assert relay.count >= 3


@pytest.mark.parametrize("fault", [RunsUnavailable("no answer"), LookupError("a bug")])
async def test_a_fault_does_not_end_it(fault: Exception) -> None:
    """An outage or a bug in one round is logged; the next round comes all the same."""
    relay = Rounds([fault, fault, 0], rounds=4)

    async with relaying(relay, SOON):
        await relay.enough.wait()

    assert relay.count >= 4


async def test_a_full_batch_is_followed_at_once() -> None:
    """A backlog is drained without pauses; then it waits again."""
    relay = Rounds([BATCH, 2 * BATCH, 3], rounds=3)

    async with relaying(relay, LATE):
        await relay.enough.wait()

    assert relay.count == 3


async def test_it_ends_while_it_pauses() -> None:
    """Stopping does not wait for the next round."""
    relay = Rounds([], rounds=1)

    async with asyncio.timeout(5), relaying(relay, LATE):
        await relay.enough.wait()

    assert relay.count == 1


async def test_a_round_under_way_may_finish() -> None:
    """The end of the app waits for it."""
    began, go_on = asyncio.Event(), asyncio.Event()
    finished: list[bool] = []

    async def relay() -> int:
        began.set()
        await go_on.wait()
        finished.append(True)
        return 0

    async with relaying(relay, LATE):
        await began.wait()
        asyncio.get_running_loop().call_soon(go_on.set)

    assert finished == [True]


async def test_a_round_that_hangs_is_cut_off() -> None:
    """The end of the app does not wait for ever; the next process finds what was left."""
    began = asyncio.Event()

    async def relay() -> int:
        began.set()
        await asyncio.Event().wait()
        return 0

    async with asyncio.timeout(5), relaying(relay, LATE, stop_within=SOON):
        await began.wait()

    assert all(task.get_name() != "relay" for task in asyncio.all_tasks())


@pytest.mark.parametrize(
    ("every", "failures", "pause"),
    [
        (timedelta(seconds=5), 0, timedelta(seconds=5)),
        (timedelta(seconds=5), 1, timedelta(seconds=10)),
        (timedelta(seconds=5), 3, timedelta(seconds=40)),
        (timedelta(seconds=5), 4, LONGEST_PAUSE),
        (timedelta(seconds=5), 10_000, LONGEST_PAUSE),
        (timedelta(minutes=5), 0, timedelta(minutes=5)),
        (timedelta(minutes=5), 9, timedelta(minutes=5)),
    ],
)
def test_failures_slow_it_down(every: timedelta, failures: int, pause: timedelta) -> None:
    """The pause doubles with each failure in a row, up to a minute or the usual pause."""

    async def relay() -> int:
        return 0

    assert RelayLoop(relay, every).pause(failures) == pause


async def test_the_app_relays_what_a_webhook_could_not_signal(site: Site) -> None:
    """Temporal is down while a webhook arrives: stored, acknowledged, and signalled once it is back."""
    key = await site.world.attempt(await site.world.enroll())
    site.world.runs.down = True
    answer = await site.post(message_status(key))
    site.world.clock.advance(seconds=GRACE.total_seconds() + 1)
    told = asyncio.Event()
    site.world.runs.meanwhile = told.set
    app = site.with_(relay=site.world.relay).app

    async with app.router.lifespan_context(app):
        site.world.runs.down = False
        await told.wait()

    assert answer.status_code == 200
    assert [row.status for row in site.world.runs.told] == [DeliveryStatus.FAILED]


async def test_an_app_without_a_relay_starts_and_ends(site: Site) -> None:
    """Where another process relays, this one only takes webhooks."""
    app = site.app

    async with app.router.lifespan_context(app):
        names: list[str] = [task.get_name() for task in asyncio.all_tasks()]

    assert "relay" not in names
