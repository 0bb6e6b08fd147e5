"""The attempts table: claimed once, recorded where allowed, heard in any order."""

import asyncio
import random
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from application.ports.attempts import Attempt, Heard
from application.ports.database import Database
from domain.attempts import COMES_FROM, AttemptState
from domain.enrollment.state import Outcome
from domain.idempotency import AttemptKey
from domain.refusals import Refusal
from domain.statuses import Channel, DeliveryStatus
from tests.fakes.clock import NOW
from tests.integration.db.rows import HELLO, attempted, claimed, contact, enrolled, enrollment, key

LATER = NOW + timedelta(minutes=1)

PATHS = {
    AttemptState.CLAIMED: (),
    AttemptState.RELEASED: (AttemptState.RELEASED,),
    AttemptState.ACCEPTED: (AttemptState.ACCEPTED,),
    AttemptState.REJECTED: (AttemptState.REJECTED,),
    AttemptState.UNKNOWN: (AttemptState.UNKNOWN,),
}
"""How a claimed attempt gets into each state."""


async def _in_state(database: Database, state: AttemptState) -> None:
    await enrolled(database, "ada")
    async with database.transaction() as tx:
        await tx.attempts.claim(claimed())
        for step in PATHS[state]:
            await tx.attempts.record(key(), step, NOW, reason="before")


async def _get(database: Database) -> Attempt:
    async with database.transaction() as tx:
        attempt = await tx.attempts.get(key())
    assert attempt is not None
    return attempt


async def test_a_claim_is_read_back(database: Database) -> None:
    """A claimed attempt comes back with everything that was given, times with their zone."""
    await _in_state(database, AttemptState.CLAIMED)

    attempt = await _get(database)

    assert attempt == claimed()
    assert attempt.claimed_at.utcoffset() == timedelta(0)


async def test_an_attempt_that_was_never_claimed_is_none(database: Database) -> None:
    """Asking for an unknown key gives None."""
    async with database.transaction() as tx:
        found = await tx.attempts.get(key())

    assert found is None


@pytest.mark.parametrize("state", AttemptState)
async def test_only_a_released_attempt_is_claimed_again(database: Database, state: AttemptState) -> None:
    """A second claim is won where nothing was sent, and lost everywhere else."""
    await _in_state(database, state)

    async with database.transaction() as tx:
        won = await tx.attempts.claim(claimed(provider="other", claimed_at=LATER))

    attempt = await _get(database)
    assert won == (state is AttemptState.RELEASED)
    assert attempt.claimed_at == (LATER if won else NOW)
    if won:
        assert (attempt.state, attempt.provider, attempt.reason) == (AttemptState.CLAIMED, "other", None)


async def test_of_two_claims_at_once_one_wins(database: Database) -> None:
    """Ten workers claim one attempt at the same time: one may call the provider."""
    await enrolled(database, "ada")

    async def claim() -> bool:
        async with database.transaction() as tx:
            return await tx.attempts.claim(claimed())

    wins = await asyncio.gather(*(claim() for _ in range(10)))

    assert sum(wins) == 1


async def test_of_two_claims_of_a_released_attempt_one_wins(database: Database) -> None:
    """A released attempt is taken over by one of those who try at the same time."""
    await _in_state(database, AttemptState.RELEASED)

    async def claim() -> bool:
        async with database.transaction() as tx:
            return await tx.attempts.claim(claimed())

    wins = await asyncio.gather(*(claim() for _ in range(10)))

    assert sum(wins) == 1


@pytest.mark.parametrize(("before", "after"), list(product(AttemptState, AttemptState)))
async def test_record_follows_the_table(
    database: Database, before: AttemptState, after: AttemptState
) -> None:
    """A state is recorded where `COMES_FROM` allows it; else the row stays, and is given back."""
    await _in_state(database, before)

    async with database.transaction() as tx:
        told = await tx.attempts.record(key(), after, LATER, reason="after")

    allowed = before in COMES_FROM[after]
    fills = before is after is AttemptState.ACCEPTED
    assert told == await _get(database)
    assert told.state is (after if allowed else before)
    if before is not AttemptState.CLAIMED:
        assert told.reason == ("after" if allowed or fills else "before")


async def test_recording_an_acceptance_keeps_the_providers_id(database: Database) -> None:
    """The provider's id is recorded, and a second answer does not overwrite it."""
    await _in_state(database, AttemptState.CLAIMED)

    async with database.transaction() as tx:
        first = await tx.attempts.record(key(), AttemptState.ACCEPTED, NOW, provider_ref="SM1")
        second = await tx.attempts.record(key(), AttemptState.ACCEPTED, NOW, provider_ref="SM2")

    assert first.provider_ref == "SM1"
    assert second == first


async def test_recording_an_unclaimed_attempt_is_refused(database: Database) -> None:
    """Recording without a claim is a bug of the caller and said so."""
    with pytest.raises(LookupError, match="never claimed"):
        async with database.transaction() as tx:
            await tx.attempts.record(key(), AttemptState.ACCEPTED, NOW)


async def test_a_callback_that_overtakes_the_answer_leaves_room_for_the_providers_id(
    database: Database,
) -> None:
    """A callback without the provider's id proves acceptance; the answer that comes after it adds the id."""
    await _in_state(database, AttemptState.CLAIMED)

    async with database.transaction() as tx:
        await tx.attempts.hear(key(), DeliveryStatus.DELIVERED, NOW, None)
        told = await tx.attempts.record(key(), AttemptState.ACCEPTED, LATER, provider_ref="SM1")

    assert (told.state, told.provider_ref) == (AttemptState.ACCEPTED, "SM1")
    assert told.delivery is DeliveryStatus.DELIVERED


@pytest.mark.parametrize("state", AttemptState)
async def test_a_callback_proves_acceptance(database: Database, state: AttemptState) -> None:
    """Whatever is heard makes a doubtful attempt accepted, with the provider's id; a rejected one stays."""
    await _in_state(database, state)

    async with database.transaction() as tx:
        await tx.attempts.hear(key(), DeliveryStatus.QUEUED, LATER, "SM1")

    attempt = await _get(database)
    proved = state is not AttemptState.REJECTED
    assert attempt.state is (AttemptState.ACCEPTED if proved else AttemptState.REJECTED)
    assert (attempt.delivery, attempt.provider_ref) == (DeliveryStatus.QUEUED, "SM1")
    assert (attempt.reason is None) == (state not in (AttemptState.REJECTED, AttemptState.ACCEPTED))


async def test_hearing_of_an_unknown_attempt_does_nothing(database: Database) -> None:
    """A status for a key that nobody claimed changes nothing."""
    async with database.transaction() as tx:
        await tx.attempts.hear(key(), DeliveryStatus.SENT, NOW, "SM1")
        found = await tx.attempts.get(key())

    assert found is None


@pytest.mark.parametrize("seed", range(3))
async def test_statuses_in_any_order_give_the_highest(database: Database, seed: int) -> None:
    """Repeated, reordered and simultaneous callbacks leave the highest status, and the first id."""
    await _in_state(database, AttemptState.CLAIMED)
    told = [*DeliveryStatus, *DeliveryStatus]
    random.Random(seed).shuffle(told)

    async def hear(status: DeliveryStatus) -> None:
        async with database.transaction() as tx:
            await tx.attempts.hear(key(), status, NOW, "SM1")

    await asyncio.gather(*(hear(status) for status in told))

    assert (await _get(database)).delivery is DeliveryStatus.COMPLAINED


@pytest.mark.parametrize("known", DeliveryStatus)
async def test_a_lower_status_never_replaces_a_higher_one(database: Database, known: DeliveryStatus) -> None:
    """After each status, all others come: the higher one of each pair stays."""
    await enrolled(database, "ada")
    others = list(DeliveryStatus)

    async with database.transaction() as tx:
        for number, _ in enumerate(others, start=1):
            await tx.attempts.claim(claimed(key(attempt=number)))
            await tx.attempts.hear(key(attempt=number), known, NOW, None)
        for number, other in enumerate(others, start=1):
            await tx.attempts.hear(key(attempt=number), other, NOW, None)
        heard = [(await tx.attempts.get(key(attempt=n))).delivery for n, _ in enumerate(others, start=1)]

    assert heard == [max(known, other, key=lambda status: status.rank) for other in others]


async def test_several_attempts_hear_at_once(database: Database) -> None:
    """Each its own status and reference, by the same rules; nobody's key changes nothing."""
    await _in_state(database, AttemptState.UNKNOWN)
    second, nobody = key(attempt=2), key(attempt=3)

    async with database.transaction() as tx:
        await tx.attempts.claim(claimed(second))
        await tx.attempts.hear(second, DeliveryStatus.OPENED, NOW, "SM2")
        heard = [
            Heard(second, DeliveryStatus.DELIVERED, "other"),
            Heard(nobody, DeliveryStatus.SENT, "SM3"),
            Heard(key(), DeliveryStatus.SENT, "SM1"),
        ]
        await tx.attempts.hear_all(heard, LATER)
        await tx.attempts.hear_all([], LATER)
        found = await tx.attempts.find([key(), second, nobody])
        none = await tx.attempts.find([])

    assert {each: (known.state, known.delivery, known.provider_ref) for each, known in found.items()} == {
        key(): (AttemptState.ACCEPTED, DeliveryStatus.SENT, "SM1"),
        second: (AttemptState.ACCEPTED, DeliveryStatus.OPENED, "SM2"),
    }
    assert none == {}


async def test_an_attempt_is_found_by_the_providers_id(database: Database) -> None:
    """A provider's own id finds its attempt, not one of another provider."""
    await _in_state(database, AttemptState.CLAIMED)
    async with database.transaction() as tx:
        await tx.attempts.record(key(), AttemptState.ACCEPTED, NOW, provider_ref="SM1")

    async with database.transaction() as tx:
        found = await tx.attempts.by_ref("twilio", "SM1")
        other = await tx.attempts.by_ref("sendgrid", "SM1")

    assert found is not None
    assert found.key == key()
    assert other is None


@pytest.mark.parametrize(
    ("channel", "address"), [(Channel.SMS, "+15550100001"), (Channel.EMAIL, "a@example.com")]
)
async def test_a_reply_belongs_to_the_newest_message_to_its_sender(
    database: Database, channel: Channel, address: str
) -> None:
    """The newest accepted or unknown attempt to the address is found, on this channel only."""
    people = [
        contact("ada", phone="+15550100001", email="a@example.com"),
        contact("bob", phone="+15550100002"),
    ]
    await enrolled(database, "ada", "bob", people=people)
    accepted, unknown, released = (key(attempt=number) for number in (1, 2, 3))
    newest = NOW + timedelta(hours=1)
    await attempted(database, claimed(accepted, channel=channel), AttemptState.ACCEPTED)
    await attempted(database, claimed(unknown, channel=channel, claimed_at=LATER), AttemptState.UNKNOWN)
    await attempted(database, claimed(released, channel=channel, claimed_at=newest), AttemptState.RELEASED)
    await attempted(database, claimed(key(step="call"), channel=Channel.VOICE), AttemptState.ACCEPTED)
    await attempted(database, claimed(key("bob"), channel=channel), AttemptState.ACCEPTED)

    async with database.transaction() as tx:
        found = await tx.attempts.latest_to(channel, address)
        nobody = await tx.attempts.latest_to(channel, "+15550100009")

    assert found is not None
    assert found.key == unknown
    assert nobody is None


async def test_a_reply_may_be_to_a_message_in_flight_where_there_is_no_other(database: Database) -> None:
    """A provider that took a message and hangs is overtaken by the person who got it."""
    await enrolled(database, "ada")
    await attempted(database, claimed(key(attempt=2), claimed_at=LATER))
    async with database.transaction() as tx:
        alone = await tx.attempts.latest_to(Channel.SMS, "+15550100001")
    await attempted(database, claimed(key(attempt=1)), AttemptState.ACCEPTED)
    async with database.transaction() as tx:
        beside_another = await tx.attempts.latest_to(Channel.SMS, "+15550100001")

    assert alone is not None
    assert alone.key == key(attempt=2)
    assert beside_another is not None
    assert beside_another.key == key(attempt=1)


async def test_a_reply_belongs_to_an_open_enrollment_rather_than_to_one_that_has_ended(
    database: Database,
) -> None:
    """An older message may still be waited on; whoever has ended needs no answer."""
    twice = [contact("ada", phone="+15550100001"), contact("eve", phone="+15550100001")]
    await enrolled(database, "ada", "eve", people=twice)
    await attempted(database, claimed(key("ada")), AttemptState.ACCEPTED)
    await attempted(database, claimed(key("eve"), claimed_at=LATER), AttemptState.ACCEPTED)
    async with database.transaction() as tx:
        newest = await tx.attempts.latest_to(Channel.SMS, "+15550100001")
        await tx.enrollments.finish("e-eve", Outcome.COMPLETED, LATER)
        open_one = await tx.attempts.latest_to(Channel.SMS, "+15550100001")

    assert newest is not None
    assert newest.key == key("eve")
    assert open_one is not None
    assert open_one.key == key("ada")


async def test_the_others_to_an_address_are_those_that_were_or_may_have_been_sent(database: Database) -> None:
    """By the same provider on the same channel, since a time, and not the attempt itself."""
    people = [contact("ada", phone="+15550100001"), contact("bob", phone="+15550100002")]
    await enrolled(database, "ada", "bob", people=people)
    await attempted(database, claimed(key(attempt=1)), AttemptState.ACCEPTED)
    for number, state in ((2, AttemptState.UNKNOWN), (3, AttemptState.REJECTED), (4, AttemptState.RELEASED)):
        await attempted(database, claimed(key(attempt=number), claimed_at=LATER), state)
    await attempted(database, claimed(key(attempt=5), provider="other", claimed_at=LATER))
    await attempted(database, claimed(key(attempt=6), claimed_at=LATER))
    await attempted(database, claimed(key("bob"), claimed_at=LATER), AttemptState.ACCEPTED)
    asked = (Channel.SMS, "+15550100001", claimed(key()).provider, key(attempt=6))

    async with database.transaction() as tx:
        others = await tx.attempts.others_to(*asked, NOW)
        later = await tx.attempts.others_to(*asked, LATER)

    assert [attempt.key.attempt for attempt in others] == [1, 2]
    assert [attempt.key.attempt for attempt in later] == [2]


async def test_attempts_of_an_enrollment_come_oldest_first(database: Database) -> None:
    """The attempts of one enrollment are listed in the order of their claims."""
    await enrolled(database, "ada", "bob")
    await attempted(database, claimed(key(attempt=2), claimed_at=LATER))
    await attempted(database, claimed(key(attempt=1)))
    await attempted(database, claimed(key("bob")))

    async with database.transaction() as tx:
        found = await tx.attempts.of_enrollment("e-ada")

    assert [attempt.key.attempt for attempt in found] == [1, 2]


@pytest.mark.parametrize("refusal", Refusal)
async def test_a_refusal_of_our_own_is_kept_with_its_sort(database: Database, refusal: Refusal) -> None:
    """What the gate has refused can be told from what a provider has rejected."""
    await enrolled(database, "ada")
    await attempted(database, claimed())

    async with database.transaction() as tx:
        told = await tx.attempts.record(key(), AttemptState.REJECTED, NOW, reason="why", refusal=refusal)

    assert told == await _get(database)
    assert (told.reason, told.refusal) == ("why", refusal)


async def test_a_claim_forgets_why_the_attempt_was_released(database: Database) -> None:
    """What was put off and goes out is refused by nobody any more; nor is what was heard of."""
    await enrolled(database, "ada")
    for number in (1, 2):
        await attempted(database, claimed(key(attempt=number)))

    async with database.transaction() as tx:
        for number in (1, 2):
            put_off = await tx.attempts.record(
                key(attempt=number), AttemptState.RELEASED, NOW, refusal=Refusal.WINDOW
            )
        await tx.attempts.claim(claimed(key(attempt=1)))
        await tx.attempts.hear(key(attempt=2), DeliveryStatus.SENT, NOW, None)
        refusals = [(await tx.attempts.get(key(attempt=number))).refusal for number in (1, 2)]

    assert put_off.refusal is Refusal.WINDOW
    assert refusals == [None, None]


async def _sent_to_two_people(database: Database) -> None:
    """Ada gets an SMS each minute and two e-mails between, from two campaigns; Bob gets more of them."""
    await enrolled(database, "ada", "bob")
    async with database.transaction() as tx:
        await tx.campaigns.publish("acme", HELLO | {"campaign": "other"}, NOW)
        await tx.enrollments.add([enrollment("more", campaign="other", contact_id="c-ada")])
    for minute in (1, 3, 5):
        await attempted(database, _at(minute, key(attempt=minute)), AttemptState.ACCEPTED)
    await attempted(database, _at(2, key("more"), channel=Channel.EMAIL), AttemptState.UNKNOWN)
    await attempted(database, _at(4, key("more", attempt=2), channel=Channel.EMAIL))
    await attempted(database, _at(7, key(attempt=7)), AttemptState.REJECTED)
    await attempted(database, _at(8, key(attempt=8)), AttemptState.RELEASED)
    await attempted(database, _at(9, key("bob")), AttemptState.ACCEPTED)


def _at(minute: int, attempt_key: AttemptKey, **details: Any) -> Attempt:
    return claimed(attempt_key, claimed_at=NOW + timedelta(minutes=minute), **details)


@pytest.mark.parametrize(
    ("nth", "channel", "apart_from", "minute"),
    [
        (1, None, 9, 5),
        (2, None, 9, 4),
        (4, None, 9, 2),
        (5, None, 9, 1),
        (6, None, 9, None),
        (1, None, 5, 4),
        (2, Channel.SMS, 9, 3),
        (2, Channel.SMS, 3, 1),
        (2, Channel.EMAIL, 9, 2),
        (3, Channel.EMAIL, 9, None),
        (1, Channel.VOICE, 9, None),
    ],
)
async def test_a_contacts_messages_are_counted_over_all_campaigns(
    database: Database, nth: int, channel: Channel | None, apart_from: int, minute: int | None
) -> None:
    """The nth newest that was or may have been sent, on one channel or on all, without the one that asks."""
    await _sent_to_two_people(database)

    async with database.transaction() as tx:
        found = await tx.attempts.nth_latest("c-ada", nth, channel, key(attempt=apart_from))
        nobody = await tx.attempts.nth_latest("c-nobody", 1, None, key())

    assert found == (None if minute is None else NOW + timedelta(minutes=minute))
    assert nobody is None


@pytest.mark.parametrize("most", [1, 3])
async def test_a_cap_holds_however_many_claim_at_once(database: Database, most: int) -> None:
    """Forty workers count and claim for one contact at the same time: no more than the cap go out."""
    await enrolled(database, "ada")

    async def claim(number: int) -> bool:
        mine = key(attempt=number)
        async with database.transaction() as tx:
            await tx.contacts.lock("c-ada")
            if await tx.attempts.nth_latest("c-ada", most, None, mine) is not None:
                return False
            return await tx.attempts.claim(claimed(mine))

    claims = await asyncio.gather(*(claim(number) for number in range(1, 41)))

    assert sum(claims) == most


async def test_the_attempts_of_several_enrollments_come_together(database: Database) -> None:
    """The oldest first, whosever it is; nobody else's, and none of nobody's."""
    await enrolled(database, "ada", "bob", "cyd")
    for minute, name in enumerate(("bob", "ada", "cyd")):
        await attempted(database, claimed(key(name), claimed_at=NOW + timedelta(minutes=minute)))

    async with database.transaction() as tx:
        found = await tx.attempts.of_enrollments(["e-ada", "e-bob", "e-nobody"])
        none = await tx.attempts.of_enrollments([])

    assert [attempt.key for attempt in found] == [key("bob"), key("ada")]
    assert none == []
