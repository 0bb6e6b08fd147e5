"""Let runs hear of stored interactions."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence

import structlog
from attrs import Factory, field, frozen

from application import orders
from application.errors import DatabaseUnavailable, RunRefused, RunsUnavailable, UnknownCampaign
from application.ports.database import Database
from application.ports.interactions import Dispatch, Interaction
from application.ports.runs import Runs
from application.together import Together
from domain.errors import DomainError
from domain.pauses import PausePolicy

_log = structlog.get_logger(__name__)

TOLD_AT_ONCE = 100
"""How many events one signal carries: some 200 bytes each, and Temporal warns of payloads from 512 kB."""


AT_ONCE = 50
"""How many enrollments are signalled before whoever brings news gets an answer; the relay takes the rest."""

MOST_FAULTS = 3
"""So many runs that do not answer are enough to stop: each may take a signal's whole time."""


_Marks = Sequence[tuple[str, Dispatch]]


@frozen
class DispatchEvents:
    """Signal interactions to their runs, then mark them: telling twice does no harm, not telling would.

    What several calls have to mark at the same time is marked in one transaction: ADR 14.
    """

    database: Database
    runs: Runs
    _marks: Together[_Marks, None] = field(
        default=Factory(lambda self: Together(self._mark, (DatabaseUnavailable,)), takes_self=True),
        init=False,
        eq=False,
        repr=False,
    )

    async def __call__(self, interactions: Sequence[Interaction]) -> int:
        """Let each run hear of all that is for it, then mark that as dispatched, or as late.

        Late is what a run that has ended, or that takes no more, would have been told, and a pause or its end
        that was taken back meanwhile. What is for a run that was not started yet stays pending.

        Returns:
            How many are marked.

        Raises:
            RunsUnavailable: what was not marked stays pending, and the relay comes back to it. One run that
                does not answer keeps no other waiting; several of them mean that nobody does.
        """
        faults: list[RunsUnavailable] = []
        marked: list[asyncio.Future[None]] = []
        count = 0
        for together in _signals(interactions):
            try:
                heard = await self._heard(together)
            except RunsUnavailable as fault:
                faults.append(fault)
                if len(faults) == MOST_FAULTS:
                    break
                continue
            if heard is Dispatch.PENDING:
                continue
            count += len(together)
            marked.append(self._marks.ask([(interaction.key, heard) for interaction in together]))
        await asyncio.gather(*marked)
        if faults:
            raise faults[0]
        return count

    async def _mark(self, asked: Sequence[_Marks]) -> Sequence[None]:
        async with self.database.transaction() as tx:
            await tx.interactions.mark([mark for marks in asked for mark in marks])
        return [None] * len(asked)

    async def _heard(self, together: Sequence[Interaction]) -> Dispatch:
        """Tell one run; what it comes to for these rows."""
        enrollment_id = together[0].enrollment_id
        if enrollment_id is None:  # nobody's
            return Dispatch.LATE
        try:
            heard = await self._tell(enrollment_id, together)
        except (RunRefused, UnknownCampaign, DomainError) as fault:  # it would be no better later
            keys = [interaction.key for interaction in together]
            _log.error("dispatch.refused", interactions=keys, reason=str(fault))
            return Dispatch.LATE
        if heard or not await self._is_yet_to_start(enrollment_id):
            return Dispatch.DISPATCHED if heard else Dispatch.LATE
        return Dispatch.PENDING

    async def _tell(self, enrollment_id: str, together: Sequence[Interaction]) -> bool:
        last = together[-1]
        match last.kind:
            case orders.OPT_OUT:
                return await self.runs.opt_out(enrollment_id)
            case orders.HANDOFF_RESOLVED:
                return await self.runs.resolve_handoff(enrollment_id)
            case orders.GOAL:
                return await self.runs.reach_goals(enrollment_id, [each.detail for each in together])
            case orders.MIGRATE:
                return await self._migrate(enrollment_id, last.detail)
            case orders.MOVE:
                return await self._move(enrollment_id, last)
            case orders.PAUSE | orders.RESUME:
                return await self._hold(enrollment_id, last)
            case orders.CANCEL:
                return await self.runs.cancel(enrollment_id)
            case _:
                return await self.runs.tell(enrollment_id, together)

    async def _hold(self, enrollment_id: str, last: Interaction) -> bool:
        """Hold or release the run, as the books have it by now.

        A word that the relay brings late may have been taken back since, and the run has heard of that. One
        that is taken back while it is told may reach the run after what took it back: so the books have the
        last word, or the run would stand still for ever.
        """
        is_held = last.kind == orders.PAUSE
        if await self._is_held(enrollment_id) is not is_held:
            return False
        policy = PausePolicy.FREEZE if is_held else PausePolicy(last.detail)
        while True:
            if is_held:
                heard = await self.runs.pause(enrollment_id)
            else:
                heard = await self.runs.resume(enrollment_id, policy)
            if not heard or await self._is_held(enrollment_id) is is_held:
                return heard
            is_held, policy = not is_held, PausePolicy.FREEZE

    async def _move(self, enrollment_id: str, last: Interaction) -> bool:
        """Let the run go where the books say, as with `_hold`; the same order twice moves it once.

        An event leads on from where an order before it leads, so the run must know of both: what waits is
        told together. What another call has told along with a later order is not told again.
        """
        wanted = _waiting(await self._moves(enrollment_id))
        if last.key not in {row.key for row in wanted}:
            return False
        while True:
            heard = await self.runs.move(enrollment_id, [orders.read_move(row) for row in wanted])
            newer = await self._moves(enrollment_id)
            if not heard or newer[-1].key == wanted[-1].key:
                return heard
            wanted = _waiting(newer) or newer[-1:]

    async def _moves(self, enrollment_id: str) -> list[Interaction]:
        async with self.database.transaction() as tx:
            return await tx.interactions.of_enrollments([enrollment_id], [orders.MOVE])

    async def _is_held(self, enrollment_id: str) -> bool:
        async with self.database.transaction() as tx:
            enrollment = await tx.enrollments.get(enrollment_id)
        return enrollment is not None and enrollment.paused_at is not None

    async def _migrate(self, enrollment_id: str, detail: str) -> bool:
        version, moves = orders.read_moves(detail)
        async with self.database.transaction() as tx:
            enrollment = await tx.enrollments.get(enrollment_id)
            if enrollment is None:
                return False
            campaign = await tx.campaigns.get(enrollment.tenant, enrollment.campaign, version)
        return await self.runs.migrate(enrollment_id, campaign.plan.scaled(enrollment.time_scale), moves)

    async def _is_yet_to_start(self, enrollment_id: str) -> bool:
        """Whether a run that was not there is only not there yet."""
        async with self.database.transaction() as tx:
            enrollment = await tx.enrollments.get(enrollment_id)
        return enrollment is not None and enrollment.outcome is None and enrollment.started_at is None


def _waiting(moves: Sequence[Interaction]) -> Sequence[Interaction]:
    """Of a run's orders to move, in the order of storing, those that it is yet to be told of.

    One before an order that was told was told with it, or overtaken; a person's word takes back all before.
    """
    begin = len(moves)
    while begin and moves[begin - 1].dispatch is Dispatch.PENDING:
        begin -= 1
        if orders.read_move(moves[begin]).event is None:
            break
    return moves[begin:]


_WAYS = {orders.PAUSE: orders.PAUSE, orders.RESUME: orders.PAUSE} | {
    kind: kind
    for kind in (
        orders.OPT_OUT,
        orders.HANDOFF_RESOLVED,
        orders.GOAL,
        orders.MIGRATE,
        orders.MOVE,
        orders.CANCEL,
    )
}
"""Which kinds go together, and apart from events; of pauses and resumes, say, the last one counts."""


def _signals(interactions: Sequence[Interaction]) -> Iterator[Sequence[Interaction]]:
    """What one signal can tell, in the order in which it was stored: the same run's, in the same way."""
    groups: dict[tuple[str | None, str | None], list[Interaction]] = {}
    for interaction in interactions:
        groups.setdefault((interaction.enrollment_id, _WAYS.get(interaction.kind)), []).append(interaction)
    for group in groups.values():
        for begin in range(0, len(group), TOLD_AT_ONCE):
            yield group[begin : begin + TOLD_AT_ONCE]


def at_once(stored: Iterable[Interaction]) -> list[Interaction]:
    """Of what was stored, what the first `AT_ONCE` enrollments must hear of; the relay takes the rest."""
    pending = [row for row in stored if row.dispatch is Dispatch.PENDING]
    first = set(list(dict.fromkeys(row.enrollment_id for row in pending))[:AT_ONCE])
    return [row for row in pending if row.enrollment_id in first]


async def let_hear(dispatch: DispatchEvents, stored: Iterable[Interaction]) -> None:
    """Let runs hear of what is stored, as far as that can be done now; the relay takes the rest.

    Args:
        dispatch: signals them.
        stored: rows that are committed.
    """
    try:
        await dispatch(at_once(stored))
    except (RunsUnavailable, DatabaseUnavailable) as fault:
        _log.warning("dispatch.left_to_relay", reason=str(fault))
