"""A request under a key is carried out once."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from attrs import define, field
from structlog.testing import capture_logs

from application.errors import AnswerErased, DatabaseUnavailable, KeyInUse, KeyReused
from application.idempotent_requests import ANSWER_KEPT, LEASE, IdempotentRequests
from application.ports.idempotency_keys import Answer
from tests.fakes.clock import Counter
from tests.unit.application.world import World

OK = Answer(200, {"content-type": "text/plain"}, b"done")
SECOND = timedelta(seconds=1)


@define
class Work:
    """What a request is for; it counts how often it was done.

    Args:
        answer: what it answers, or raises.
        done: how often it was done.
        begun: set once it has begun.
        go_on: what it waits for before it answers.
    """

    answer: Answer | Exception = OK
    done: int = 0
    begun: asyncio.Event = field(factory=asyncio.Event)
    go_on: asyncio.Event = field(factory=asyncio.Event)

    async def __call__(self) -> Answer:
        self.done += 1
        self.begun.set()
        await self.go_on.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def ready(answer: Answer | Exception = OK) -> Work:
    work = Work(answer)
    work.go_on.set()
    return work


async def until(condition: Callable[[], bool]) -> None:
    """Let others go on until a condition holds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 # the condition is about rows that others fill
            await asyncio.sleep(0.001)


@pytest.fixture
def once(world: World) -> IdempotentRequests:
    return IdempotentRequests(world.database, world.clock, Counter("holder"))


async def test_a_repeat_gets_the_same_answer(once: IdempotentRequests) -> None:
    """Without the work being done again; another tenant's key of the same name is another key."""
    work = ready()

    first = await once("acme", "k", "same", work)
    repeat = await once("acme", "k", "same", work)
    theirs = await once("others", "k", "same", work)

    assert (first, repeat, theirs) == ((OK, False), (OK, True), (OK, False))
    assert work.done == 2


async def test_a_key_stands_for_one_request(once: IdempotentRequests) -> None:
    """Another one under it is refused, whether the first has an answer or is under way."""
    await once("acme", "k", "one", ready())
    work = Work()
    under_way = asyncio.create_task(once("acme", "busy", "one", work))
    await work.begun.wait()

    with pytest.raises(KeyReused):
        await once("acme", "k", "another", ready())
    with pytest.raises(KeyReused):
        await once("acme", "busy", "another", ready())
    with pytest.raises(KeyInUse):
        await once("acme", "busy", "one", ready())
    work.go_on.set()
    assert await under_way == (OK, False)


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 503])
async def test_what_a_retry_may_change_is_not_kept(once: IdempotentRequests, status: int) -> None:
    """The next one under the key is carried out."""
    failed = await once("acme", "k", "same", ready(Answer(status, {}, b"")))
    again = await once("acme", "k", "same", ready())

    assert failed == (Answer(status, {}, b""), False)
    assert again == (OK, False)


async def test_work_that_fails_sets_the_key_free(once: IdempotentRequests) -> None:
    """Its exception goes on to whoever asked."""
    with pytest.raises(ValueError, match="broken"):
        await once("acme", "k", "same", ready(ValueError("broken")))
    assert await once("acme", "k", "same", ready()) == (OK, False)


async def test_a_key_is_forgotten_after_its_time(world: World, once: IdempotentRequests) -> None:
    """To the moment for whoever uses it again; the relay clears away the rows."""
    await once("acme", "k", "same", ready())
    await once("acme", "unused", "same", ready())

    world.clock.now += ANSWER_KEPT
    kept = await once("acme", "k", "same", ready())
    world.clock.now += SECOND
    again = await once("acme", "k", "another", ready())
    world.clock.now += timedelta(minutes=1)
    await world.relay()

    assert (kept, again) == ((OK, True), (OK, False))
    assert set(world.database.state.idempotency_keys) == {("acme", "k")}


async def test_a_request_whose_process_died_is_taken_over(world: World, once: IdempotentRequests) -> None:
    """After the lease; what the dead one tells after all is not kept."""
    dead = Work(Answer(200, {}, b"late"))
    lost = asyncio.create_task(once("acme", "k", "same", dead))
    await dead.begun.wait()

    world.clock.now += LEASE
    with pytest.raises(KeyInUse):
        await once("acme", "k", "same", ready())
    world.clock.now += SECOND
    again = await once("acme", "k", "same", ready())
    dead.go_on.set()
    late = await lost

    assert again == (OK, False)
    assert late[0].body == b"late"
    assert await once("acme", "k", "same", ready()) == (OK, True)


async def test_a_claim_from_a_time_to_come_is_taken_over(world: World, once: IdempotentRequests) -> None:
    """Its clock was wrong; the key must not be blocked until that clock is right."""
    dead = Work(Answer(200, {}, b"late"))
    lost = asyncio.create_task(once("acme", "k", "same", dead))
    await dead.begun.wait()
    world.clock.now -= timedelta(hours=3)

    again = await once("acme", "k", "same", ready())
    dead.go_on.set()
    await lost

    assert again == (OK, False)


async def test_work_that_takes_long_keeps_its_key(world: World) -> None:
    """Its holder tells that it is alive, also after the database was away for a while."""
    once = IdempotentRequests(world.database, world.clock, Counter("holder"), beat=timedelta(milliseconds=1))
    work = Work()
    under_way = asyncio.create_task(once("acme", "k", "same", work))
    await work.begun.wait()
    rows = world.database

    with capture_logs() as log:
        rows.down = True
        await until(lambda: len(log) > 1)
    rows.down = False
    now = world.clock.advance(hours=1)
    await until(lambda: rows.state.idempotency_keys["acme", "k"].claimed_at == now)
    with pytest.raises(KeyInUse):
        await once("acme", "k", "same", ready())
    work.go_on.set()

    assert await under_way == (OK, False)
    assert work.done == 1


@pytest.mark.parametrize("answer", [OK, Answer(503, {}, b"")])
async def test_the_answer_is_given_also_where_it_cannot_be_kept(
    world: World, once: IdempotentRequests, answer: Answer
) -> None:
    """The work is done; a repeat is carried out again once the lease has run out."""
    work = Work(answer)
    under_way = asyncio.create_task(once("acme", "k", "same", work))
    await work.begun.wait()
    world.database.down = True
    work.go_on.set()

    assert await under_way == (answer, False)
    with pytest.raises(DatabaseUnavailable):
        await once("acme", "k", "same", ready())


async def test_an_erased_answer_is_told_as_erased(world: World, once: IdempotentRequests) -> None:
    """The work is not done again."""
    work = ready()
    await once("acme", "k", "same", work)
    async with world.database.transaction() as tx:
        await tx.idempotency_keys.redact("acme", [b"done"])

    with pytest.raises(AnswerErased):
        await once("acme", "k", "same", work)
    assert work.done == 1
