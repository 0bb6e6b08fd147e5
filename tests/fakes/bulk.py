"""The tables of batches and audiences in memory, and runs of batches that only take note."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import define, evolve

from application.errors import RunsUnavailable
from application.ports.audiences import Audience
from application.ports.batches import Batch
from application.ports.enrollments import Enrollment
from domain.contact import Contact
from domain.enrollment.state import Outcome


@define
class FakeBatches:
    """The port `Batches`.

    Args:
        rows: the batches by id.
        enrollments: the enrollments by id.
    """

    rows: dict[str, Batch]
    enrollments: dict[str, Enrollment]

    async def add(self, batch: Batch) -> bool:
        new = batch.id not in self.rows
        self.rows.setdefault(batch.id, batch)
        return new

    async def get(self, batch_id: str) -> Batch | None:
        return self.rows.get(batch_id)

    async def lock(self, batch_id: str) -> Batch | None:
        """Transactions take turns here, so none can go on beside this one."""
        return self.rows.get(batch_id)

    async def save(self, batch: Batch) -> None:
        if batch.id in self.rows:
            self.rows[batch.id] = batch

    async def page(self, tenant: str, before: tuple[datetime, str] | None, limit: int) -> list[Batch]:
        mine = [b for b in self.rows.values() if b.tenant == tenant]
        found = [b for b in mine if before is None or (b.created_at, b.id) < before]
        return sorted(found, key=lambda b: (b.created_at, b.id), reverse=True)[:limit]

    async def in_hand(self, limit: int) -> list[Batch]:
        found = [b for b in self.rows.values() if b.finished_at is None]
        return sorted(found, key=lambda b: (b.created_at, b.id))[:limit]

    async def unstarted(self, batch_id: str, after: str, limit: int) -> list[Enrollment]:
        return [e for e in self._unstarted(batch_id) if e.id > after][:limit]

    async def count_unstarted(self, batch_id: str, until: str | None = None) -> int:
        return len([e for e in self._unstarted(batch_id) if until is None or e.id <= until])

    async def mark_started(self, enrollment_ids: Sequence[str], at: datetime) -> int:
        known = [self.enrollments[id_] for id_ in enrollment_ids if id_ in self.enrollments]
        new = [each for each in known if each.started_at is None]
        self.enrollments |= {e.id: evolve(e, started_at=at) for e in new}
        return len(new)

    async def cancel_unstarted(self, batch_id: str, limit: int, at: datetime) -> int:
        ended = self._unstarted(batch_id)[:limit]
        self.enrollments |= {e.id: evolve(e, outcome=Outcome.CANCELLED, finished_at=at) for e in ended}
        return len(ended)

    def _unstarted(self, batch_id: str) -> list[Enrollment]:
        found = [e for e in self.enrollments.values() if e.batch == batch_id]
        return sorted((e for e in found if e.started_at is None and e.outcome is None), key=lambda e: e.id)


@define
class FakeAudiences:
    """The port `Audiences`.

    Args:
        rows: the audiences by tenant and key.
        lists: tenant, audience and contact id of each member.
        contacts: the contacts by tenant and external id.
    """

    rows: dict[tuple[str, str], Audience]
    lists: dict[tuple[str, str, str], None]
    contacts: dict[tuple[str, str], Contact]

    async def put(self, tenant: str, key: str, definition: Mapping[str, Any], at: datetime) -> bool:
        known = self.rows.get((tenant, key))
        self._clear(tenant, key)
        made = at if known is None else known.created_at
        self.rows[tenant, key] = Audience(tenant, key, dict(definition), made, at)
        return known is None

    async def get(self, tenant: str, key: str) -> Audience | None:
        return self.rows.get((tenant, key))

    async def page(self, tenant: str, after_key: str, limit: int) -> list[Audience]:
        found = sorted(place for place in self.rows if place[0] == tenant and place[1] > after_key)
        return [self.rows[place] for place in found][:limit]

    async def delete(self, tenant: str, key: str) -> bool:
        self._clear(tenant, key)
        return self.rows.pop((tenant, key), None) is not None

    async def add_members(self, tenant: str, key: str, contact_ids: Sequence[str]) -> int:
        before = len(self.lists)
        self.lists |= {(tenant, key, contact_id): None for contact_id in contact_ids}
        return len(self.lists) - before

    async def members(self, tenant: str, key: str, after_id: str, limit: int) -> list[Contact]:
        found = [c for c in self._members(tenant, key) if c.id > after_id]
        return sorted(found, key=lambda c: c.id)[:limit]

    async def count_members(self, tenant: str, key: str) -> int:
        return len(self._members(tenant, key))

    def _members(self, tenant: str, key: str) -> list[Contact]:
        return [c for c in self.contacts.values() if (tenant, key, c.id) in self.lists]

    def _clear(self, tenant: str, key: str) -> None:
        for place in [place for place in self.lists if place[:2] == (tenant, key)]:
            del self.lists[place]


class FakeBatchRuns:
    """The port `BatchRuns`: keeps what it was asked, and is down when it is told to be.

    Attributes:
        down: every call raises `RunsUnavailable`.
        started: every batch whose run was to be started, in order, as it stood.
    """

    def __init__(self) -> None:
        self.down = False
        self.started: list[Batch] = []

    async def start(self, batch: Batch) -> None:
        if self.down:
            raise RunsUnavailable("the workflow service does not answer")
        self.started.append(batch)
