"""Group commit: what is asked for while a round goes on is one next round."""

import asyncio
from collections.abc import Sequence

import pytest
from attrs import define, field
from structlog.contextvars import bound_contextvars, get_contextvars

from application.together import Together


@define
class Rounds:
    """Carries out rounds, each as soon as it is let.

    Attributes:
        seen: the wishes of each round.
        gate: what a round waits for.
        faults: what the next rounds raise, one each.
    """

    seen: list[list[str]] = field(factory=list)
    gate: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(0))
    faults: list[Exception] = field(factory=list)

    async def __call__(self, wishes: Sequence[str]) -> list[str]:
        self.seen.append(list(wishes))
        await self.gate.acquire()
        if self.faults:
            raise self.faults.pop(0)
        if "bad" in wishes:
            raise ValueError("bad")
        return [wish.upper() for wish in wishes]

    async def begun(self, count: int) -> None:
        """Wait until so many rounds have begun."""
        async with asyncio.timeout(5):
            while len(self.seen) < count:  # noqa: ASYNC110 - a turn of the loop, not a time
                await asyncio.sleep(0)


async def test_who_comes_alone_is_served_at_once() -> None:
    """And is answered when the round is over, not before."""
    rounds = Rounds()
    answer = Together(rounds).ask("one")
    await rounds.begun(1)
    assert not answer.done()

    rounds.gate.release()

    assert await answer == "ONE"
    assert rounds.seen == [["one"]]


async def test_what_comes_during_a_round_is_the_next_one() -> None:
    """However many they are, and in the order in which they came."""
    rounds = Rounds()
    together = Together(rounds)
    answers = [together.ask("one")]
    await rounds.begun(1)
    answers += [together.ask(wish) for wish in ("two", "three", "four")]
    for _ in range(2):
        rounds.gate.release()

    assert await asyncio.gather(*answers) == ["ONE", "TWO", "THREE", "FOUR"]
    assert rounds.seen == [["one"], ["two", "three", "four"]]


async def test_a_wish_that_cannot_be_carried_out_spoils_no_other() -> None:
    """The round is tried again, each of its wishes alone; that one alone is told what was raised."""
    rounds = Rounds()
    together = Together(rounds)
    answers = [together.ask(wish) for wish in ("one", "bad", "two")]
    for _ in range(4):
        rounds.gate.release()
    told = await asyncio.gather(*answers, return_exceptions=True)

    assert [told[0], told[2]] == ["ONE", "TWO"]
    assert isinstance(told[1], ValueError)
    assert rounds.seen == [["one", "bad", "two"], ["one"], ["bad"], ["two"]]


async def test_a_round_takes_no_more_than_it_may() -> None:
    """The others are the next one."""
    rounds = Rounds()
    together = Together(rounds, most=2)
    for _ in range(2):
        rounds.gate.release()
    await asyncio.gather(*(together.ask(wish) for wish in ("one", "two", "three")))

    assert rounds.seen == [["one", "two"], ["three"]]


async def test_a_fault_of_nobodys_is_told_to_all_of_the_round_and_to_nobody_else() -> None:
    """Nothing is tried again; the next round goes on as if nothing had been."""
    rounds = Rounds(faults=[OSError("gone")])
    together = Together(rounds, common=(OSError,))
    failing = [together.ask(wish) for wish in ("one", "two")]
    await rounds.begun(1)
    well = together.ask("three")
    for _ in range(2):
        rounds.gate.release()

    for answer in failing:
        with pytest.raises(OSError, match="gone"):
            await answer
    await well
    assert rounds.seen == [["one", "two"], ["three"]]


async def test_whoever_stops_waiting_keeps_nobody_else_from_it() -> None:
    """What was asked for is carried out all the same."""
    rounds = Rounds()
    together = Together(rounds)
    leaving, staying = together.ask("one"), together.ask("two")
    await rounds.begun(1)
    leaving.cancel()
    rounds.gate.release()
    await staying

    assert leaving.cancelled()
    assert rounds.seen == [["one", "two"]]


async def test_whoever_leaves_before_a_round_begins_is_left_out_of_it() -> None:
    """Nobody would learn what has come of it; where all have left, there is no round."""
    rounds = Rounds()
    together = Together(rounds)
    leaving, staying = together.ask("one"), together.ask("two")
    leaving.cancel()
    await rounds.begun(1)
    together.ask("three").cancel()
    rounds.gate.release()
    await staying

    assert rounds.seen == [["two"]]


async def test_it_serves_again_after_a_rest() -> None:
    """Nothing runs in between."""
    rounds = Rounds()
    together = Together(rounds)
    for wish in ("one", "two"):
        rounds.gate.release()
        await together.ask(wish)

    assert rounds.seen == [["one"], ["two"]]


@pytest.mark.parametrize("wishes", [["one", "two"], ["bad", "one", "two"]], ids=["together", "each alone"])
async def test_rounds_that_are_broken_off_leave_nobody_waiting(wishes: list[str]) -> None:
    """Neither those of the round, nor those that come next; and whoever asks afterwards is served."""
    rounds = Rounds()
    together = Together(rounds)
    answers = [together.ask(wish) for wish in wishes]
    await rounds.begun(1)
    answers.append(together.ask("next"))
    if "bad" in wishes:
        rounds.gate.release()
        await rounds.begun(2)  # the first one alone
    [task] = asyncio.all_tasks() - {asyncio.current_task()}
    task.cancel()
    async with asyncio.timeout(5):
        told = await asyncio.gather(*answers, return_exceptions=True)

    assert {type(each) for each in told} == {asyncio.CancelledError}
    rounds.gate.release()
    assert await together.ask("later") == "LATER"


async def test_a_round_is_nobodys_in_particular() -> None:
    """What is bound for whoever asks first, such as a request's number, does not pass for the others'."""
    seen: list[str] = []

    async def look(wishes: Sequence[str]) -> Sequence[str]:
        seen.append(get_contextvars())
        return wishes

    with bound_contextvars(request="the first one's"):
        await Together(look).ask("one")

    assert seen == [{}]
