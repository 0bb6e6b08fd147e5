"""Group commit: what several ask for while one round goes on is carried out together in the next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from attrs import define, field
from structlog.contextvars import clear_contextvars

_Wish = TypeVar("_Wish")
_Result = TypeVar("_Result")


@define
class Together(Generic[_Wish, _Result]):
    """Carries out wishes, one round at a time; a round takes those that have come since the last one began.

    Nobody waits for company: whoever comes alone is served at once. Whoever asks is answered when their own
    wish is carried out, so nothing is promised that has not happened. Whoever stops waiting keeps nobody else
    from it, and is left out of rounds that have not begun. A wish that cannot be carried out spoils no other:
    a round that fails is tried again, each of its wishes alone.

    Args:
        carry_out: does it for all of a round, or for none of it where it raises; gives a result for each.
        common: faults that have nothing to do with any wish: all of the round are told at once.
        most: how many wishes a round takes.
    """

    carry_out: Callable[[Sequence[_Wish]], Awaitable[Sequence[_Result]]]
    common: tuple[type[Exception], ...] = ()
    most: int = 1000
    _asked: list[tuple[_Wish, asyncio.Future[_Result]]] = field(factory=list, init=False)
    _rounds: asyncio.Task[None] | None = field(default=None, init=False)

    def ask(self, wish: _Wish) -> asyncio.Future[_Result]:
        """Ask for something.

        Returns:
            Done when it is done; holds what was raised where it is not.
        """
        answer: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self._asked.append((wish, answer))
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._all())
        return answer

    async def _all(self) -> None:
        # It has a copy of the context of whoever came first: what is logged on the way would pass for theirs.
        clear_contextvars()
        asked: list[tuple[_Wish, asyncio.Future[_Result]]] = []
        try:
            while wanted := [each for each in self._asked if not each[1].done()]:
                asked, self._asked = wanted[: self.most], wanted[self.most :]
                await self._round(asked)
        except BaseException:  # the process ends: nobody is left waiting for what never comes
            for _, answer in (*asked, *self._asked):
                answer.cancel()
            raise
        finally:
            self._rounds, self._asked = None, []

    async def _round(self, asked: Sequence[tuple[_Wish, asyncio.Future[_Result]]]) -> None:
        try:
            results = await self.carry_out([wish for wish, _ in asked])
        except Exception as fault:
            if len(asked) > 1 and not isinstance(fault, self.common):
                for each in asked:
                    await self._round([each])
                return
            for _, answer in asked:
                if not answer.done():
                    answer.set_exception(fault)
        else:
            for (_, answer), result in zip(asked, results, strict=True):
                if not answer.done():  # or nobody waits for it any more
                    answer.set_result(result)
