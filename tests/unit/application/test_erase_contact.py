"""Erasing a contact: nothing personal is left, nobody writes to them again, and what runs ends."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from attrs import define

from application.erase_contact import EraseContact, Erasure, Ticket
from application.errors import Conflict, UnknownContact
from application.orders import CANCEL
from application.ports.handoffs import Handoff
from application.ports.holdings import Forgotten
from application.ports.idempotency_keys import Answer, KeyedRequest
from application.ports.interactions import Dispatch
from application.ports.suppressions import EVERYBODY, Concealed
from application.send_message import SendStatus
from domain.contact import Contact
from domain.enrollment.state import Outcome
from domain.erasure import ERASED
from domain.idempotency import AttemptKey, handoff_key
from domain.refusals import Refusal
from domain.statuses import Channel, DeliveryStatus
from tests.fakes.clock import Counter
from tests.fakes.database import FakeDatabase, FakeTransaction
from tests.unit.application.world import PHONE, TENANT, World, delivery

EMAIL = "ann@example.com"
OTHER = b"To=%2B15550100002"


@define
class Interrupted:
    """A database where somebody else does something before each fourth transaction, which is the erasing one.

    The first one looks the contact up, the second one searches the only part of the staging table that there
    is, and the one after it finds that nothing follows.
    """

    database: FakeDatabase
    meanwhile: Callable[[], Awaitable[object]]
    _begun: int = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[FakeTransaction]:
        self._begun += 1
        if self._begun % 4 == 0:
            await self.meanwhile()
        async with self.database.transaction() as tx:
            yield tx


async def _case(world: World) -> str:
    """Ann: sent to, answered, handed over, and still on her way."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)
    await world.ingest(delivery(b"From=%2B15550100001&Body=Call+me"), [world.text("Call me")])
    await world.hear(world.status(key, DeliveryStatus.DELIVERED, detail="30001"))
    now = world.clock()
    case = Handoff(handoff_key(enrollment), enrollment, "text", "replied", now, "zendesk", ref="35436")
    async with world.database.transaction() as tx:
        await tx.handoffs.add(case)
        await tx.webhooks.stage(delivery(OTHER))
        await tx.idempotency_keys.claim(TENANT, "one", KeyedRequest("f", "holder", now), now)
        await tx.idempotency_keys.answer(TENANT, "one", "holder", Answer(201, {}, EMAIL.encode()), now)
    return enrollment


async def test_everything_personal_is_taken_out(world: World) -> None:
    """The answer counts what was, and names what only people at a desk can delete."""
    enrollment = await _case(world)

    erased = await world.erase_contact(TENANT, "ann")

    rows = await world.timeline(enrollment)
    bodies = [staged.body for staged in world.database.state.webhooks.values()]
    assert erased == Erasure(
        contact_id="contact-ann",
        enrollments_ended=1,
        forgotten=Forgotten(consents=0, audience_members=0, interactions=2, attempts=1, handoffs=1),
        suppressions=Concealed(hashed=0, added=3),
        webhooks=2,
        idempotent_answers=1,
        tickets=(Ticket("zendesk", "35436"),),
    )
    assert [(row.text, row.detail) for row in rows] == [(None, "")] * 3
    assert sorted(bodies) == [b"", b"", OTHER]


async def test_what_is_open_ends_and_is_not_sent_to(world: World) -> None:
    """At once in the books, and the run is told; a send that comes first is refused."""
    enrollment = await _case(world)

    await world.erase_contact(TENANT, "ann")
    sent = await world.send(AttemptKey(enrollment, "mail", 1), Channel.EMAIL)

    async with world.database.transaction() as tx:
        ended = await tx.enrollments.get(enrollment)
    assert ended is not None
    assert (ended.outcome, ended.finished_at) == (Outcome.CANCELLED, world.clock())
    assert world.runs.held == [(enrollment, "cancel")]
    assert (sent.status, sent.refusal) == (SendStatus.REFUSED, Refusal.ENDED)
    assert world.email.sent == []


async def test_a_run_that_cannot_be_told_now_is_told_by_the_relay(world: World) -> None:
    """The order is stored with the rest."""
    enrollment = await _case(world)
    world.runs.down = True

    await world.erase_contact(TENANT, "ann")
    pending = [row.kind for row in await world.timeline(enrollment) if row.dispatch is Dispatch.PENDING]
    world.runs.down = False
    world.clock.advance(minutes=1)
    await world.relay()

    assert pending == [CANCEL]
    assert world.runs.held == [(enrollment, "cancel")]


async def test_what_has_ended_stays_as_it_ended(world: World) -> None:
    """Counts do not change, and no run is told."""
    enrollment = await _case(world)
    await world.finish(enrollment, Outcome.WON)

    erased = await world.erase_contact(TENANT, "ann")

    async with world.database.transaction() as tx:
        assert await tx.reports.outcomes(TENANT, "spring") == {"won": 1}
    assert erased.enrollments_ended == 0
    assert world.runs.held == []


async def test_the_addresses_stay_suppressed(world: World) -> None:
    """On every channel, for whoever comes with them again; a reason that was known stays."""
    await _case(world)
    await world.suppress(Channel.SMS, PHONE)

    await world.erase_contact(TENANT, "ann")
    async with world.database.transaction() as tx:
        await tx.contacts.upsert(TENANT, [Contact("contact-new", "ann", PHONE, EMAIL)])
        held = {
            channel: [each.reason for each in await tx.suppressions.of(TENANT, channel, address)]
            for channel, address in ((Channel.SMS, PHONE), (Channel.VOICE, PHONE), (Channel.EMAIL, EMAIL))
        }
        free = await tx.suppressions.holds("others", Channel.SMS, PHONE)
        stored = [row.address for row in await tx.suppressions.page(TENANT, None, None, 10)]

    assert held == {Channel.SMS: ["opted_out"], Channel.VOICE: [ERASED], Channel.EMAIL: [ERASED]}
    assert not free
    assert not {PHONE, EMAIL} & set(stored)


async def test_what_holds_for_everybody_is_hashed_too(world: World) -> None:
    """And holds on."""
    await _case(world)
    async with world.database.transaction() as tx:
        await tx.suppressions.add(EVERYBODY, Channel.EMAIL, EMAIL, "imported", world.clock())

    erased = await world.erase_contact(TENANT, "ann")

    async with world.database.transaction() as tx:
        assert await tx.suppressions.holds("others", Channel.EMAIL, EMAIL)
    assert erased.suppressions == Concealed(hashed=1, added=3)


@pytest.mark.parametrize(("tenant", "name"), [(TENANT, "nobody"), ("others", "ann"), (TENANT, "erased:x")])
async def test_nobody_is_erased_who_is_not_there(world: World, tenant: str, name: str) -> None:
    """Another tenant's contact is nobody."""
    await _case(world)

    with pytest.raises(UnknownContact, match="no contact of this external_id"):
        await world.erase_contact(tenant, name)


async def test_a_contact_is_erased_once_and_may_come_again(world: World) -> None:
    """The second time nobody is there; who comes under the same name is somebody else."""
    await _case(world)
    await world.erase_contact(TENANT, "ann")
    with pytest.raises(UnknownContact):
        await world.erase_contact(TENANT, "ann")

    again = await world.enroll(phone="+15550100009", email=None)

    async with world.database.transaction() as tx:
        assert await tx.enrollments.get(again) is not None
        assert await tx.contacts.by_external_id(TENANT, "ann") is not None


async def test_a_contact_who_enters_meanwhile_is_searched_for_again(world: World) -> None:
    """What the search did not know of is not left behind."""
    await _case(world)
    again = []

    async def enroll_again() -> None:
        if not again:
            again.append(await world.enroll(campaign="other"))

    erase = EraseContact(Interrupted(world.database, enroll_again), world.dispatch, world.clock)

    erased = await erase(TENANT, "ann")

    assert erased.enrollments_ended == 2
    assert sorted(world.runs.held) == sorted(
        (each, "cancel") for each in (*again, world.rows[0].enrollment_id)
    )


async def test_a_contact_who_is_changed_again_and_again_is_left(world: World) -> None:
    """Nothing is erased, and the answer says why."""
    await _case(world)
    count = Counter("campaign")

    async def enroll_again() -> None:
        await world.enroll(campaign=count())

    erase = EraseContact(Interrupted(world.database, enroll_again), world.dispatch, world.clock)

    with pytest.raises(Conflict, match="being changed by somebody else"):
        await erase(TENANT, "ann")
    async with world.database.transaction() as tx:
        assert await tx.contacts.by_external_id(TENANT, "ann") is not None


async def test_a_callback_that_comes_meanwhile_is_emptied_too(world: World) -> None:
    """The search is over before the transaction begins, which looks at what came since."""
    await _case(world)
    late = delivery(b"15550100001 came late")

    async def stage() -> None:
        async with world.database.transaction() as tx:
            await tx.webhooks.stage(late)

    await EraseContact(Interrupted(world.database, stage), world.dispatch, world.clock)(TENANT, "ann")

    assert world.database.state.webhooks[late.key].body == b""


async def test_a_late_report_leaves_nothing_either(world: World) -> None:
    """It is counted, and neither its words nor its body are kept; the provider's id is not, either."""
    enrollment = await _case(world)
    key = AttemptKey(enrollment, "text", 1)
    await world.erase_contact(TENANT, "ann")
    world.clock.advance(days=1)

    late = world.status(key, DeliveryStatus.CLICKED, "late", ref="SM1", detail=f"from {PHONE}")
    answer = world.text("I said it all", "late-2", sender="+15550100003", answers=key)
    await world.ingest(delivery(b"clicked by +15550100001"), [late])
    await world.ingest(delivery(b"again +15550100001"), [answer, late])

    attempt = await world.stored(key)
    rows = (await world.timeline(enrollment))[-2:]
    assert (attempt.delivery, attempt.provider_ref) == (DeliveryStatus.REPLIED, None)
    assert [(row.kind, row.text, row.detail, row.dispatch) for row in rows] == [
        ("clicked", None, "", Dispatch.LATE),
        ("replied", None, "", Dispatch.LATE),
    ]
    assert all(PHONE[1:].encode() not in staged.body for staged in world.database.state.webhooks.values())
