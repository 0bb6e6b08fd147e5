"""What all tables in memory hold on one person."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from attrs import define, evolve

from application.ports.enrollments import Enrollment
from application.ports.handoffs import Handoff
from application.ports.holdings import Forgotten, Place
from application.ports.interactions import Interaction
from application.ports.webhooks import StagedWebhook
from domain.erasure import Traces, tombstone

if TYPE_CHECKING:
    from tests.fakes.database import State

_BEFORE, _AFTER = timedelta(seconds=5), timedelta(minutes=1)


@define
class FakeHoldings:
    """The port `Holdings`. A tombstone is no row here: what is erased is gone."""

    state: "State"

    async def enrollments(self, contact_id: str) -> list[Enrollment]:
        found = [each for each in self.state.enrollments.values() if each.contact_id == contact_id]
        return sorted(found, key=lambda each: (each.created_at, each.id))

    async def handoffs(self, contact_id: str) -> list[Handoff]:
        mine = await self._ids(contact_id)
        found = [each for each in self.state.handoffs.values() if each.enrollment_id in mine]
        return sorted(found, key=lambda each: (each.created_at, each.key))

    async def audiences(self, contact_id: str) -> list[str]:
        return sorted(key for _, key, member in self.state.audience_members if member == contact_id)

    async def part_of_staged(self, after: Place, size: int) -> Place | None:
        part = [each for each in self._staged() if _place(each) > _order(after)][:size]
        return Place(part[-1].received_at, part[-1].key) if part else None

    async def staged(self, traces: Traces, after: Place, until: Place) -> list[StagedWebhook]:
        part = [each for each in self._staged() if _order(after) < _place(each) <= _order(until)]
        return [each for each in part if traces.found_in(each.target.encode() + b"\n" + each.body)]

    async def empty_staged(self, deliveries: Sequence[StagedWebhook]) -> int:
        for each in deliveries:
            self.state.webhooks[each.key] = evolve(self.state.webhooks[each.key], body=b"", target="")
            for key, (stored_at, row) in self.state.interactions.items():
                near = each.received_at - _BEFORE <= stored_at <= each.received_at + _AFTER
                if near and _is_stranger(row) and row.provider == each.provider:
                    self.state.interactions[key] = (stored_at, evolve(row, text=None, detail=""))
        return len(deliveries)

    async def forget(self, contact_id: str, traces: Traces, at: datetime) -> Forgotten:
        mine, state = await self._ids(contact_id), self.state
        consents = [place for place in state.consents if place[0] == contact_id]
        members = [place for place in state.audience_members if place[2] == contact_id]
        for consent in consents:
            del state.consents[consent]
        for member in members:
            del state.audience_members[member]
        for name in [name for name, contact in state.contacts.items() if contact.id == contact_id]:
            del state.contacts[name]
        self._rename(mine, traces, contact_id)
        return Forgotten(
            len(consents), len(members), self._silence(mine), self._unbind(mine), self._close(mine)
        )

    async def _ids(self, contact_id: str) -> set[str]:
        return {each.id for each in await self.enrollments(contact_id)}

    def _staged(self) -> list[StagedWebhook]:
        return sorted(self.state.webhooks.values(), key=_place)

    def _rename(self, mine: set[str], traces: Traces, contact_id: str) -> None:
        rows = self.state.interactions
        named = [key for key, (_, row) in rows.items() if row.enrollment_id in mine]
        for number, key in enumerate(sorted(key for key in named if traces.found_in(key.encode()))):
            stored_at, row = rows.pop(key)
            new = f"{tombstone(contact_id)}:{number}"
            rows[new] = (stored_at, evolve(row, key=new))

    def _silence(self, mine: set[str]) -> int:
        changed = 0
        for key, (stored_at, row) in self.state.interactions.items():
            told = row.text is not None or (row.provider is not None and row.detail != "")
            if row.enrollment_id in mine and told:
                self.state.interactions[key] = (stored_at, evolve(row, text=None, detail=""))
                changed += 1
        return changed

    def _unbind(self, mine: set[str]) -> int:
        kept = [each for each in self.state.attempts.values() if each.reason or each.provider_ref]
        known = [each for each in kept if each.key.enrollment_id in mine]
        for each in known:
            self.state.attempts[each.key] = evolve(each, reason=None, provider_ref=None)
        return len(known)

    def _close(self, mine: set[str]) -> int:
        known = [each for each in self.state.handoffs.values() if each.enrollment_id in mine and each.ref]
        for each in known:
            self.state.handoffs[each.key] = evolve(each, ref=None)
        return len(known)


def _place(delivery: StagedWebhook) -> tuple[datetime, str]:
    return delivery.received_at, delivery.key


def _order(place: Place) -> tuple[datetime, str]:
    return place.received_at, place.key


def _is_stranger(row: Interaction) -> bool:
    return row.enrollment_id is None and row.text is not None
