"""What is stuck, found in the tables in memory."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import define

from application.ports.enrollments import Enrollment
from application.ports.interactions import Dispatch
from application.ports.stuck import SHOWN, Standstill
from domain.attempts import IN_DOUBT
from domain.batches import BatchState
from domain.stuck import StuckKind

if TYPE_CHECKING:
    from tests.fakes.database import State

_Found = Iterator[tuple[str, datetime, str]]
"""Id, since when it is waited for, and whose it is."""


@define
class FakeStandstills:
    """The port `Standstills`."""

    state: "State"

    async def of(self, kind: StuckKind, before: datetime, tenant: str | None) -> Standstill:
        looks: Mapping[StuckKind, Callable[[datetime], _Found]] = {
            StuckKind.ENROLLMENT_OVERDUE: self._overdue,
            StuckKind.ENROLLMENT_NOT_STARTED: self._not_started,
            StuckKind.SEND_IN_DOUBT: self._in_doubt,
            StuckKind.EVENT_NOT_DISPATCHED: self._not_dispatched,
            StuckKind.BATCH_STANDS_STILL: self._standing_still,
            StuckKind.HANDOFF_UNCLAIMED: self._unclaimed,
        }
        found = [(since, name) for name, since, whose in looks[kind](before) if tenant in (None, whose)]
        old = sorted(each for each in found if each[0] < before)
        if not old:
            return Standstill()
        return Standstill(len(old), old[0][0], tuple(name for _, name in old[:SHOWN]))

    def _open(self) -> Iterator[Enrollment]:
        return (each for each in self.state.enrollments.values() if each.outcome is None)

    def _overdue(self, before: datetime) -> _Found:
        paused = {place[:2] for place, pause in self.state.pauses.items() if pause.resumed_at is None}
        for each in self._open():
            held = each.paused_at is not None or (each.tenant, each.campaign) in paused
            begun = each.started_at is not None and each.started_at < before
            if each.due_at is not None and begun and not held:
                yield each.id, each.due_at, each.tenant

    def _not_started(self, before: datetime) -> _Found:
        for each in self._open():
            if each.started_at is None and each.batch is None:
                yield each.id, each.created_at, each.tenant

    def _in_doubt(self, before: datetime) -> _Found:
        at = {each.id: each for each in self._open()}
        for key, attempt in self.state.attempts.items():
            whose = at.get(key.enrollment_id)
            in_doubt = attempt.state in IN_DOUBT
            waited_for = in_doubt and key not in self.state.settled
            if whose is not None and waited_for and whose.step in (None, key.step):
                yield str(key), attempt.claimed_at, whose.tenant

    def _not_dispatched(self, before: datetime) -> _Found:
        for stored_at, row in self.state.interactions.values():
            whose = self.state.enrollments.get(row.enrollment_id or "")
            told = row.dispatch is not Dispatch.PENDING
            if whose is None or told or (whose.started_at is None and whose.outcome is None):
                continue
            yield row.key, stored_at, whose.tenant

    def _standing_still(self, before: datetime) -> _Found:
        moving = {
            each.batch
            for each in self.state.enrollments.values()
            if each.started_at is not None and each.started_at >= before
        }
        for batch in self.state.batches.values():
            if batch.state in (BatchState.STORING, BatchState.STARTING) and batch.id not in moving:
                yield batch.id, batch.stored_at or batch.created_at, batch.tenant

    def _unclaimed(self, before: datetime) -> _Found:
        for handoff in self.state.handoffs.values():
            if handoff.resolved_at is None and handoff.claimed_at is None:
                whose = self.state.enrollments[handoff.enrollment_id]
                yield handoff.key, handoff.created_at, whose.tenant
