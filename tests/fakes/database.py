"""The Database port in memory, for use-case tests: no server, no files, the same answers as the real one.

It passes the contract suite in `tests/integration/db`. It differs in two ways: it has no foreign keys, so a
test stores only what it is about, and a transaction begun inside another one is refused, where a real
database would wait for itself.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from attrs import Factory, define, evolve, field, fields

from application.errors import DatabaseUnavailable, UnknownCampaign, VersionTaken
from application.ports.api_keys import ApiKey
from application.ports.attempts import Attempt, Heard
from application.ports.audiences import Audience
from application.ports.batches import Batch
from application.ports.campaigns import CampaignVersion
from application.ports.clock import Clock
from application.ports.consents import Consent
from application.ports.contacts import ContactSearch
from application.ports.enrollments import Enrollment, EnrollmentQuery, InFlight, Listed
from application.ports.handoffs import Handoff, HandoffCase, HandoffQuery
from application.ports.idempotency_keys import KeyedRequest
from application.ports.interactions import Dispatch, Interaction
from application.ports.reports import HandoffCount, MessageCount
from application.ports.suppressions import EVERYBODY, Concealed, SuppressedAddress, Suppression
from application.ports.webhooks import StagedWebhook
from domain.attempts import COMES_FROM, IN_DOUBT, AttemptState
from domain.campaign import Campaign
from domain.circuit import Circuit
from domain.contact import Contact
from domain.enrollment.state import Outcome
from domain.erasure import ERASED, address_hash
from domain.idempotency import AttemptKey
from domain.language.parse import parse
from domain.pauses import Pause
from domain.refusals import Refusal
from domain.statuses import Channel, DeliveryStatus, join
from tests.fakes.bulk import FakeAudiences, FakeBatches
from tests.fakes.holdings import FakeHoldings
from tests.fakes.keys import FakeApiKeys, FakeIdempotencyKeys
from tests.fakes.stuck import FakeStandstills

_SENT = frozenset({AttemptState.ACCEPTED, AttemptState.CLAIMED, AttemptState.UNKNOWN})
_IN_DOUBT = frozenset({AttemptState.CLAIMED, AttemptState.RELEASED, AttemptState.UNKNOWN})


@define
class State:
    """All tables. Values are frozen, so a copy of the dicts is a copy of everything."""

    api_keys: dict[str, ApiKey] = Factory(dict)
    attempts: dict[AttemptKey, Attempt] = Factory(dict)
    audience_members: dict[tuple[str, str, str], None] = Factory(dict)
    audiences: dict[tuple[str, str], Audience] = Factory(dict)
    batches: dict[str, Batch] = Factory(dict)
    campaigns: dict[tuple[str, str, int], dict[str, Any]] = Factory(dict)
    circuits: dict[tuple[Channel, str], Circuit] = Factory(dict)
    consents: dict[tuple[str, Channel, datetime], Consent] = Factory(dict)
    contacts: dict[tuple[str, str], Contact] = Factory(dict)
    enrollments: dict[str, Enrollment] = Factory(dict)
    handoffs: dict[str, Handoff] = Factory(dict)
    idempotency_keys: dict[tuple[str, str], KeyedRequest] = Factory(dict)
    interactions: dict[str, tuple[datetime, Interaction]] = Factory(dict)
    suppressed_at: dict[tuple[str, Channel, str], datetime] = Factory(dict)
    nonces: dict[tuple[str, str], tuple[str, datetime]] = Factory(dict)
    pauses: dict[tuple[str, str, datetime], Pause] = Factory(dict)
    published_at: dict[tuple[str, str, int], datetime] = Factory(dict)
    settled: dict[AttemptKey, datetime] = Factory(dict)
    slots: dict[tuple[str, str, datetime], datetime] = Factory(dict)
    suppressions: dict[tuple[str, Channel, str], str] = Factory(dict)
    webhooks: dict[str, StagedWebhook] = Factory(dict)

    def copy(self) -> "State":
        """What a rollback goes back to."""
        return State(*(dict(getattr(self, table.name)) for table in fields(State)))

    def reached(self, enrollment_id: str, channel: Channel, address: str) -> bool:
        """Whether the contact of an enrollment is reached at an address."""
        enrollment = self.enrollments.get(enrollment_id)
        contact_id = None if enrollment is None else enrollment.contact_id
        return any(c.id == contact_id and c.address(channel) == address for c in self.contacts.values())

    def of_campaign(self, tenant: str, campaign: str) -> dict[str, Enrollment]:
        """The enrollments of one campaign of one tenant."""
        return {e.id: e for e in self.enrollments.values() if (e.tenant, e.campaign) == (tenant, campaign)}


@define
class FakeAttempts:
    state: State

    async def get(self, key: AttemptKey) -> Attempt | None:
        return self.state.attempts.get(key)

    async def claim(self, attempt: Attempt) -> bool:
        known = self.state.attempts.get(attempt.key)
        if known is None:
            self.state.attempts[attempt.key] = evolve(attempt, state=AttemptState.CLAIMED)
            return True
        if known.state is not AttemptState.RELEASED:
            return False
        self.state.attempts[attempt.key] = evolve(
            known,
            state=AttemptState.CLAIMED,
            provider=attempt.provider,
            claimed_at=attempt.claimed_at,
            reason=None,
            refusal=None,
        )
        return True

    async def record(
        self,
        key: AttemptKey,
        state: AttemptState,
        at: datetime,
        *,
        provider_ref: str | None = None,
        reason: str | None = None,
        refusal: Refusal | None = None,
    ) -> Attempt:
        known = self.state.attempts.get(key)
        if known is None:
            raise LookupError(f"attempt {key} was never claimed")
        fills = state is known.state is AttemptState.ACCEPTED and known.provider_ref is None
        if known.state in COMES_FROM[state] or fills:
            ref = known.provider_ref or provider_ref
            self.state.attempts[key] = evolve(
                known, state=state, provider_ref=ref, reason=reason, refusal=refusal
            )
        return self.state.attempts[key]

    async def hear(
        self, key: AttemptKey, status: DeliveryStatus, at: datetime, provider_ref: str | None
    ) -> None:
        known = self.state.attempts.get(key)
        if known is None:
            return
        proves = known.state in _IN_DOUBT
        self.state.attempts[key] = evolve(
            known,
            delivery=join(known.delivery, status),
            state=AttemptState.ACCEPTED if proves else known.state,
            reason=None if proves else known.reason,
            refusal=None if proves else known.refusal,
            provider_ref=known.provider_ref or provider_ref,
        )

    async def hear_all(self, heard: Sequence[Heard], at: datetime) -> None:
        for each in heard:
            await self.hear(each.key, each.status, at, each.provider_ref)

    async def find(self, keys: Collection[AttemptKey]) -> dict[AttemptKey, Attempt]:
        return {key: self.state.attempts[key] for key in keys if key in self.state.attempts}

    async def by_ref(self, provider: str, provider_ref: str) -> Attempt | None:
        found = [
            a
            for a in self.state.attempts.values()
            if (a.provider, a.provider_ref) == (provider, provider_ref)
        ]
        return max(found, key=_age, default=None)

    async def latest_to(self, channel: Channel, address: str) -> Attempt | None:
        sent = [
            a
            for a in self.state.attempts.values()
            if a.channel is channel
            and a.state in _SENT
            and self.state.reached(a.key.enrollment_id, channel, address)
        ]
        return max(sent, key=self._most_likely, default=None)

    def _most_likely(self, attempt: Attempt) -> tuple[bool, bool, object]:
        enrollment = self.state.enrollments[attempt.key.enrollment_id]
        return enrollment.outcome is None, attempt.state is not AttemptState.CLAIMED, _age(attempt)

    async def others_to(
        self, channel: Channel, address: str, provider: str, key: AttemptKey, since: datetime
    ) -> list[Attempt]:
        sent = [
            a
            for a in self.state.attempts.values()
            if (a.channel, a.provider) == (channel, provider)
            and a.key != key
            and a.claimed_at >= since
            and a.state in _SENT
            and self.state.reached(a.key.enrollment_id, channel, address)
        ]
        return sorted(sent, key=_age)

    async def nth_latest(
        self, contact_id: str, nth: int, channel: Channel | None, apart_from: AttemptKey
    ) -> datetime | None:
        mine = {e.id for e in self.state.enrollments.values() if e.contact_id == contact_id}
        sent = [
            a.claimed_at
            for a in self.state.attempts.values()
            if a.key.enrollment_id in mine
            and a.state in _SENT
            and a.key != apart_from
            and channel in (None, a.channel)
        ]
        return sorted(sent, reverse=True)[nth - 1] if len(sent) >= nth else None

    async def of_enrollment(self, enrollment_id: str) -> list[Attempt]:
        return await self.of_enrollments([enrollment_id])

    async def settle(self, enrollment_id: str, at: datetime) -> None:
        for attempt in await self.of_enrollment(enrollment_id):
            if attempt.state in IN_DOUBT:
                self.state.settled.setdefault(attempt.key, at)

    async def of_enrollments(self, enrollment_ids: Sequence[str]) -> list[Attempt]:
        found = [a for a in self.state.attempts.values() if a.key.enrollment_id in enrollment_ids]
        return sorted(found, key=_age)


@define
class FakeCampaigns:
    state: State

    async def publish(self, tenant: str, definition: Mapping[str, Any], at: datetime) -> bool:
        plan = parse(definition).plan
        key = (tenant, plan.campaign, plan.version)
        content = json.loads(json.dumps(definition))
        if key not in self.state.campaigns:
            self.state.campaigns[key] = content
            self.state.published_at[key] = at
            return True
        if self.state.campaigns[key] != content:
            raise VersionTaken(f"version {plan.version} of campaign {plan.campaign} has other content")
        return False

    async def get(self, tenant: str, key: str, version: int) -> Campaign:
        return parse(await self.definition(tenant, key, version), published=True)

    async def definition(self, tenant: str, key: str, version: int) -> Mapping[str, Any]:
        if (tenant, key, version) not in self.state.campaigns:
            raise UnknownCampaign(f"there is no version {version} of campaign {key}")
        return self.state.campaigns[tenant, key, version]

    async def versions(self, tenant: str, key: str | None = None) -> list[CampaignVersion]:
        published = sorted(self.state.published_at.items())
        found = [(place[1:], at) for place, at in published if place[0] == tenant]
        return [CampaignVersion(name, version, at) for (name, version), at in found if key in (None, name)]

    async def pauses(self, tenant: str, key: str) -> list[Pause]:
        return [pause for place, pause in sorted(self.state.pauses.items()) if place[:2] == (tenant, key)]

    async def pause(self, tenant: str, key: str, pause: Pause) -> bool:
        if any(known.resumed_at is None for known in await self.pauses(tenant, key)):
            return False
        self.state.pauses[tenant, key, pause.paused_at] = pause
        self.state.slots.pop((tenant, key, pause.paused_at), None)
        return True

    async def resume(self, tenant: str, key: str, at: datetime) -> bool:
        for pause in await self.pauses(tenant, key):
            if pause.resumed_at is None:
                self.state.pauses[tenant, key, pause.paused_at] = evolve(pause, resumed_at=at)
                return True
        return False

    async def take_slot(self, tenant: str, key: str, pause: Pause, now: datetime) -> datetime:
        place = (tenant, key, pause.paused_at)
        if place not in self.state.pauses:
            raise LookupError(f"campaign {key} has had no pause since {pause.paused_at.isoformat()}")
        slot = max(now, self.state.slots.get(place, now))
        self.state.slots[place] = slot + timedelta(microseconds=ceil(1_000_000 / pause.rate))
        return slot


@define
class FakeCircuits:
    state: State

    async def of(self, channel: Channel, providers: Collection[str]) -> dict[str, Circuit]:
        return {name: self.state.circuits.get((channel, name), Circuit()) for name in providers}

    async def note(self, channel: Channel, provider: str, known: Circuit, now: Circuit) -> bool:
        if self.state.circuits.get((channel, provider), Circuit()) != known:
            return False
        self.state.circuits[channel, provider] = now
        return True

    async def all(self) -> dict[tuple[Channel, str], Circuit]:
        return dict(self.state.circuits)


@define
class FakeConsents:
    state: State

    async def add(self, contact_id: str, consents: list[Consent]) -> int:
        before = len(self.state.consents)
        for consent in consents:
            self.state.consents.setdefault((contact_id, consent.channel, consent.at), consent)
        return len(self.state.consents) - before

    async def add_all(self, said: Mapping[str, Sequence[Consent]]) -> int:
        return sum([await self.add(contact_id, list(consents)) for contact_id, consents in said.items()])

    async def holds(self, contact_id: str, channel: Channel) -> bool:
        said = [c for c in await self.of_contact(contact_id) if c.channel is channel]
        return bool(said) and said[-1].given

    async def of_contact(self, contact_id: str) -> list[Consent]:
        said = [consent for place, consent in self.state.consents.items() if place[0] == contact_id]
        return sorted(said, key=lambda consent: (consent.at, consent.channel))


@define
class FakeContacts:
    state: State

    async def upsert(self, tenant: str, contacts: Sequence[Contact]) -> dict[str, str]:
        for contact in contacts:
            key = (tenant, contact.external_id)
            known = self.state.contacts.get(key)
            self.state.contacts[key] = contact if known is None else evolve(contact, id=known.id)
        return {c.external_id: self.state.contacts[tenant, c.external_id].id for c in contacts}

    async def get(self, contact_id: str) -> Contact | None:
        return next((c for c in self.state.contacts.values() if c.id == contact_id), None)

    async def by_external_id(self, tenant: str, external_id: str) -> Contact | None:
        return self.state.contacts.get((tenant, external_id))

    async def ids_of(self, tenant: str, external_ids: Sequence[str]) -> dict[str, str]:
        found = ((name, self.state.contacts.get((tenant, name))) for name in external_ids)
        return {name: contact.id for name, contact in found if contact is not None}

    async def lock(self, contact_id: str) -> None:
        """Transactions take turns here, so none can go on beside this one."""

    async def tenants_at(self, channel: Channel, address: str) -> list[str]:
        found = self.state.contacts.items()
        return sorted({tenant for (tenant, _), c in found if c.address(channel) == address})

    async def page(self, tenant: str, search: ContactSearch, after: str, limit: int) -> list[Contact]:
        found = [c for (owner, _), c in self.state.contacts.items() if owner == tenant and c.id > after]
        return sorted((c for c in found if _is_found(c, search)), key=lambda c: c.id)[:limit]


@define
class FakeEnrollments:
    state: State

    async def add(self, enrollments: Sequence[Enrollment]) -> frozenset[str]:
        taken = {_entry(e) for e in self.state.enrollments.values()}
        new = set()
        for enrollment in enrollments:
            place = _entry(enrollment)
            if place not in taken and enrollment.id not in self.state.enrollments:
                self.state.enrollments[enrollment.id] = enrollment
                taken.add(place)
                new.add(enrollment.id)
        return frozenset(new)

    async def find(self, enrollment_ids: Collection[str]) -> dict[str, Enrollment]:
        return {
            each: self.state.enrollments[each] for each in enrollment_ids if each in self.state.enrollments
        }

    async def get(self, enrollment_id: str) -> Enrollment | None:
        return self.state.enrollments.get(enrollment_id)

    async def search(
        self, tenant: str, query: EnrollmentQuery, after: tuple[datetime, str] | None, limit: int
    ) -> list[Listed]:
        names = {contact.id: name for (_, name), contact in self.state.contacts.items()}
        found = [e for e in self.state.enrollments.values() if e.tenant == tenant and _fits(e, query)]
        found.sort(key=lambda e: (e.created_at, e.id), reverse=True)
        rest = [e for e in found if after is None or (e.created_at, e.id) < after]
        return [Listed(e, names.get(e.contact_id)) for e in rest[:limit]]

    async def latest(self, tenant: str, campaign: str, contact_ids: Sequence[str]) -> dict[str, Enrollment]:
        entered = sorted(self.state.of_campaign(tenant, campaign).values(), key=lambda e: e.entry)
        return {e.contact_id: e for e in entered if e.contact_id in set(contact_ids)}

    async def place(
        self, enrollment_id: str, version: int, step: str | None, due: datetime | None = None
    ) -> None:
        known = self.state.enrollments.get(enrollment_id)
        if known is not None and known.outcome is None:
            self.state.enrollments[enrollment_id] = evolve(known, version=version, step=step, due_at=due)

    async def set_due(self, enrollment_ids: Sequence[str], due: datetime | None) -> None:
        for known in [self.state.enrollments.get(i) for i in enrollment_ids]:
            if known is not None and known.outcome is None:
                self.state.enrollments[known.id] = evolve(known, due_at=due)

    async def set_paused(self, enrollment_id: str, at: datetime | None) -> bool:
        known = self.state.enrollments.get(enrollment_id)
        if known is None or known.outcome is not None or (known.paused_at is None) == (at is None):
            return False
        self.state.enrollments[enrollment_id] = evolve(known, paused_at=at)
        return True

    async def in_flight(self, tenant: str, campaign: str) -> list[InFlight]:
        open_ = [e for e in self.state.of_campaign(tenant, campaign).values() if e.outcome is None]
        counts = Counter((e.version, e.step) for e in open_)
        order = sorted(counts, key=lambda place: (place[0], place[1] or ""))
        return [InFlight(version, step, counts[version, step]) for version, step in order]

    async def open_at(
        self, tenant: str, campaign: str, version: int, step: str | None, after: str, limit: int
    ) -> list[Enrollment]:
        found = [
            e
            for id_, e in sorted(self.state.of_campaign(tenant, campaign).items())
            if e.outcome is None and (e.version, e.step) == (version, step) and id_ > after
        ]
        return found[:limit]

    async def open_of(self, contact_id: str) -> list[Enrollment]:
        found = [e for e in self.state.enrollments.values() if e.contact_id == contact_id]
        return sorted((e for e in found if e.outcome is None), key=lambda e: (e.created_at, e.id))

    async def mark_started(self, enrollment_ids: Sequence[str], at: datetime) -> None:
        for known in [self.state.enrollments.get(i) for i in enrollment_ids]:
            if known is not None and known.started_at is None:
                self.state.enrollments[known.id] = evolve(known, started_at=at)

    async def finish(self, enrollment_id: str, outcome: Outcome, at: datetime) -> bool:
        known = self.state.enrollments.get(enrollment_id)
        if known is None or known.outcome is not None:
            return False
        ended = evolve(known, outcome=outcome, finished_at=at, due_at=None)
        self.state.enrollments[enrollment_id] = ended
        return True

    async def unstarted(
        self, before: datetime, limit: int, or_after: datetime | None = None
    ) -> list[Enrollment]:
        found = [
            e
            for e in self.state.enrollments.values()
            if e.started_at is None and e.outcome is None and e.batch is None
        ]
        left = [e for e in found if _outside(e.created_at, before, or_after)]
        return sorted(left, key=lambda e: (e.created_at, e.id))[:limit]

    async def open_to(self, tenant: str, channel: Channel, address: str) -> list[Enrollment]:
        found = [e for e in self.state.enrollments.values() if e.tenant == tenant and e.outcome is None]
        here = [e for e in found if self.state.reached(e.id, channel, address)]
        return sorted(here, key=lambda e: (e.created_at, e.id))


@define
class FakeHandoffs:
    state: State

    async def add(self, handoff: Handoff) -> Handoff:
        return self.state.handoffs.setdefault(handoff.key, handoff)

    async def record(self, key: str, ref: str) -> None:
        if key in self.state.handoffs:
            self.state.handoffs[key] = evolve(self.state.handoffs[key], ref=ref)

    async def get(self, key: str) -> Handoff | None:
        return self.state.handoffs.get(key)

    async def by_ref(self, desk: str, ref: str) -> Handoff | None:
        found = [h for h in self.state.handoffs.values() if (h.desk, h.ref) == (desk, ref)]
        return max(found, key=lambda h: (h.created_at, h.key), default=None)

    async def resolve(self, key: str, at: datetime) -> bool:
        return self._change(key, resolved_at=at)

    async def claim(self, key: str, by: str, at: datetime) -> bool:
        known = self.state.handoffs.get(key)
        if known is None or known.claimed_by not in (None, by):
            return False
        return self._change(key, claimed_by=by, claimed_at=known.claimed_at or at)

    async def assign(self, key: str, to: str | None, at: datetime) -> bool:
        return self._change(key, claimed_by=to, claimed_at=None if to is None else at)

    async def case(self, tenant: str, key: str) -> HandoffCase | None:
        return next((case for case in self._cases(tenant) if case.handoff.key == key), None)

    async def page(
        self, tenant: str, query: HandoffQuery, after: tuple[datetime, str] | None, limit: int
    ) -> list[HandoffCase]:
        found = [
            case
            for case in self._cases(tenant)
            if (after is None or _place(case) > after)
            and query.state in (None, case.handoff.state)
            and query.campaign in (None, case.campaign)
            and query.external_id in (None, case.external_id)
        ]
        return sorted(found, key=_place)[:limit]

    def _cases(self, tenant: str) -> Iterator[HandoffCase]:
        people = {contact.id: contact for contact in self.state.contacts.values()}
        for handoff in self.state.handoffs.values():
            enrollment = self.state.enrollments.get(handoff.enrollment_id)
            if enrollment is not None and enrollment.tenant == tenant:
                contact = people.get(enrollment.contact_id)
                name = None if contact is None else contact.external_id
                yield HandoffCase(handoff, enrollment.campaign, name)

    def _change(self, key: str, **values: Any) -> bool:
        known = self.state.handoffs.get(key)
        if known is None or known.resolved_at is not None:
            return False
        self.state.handoffs[key] = evolve(known, **values)
        return True


@define
class FakeInteractions:
    state: State
    now: datetime

    async def add(self, interactions: Sequence[Interaction]) -> frozenset[str]:
        new: dict[str, Interaction] = {}
        for i in interactions:
            if i.key not in self.state.interactions:
                new.setdefault(i.key, i)
        rows = {key: (self.now, evolve(i, stored_at=self.now)) for key, i in new.items()}
        self.state.interactions |= rows
        return frozenset(new)

    async def mark(self, marks: Sequence[tuple[str, Dispatch]]) -> None:
        for key, dispatch in marks:
            if key in self.state.interactions:
                stored_at, known = self.state.interactions[key]
                if known.dispatch is Dispatch.PENDING:
                    self.state.interactions[key] = (stored_at, evolve(known, dispatch=dispatch))

    async def pending(
        self, before: datetime, limit: int, or_after: datetime | None = None
    ) -> list[Interaction]:
        left = [i for stored, i in self._stored() if _outside(stored, before, or_after)]
        rows = [i for i in left if i.dispatch is Dispatch.PENDING]
        return [row for row in rows if not self._is_to_start(row)][:limit]

    def _is_to_start(self, row: Interaction) -> bool:
        enrollment = self.state.enrollments.get(row.enrollment_id or "")
        return enrollment is not None and enrollment.started_at is None and enrollment.outcome is None

    async def of_enrollment(self, enrollment_id: str) -> list[Interaction]:
        return [i for _, i in self._stored() if i.enrollment_id == enrollment_id]

    async def of_enrollments(
        self, enrollment_ids: Sequence[str], kinds: Collection[str]
    ) -> list[Interaction]:
        return [i for _, i in self._stored() if i.enrollment_id in enrollment_ids and i.kind in kinds]

    def _stored(self) -> list[tuple[datetime, Interaction]]:
        return sorted(self.state.interactions.values(), key=lambda row: (row[0], row[1].at))


def _outside(at: datetime, before: datetime, or_after: datetime | None) -> bool:
    return at < before or (or_after is not None and at > or_after)


@define
class FakeReports:
    state: State

    async def outcomes(self, tenant: str, campaign: str) -> dict[str, int]:
        enrollments = self.state.of_campaign(tenant, campaign).values()
        return dict(Counter(str(e.outcome or "open") for e in enrollments))

    async def messages(self, tenant: str, campaign: str) -> list[MessageCount]:
        counts = Counter(
            (str(a.channel), str(a.delivery or a.state)) for a in self._attempts(tenant, campaign)
        )
        return [MessageCount(channel, status, n) for (channel, status), n in sorted(counts.items())]

    async def handoffs(self, tenant: str, campaign: str) -> list[Handoff]:
        enrollments = self.state.of_campaign(tenant, campaign)
        found = [h for h in self.state.handoffs.values() if h.enrollment_id in enrollments]
        return sorted(found, key=lambda h: (h.created_at, h.key))

    async def handoff_count(self, tenant: str, campaign: str) -> HandoffCount:
        found = await self.handoffs(tenant, campaign)
        resolved = sum(handoff.resolved_at is not None for handoff in found)
        return HandoffCount(len(found) - resolved, resolved)

    async def busiest(self, tenant: str, campaign: str) -> str | None:
        enrollments = self.state.of_campaign(tenant, campaign)
        rows = (i.enrollment_id for _, i in self.state.interactions.values())
        counts = Counter(id_ for id_ in rows if id_ in enrollments)
        return min(counts, key=lambda id_: (-counts[id_], id_ or ""), default=None)

    async def attempts_by_state(self, tenant: str, campaign: str) -> dict[str, list[str]]:
        keys = defaultdict(list)
        for attempt in self._attempts(tenant, campaign):
            keys[attempt.state.value].append(str(attempt.key))
        return {state: sorted(texts) for state, texts in keys.items()}

    def _attempts(self, tenant: str, campaign: str) -> list[Attempt]:
        enrollments = self.state.of_campaign(tenant, campaign)
        return [a for a in self.state.attempts.values() if a.key.enrollment_id in enrollments]


@define
class FakeSuppressions:
    state: State

    async def add(self, tenant: str, channel: Channel, address: str, reason: str, at: datetime) -> bool:
        place = self._place(tenant, channel, address)
        new = place not in self.state.suppressions
        self.state.suppressions.setdefault(place, reason)
        self.state.suppressed_at[place] = at if new else max(at, self.state.suppressed_at[place])
        return new

    async def add_many(
        self, tenant: str, channel: Channel, reasons: Mapping[str, str], at: datetime
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        for address, reason in reasons.items():
            known = self.state.suppressions.get(self._place(tenant, channel, address))
            if known is None:
                await self.add(tenant, channel, address, reason, at)
            else:
                found[address] = known
        return found

    async def holds(self, tenant: str, channel: Channel, address: str) -> bool:
        return bool(await self.of(tenant, channel, address))

    async def of(self, tenant: str, channel: Channel, address: str) -> list[Suppression]:
        places = [self._place(each, channel, address) for each in dict.fromkeys((tenant, EVERYBODY))]
        return [self._suppression(place) for place in places if place in self.state.suppressions]

    async def lift(self, tenant: str, channel: Channel, address: str, reason: str, at: datetime) -> bool:
        place = self._place(tenant, channel, address)
        if self.state.suppressions.get(place) != reason or self.state.suppressed_at[place] > at:
            return False
        del self.state.suppressions[place]
        return True

    async def page(
        self, tenant: str, channel: Channel | None, after: tuple[str, str, str] | None, limit: int
    ) -> list[SuppressedAddress]:
        places = sorted(place for place in self.state.suppressions if place[0] in (tenant, EVERYBODY))
        found = [place for place in places if channel in (None, place[1])]
        rest = [place for place in found if after is None or tuple(map(str, place)) > after]
        return [SuppressedAddress(place[1], place[2], self._suppression(place)) for place in rest[:limit]]

    async def remove(self, tenant: str, channel: Channel, address: str) -> bool:
        return self.state.suppressions.pop(self._place(tenant, channel, address), None) is not None

    async def conceal(
        self, tenant: str, channels: Collection[Channel], address: str, at: datetime
    ) -> Concealed:
        hashed = 0
        for place in [(owner, channel, address) for owner in (tenant, EVERYBODY) for channel in channels]:
            if place in self.state.suppressions:
                hidden = (*place[:2], _hash(address))
                self.state.suppressions[hidden] = self.state.suppressions.pop(place)
                self.state.suppressed_at[hidden] = self.state.suppressed_at.pop(place)
                hashed += 1
        places = [(tenant, channel, _hash(address)) for channel in channels]
        new = [place for place in places if place not in self.state.suppressions]
        for place in new:
            self.state.suppressions[place], self.state.suppressed_at[place] = ERASED, at
        return Concealed(hashed, len(new))

    def _place(self, tenant: str, channel: Channel, address: str) -> tuple[str, Channel, str]:
        hidden = (tenant, channel, _hash(address))
        return hidden if hidden in self.state.suppressions else (tenant, channel, address)

    def _suppression(self, place: tuple[str, Channel, str]) -> Suppression:
        return Suppression(place[0], self.state.suppressions[place], self.state.suppressed_at[place])


@define
class FakeWebhooks:
    state: State

    async def stage(self, *deliveries: StagedWebhook) -> int:
        new = {each.key: each for each in reversed(deliveries) if each.key not in self.state.webhooks}
        self.state.webhooks |= new
        return len(new)

    async def use_nonce(self, provider: str, nonce: str, webhook_key: str, at: datetime) -> bool:
        return self.state.nonces.setdefault((provider, nonce), (webhook_key, at))[0] == webhook_key

    async def forget_nonces(self, before: datetime) -> None:
        nonces = self.state.nonces
        for old in [name for name, (_, used_at) in nonces.items() if used_at < before]:
            del nonces[old]


class FakeTransaction:
    """All tables over one state."""

    def __init__(self, state: State, now: datetime) -> None:
        self.api_keys = FakeApiKeys(state.api_keys)
        self.attempts = FakeAttempts(state)
        self.audiences = FakeAudiences(state.audiences, state.audience_members, state.contacts)
        self.batches = FakeBatches(state.batches, state.enrollments)
        self.campaigns = FakeCampaigns(state)
        self.circuits = FakeCircuits(state)
        self.consents = FakeConsents(state)
        self.contacts = FakeContacts(state)
        self.enrollments = FakeEnrollments(state)
        self.handoffs = FakeHandoffs(state)
        self.holdings = FakeHoldings(state)
        self.idempotency_keys = FakeIdempotencyKeys(state.idempotency_keys)
        self.interactions = FakeInteractions(state, now)
        self.reports = FakeReports(state)
        self.standstills = FakeStandstills(state)
        self.suppressions = FakeSuppressions(state)
        self.webhooks = FakeWebhooks(state)


@define
class FakeDatabase:
    """One transaction at a time over a copy of the state, which replaces it when the block ends well.

    Args:
        clock: what interactions are stamped with when they are stored.
        state: the tables; a test may look into them and fill them.
        down: set it to have every transaction refused, as by a database that does not answer.
    """

    clock: Clock = field(default=lambda: datetime.now(UTC), kw_only=True)
    state: State = Factory(State)
    down: bool = False
    _lock: asyncio.Lock = field(factory=asyncio.Lock, init=False)
    _owner: asyncio.Task[Any] | None = field(default=None, init=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[FakeTransaction]:
        if self._owner is asyncio.current_task():
            raise RuntimeError("a transaction was begun inside another one")
        async with self._lock:
            if self.down:
                raise DatabaseUnavailable("the database does not answer")
            self._owner, state = asyncio.current_task(), self.state.copy()
            try:
                yield FakeTransaction(state, self.clock())
                self.state = state
            finally:
                self._owner = None


def _hash(address: str) -> str:
    return address_hash(address, b"a salt")


def _is_found(contact: Contact, search: ContactSearch) -> bool:
    known = {"external_id": contact.external_id, "phone": contact.phone, "email": contact.email}
    exact = {"external_id": search.external_id, "phone": search.phone, "email": search.email}
    fits = all(value in (None, known[name]) for name, value in exact.items())
    prefix = (search.prefix or "").lower()
    return fits and any(value.lower().startswith(prefix) for value in known.values() if value is not None)


def _place(case: HandoffCase) -> tuple[datetime, str]:
    return case.handoff.created_at, case.handoff.key


def _age(attempt: Attempt) -> tuple[datetime, str]:
    return attempt.claimed_at, str(attempt.key)


def _fits(enrollment: Enrollment, query: EnrollmentQuery) -> bool:
    wanted = {
        "campaign": query.campaign,
        "version": query.version,
        "outcome": query.outcome,
        "step": query.step,
        "contact_id": query.contact_id,
        "batch": query.batch,
    }
    return (
        all(value is None or getattr(enrollment, name) == value for name, value in wanted.items())
        and query.is_open in (None, enrollment.outcome is None)
        and query.is_paused in (None, enrollment.paused_at is not None)
        and (query.created_from is None or enrollment.created_at >= query.created_from)
        and (query.created_before is None or enrollment.created_at < query.created_before)
    )


def _entry(enrollment: Enrollment) -> tuple[str, str, str, int]:
    return enrollment.tenant, enrollment.campaign, enrollment.contact_id, enrollment.entry
