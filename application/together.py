"""Group commit: what several ask for while one round goes on is carried out together in the next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from attrs import define, field

_T = TypeVar("_T")


@define
class Together(Generic[_T]):
    """Carries out wishes, one round at a time; a round takes all that have come since the last one began.

    Nobody waits for company: whoever comes alone is served at once. Whoever asks is answered when their own
    wish is carried out, so nothing is promised that has not happened. Whoever stops waiting keeps nobody else
    from it.

    Args:
        carry_out: does it for all of a round; what it raises, each of them is told.
    """

    carry_out: Callable[[Sequence[_T]], Awaitable[None]]
    _asked: list[tuple[_T, asyncio.Future[None]]] = field(factory=list, init=False)
    _rounds: asyncio.Task[None] | None = field(default=None, init=False)

    def ask(self, wish: _T) -> asyncio.Future[None]:
        """Ask for something.

        Returns:
            Done when it is done; holds what was raised where it is not.
        """
        answer = asyncio.get_running_loop().create_future()
        self._asked.append((wish, answer))
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._all())
        return answer

    async def _all(self) -> None:
        try:
            while self._asked:
                await self._round()
        finally:
            self._rounds = None

    async def _round(self) -> None:
        asked, self._asked = self._asked, []
        fault: BaseException | None = None
        try:
            await self.carry_out([wish for wish, _ in asked])
        except BaseException as error:
            fault = error
            if not isinstance(error, Exception):
                raise
        finally:
            for _, answer in asked:
                _tell(answer, fault)


def _tell(answer: asyncio.Future[None], fault: BaseException | None) -> None:
    if answer.done():  # nobody waits for it any more
        return
    if fault is None:
        answer.set_result(None)
    elif isinstance(fault, Exception):
        answer.set_exception(fault)
    else:
        answer.cancel()
