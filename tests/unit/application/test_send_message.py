"""Sending one attempt: gate, claim, call, record, and every way in which it can be met again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from attrs import evolve

from application.errors import DatabaseUnavailable, OutcomeUnknown, TransientFault, UnknownEnrollment
from application.ports.attempts import Attempt
from application.ports.messaging import Accepted, Refused
from application.send_message import SendResult, SendStatus
from domain.attempts import LOOK_UP_FOR, AttemptState
from domain.enrollment.state import Outcome
from domain.idempotency import AttemptKey
from domain.pauses import SHORTEST_CHECK
from domain.refusals import Refusal
from domain.statuses import Channel, DeliveryStatus
from tests.fakes.database import FakeAttempts, FakeDatabase, FakeTransaction
from tests.fakes.providers import FakeProvider
from tests.unit.application.world import World


def refused(refusal: Refusal, reason: str, until: datetime | None = None) -> SendResult:
    """What is told of an attempt that the gate has refused."""
    return SendResult(SendStatus.REFUSED, reason=reason, until=until, refusal=refusal)


async def test_a_message_is_rendered_sent_and_recorded(world: World) -> None:
    """A first send hands the rendered words to the provider and records its reference."""
    key = AttemptKey(await world.enroll(), "mail", 1)

    result = await world.send(key, Channel.EMAIL)

    assert result == SendResult(SendStatus.ACCEPTED, f"ref-{key}")
    [message] = world.email.sent
    assert (message.key, message.to) == (key, "ann@example.com")
    assert (message.content.text, message.content.subject, message.content.html) == (
        "Hello ann",
        "For ann",
        "<p>ann</p>",
    )
    assert (await world.stored(key)).state is AttemptState.ACCEPTED
    assert world.telemetry.sends == [("email", "fake-email", "accepted")]


async def test_the_claim_is_committed_before_the_call(world: World) -> None:
    """While the provider is being called, every other transaction sees the attempt as claimed."""
    key = AttemptKey(await world.enroll(), "text", 1)
    seen: list[Attempt] = []

    async def look() -> None:
        seen.append(await world.stored(key))

    world.sms.meanwhile = look
    await world.send(key, Channel.SMS)

    assert [attempt.state for attempt in seen] == [AttemptState.CLAIMED]


async def test_the_time_a_send_took_is_counted(world: World) -> None:
    """Telemetry gets the seconds between gate and record."""
    key = AttemptKey(await world.enroll(), "text", 1)

    async def take_time() -> None:
        world.clock.advance(seconds=3)

    world.sms.meanwhile = take_time
    await world.send(key, Channel.SMS)

    assert world.telemetry.seconds == [3.0]


async def test_an_unknown_enrollment_is_an_error(world: World) -> None:
    """Nothing is claimed for an enrollment that does not exist."""
    with pytest.raises(UnknownEnrollment, match="no enrollment nobody"):
        await world.send(AttemptKey("nobody", "text", 1), Channel.SMS)

    assert world.database.state.attempts == {}


async def test_a_paused_campaign_refuses_and_claims_nothing(world: World) -> None:
    """The gate of a paused campaign names the time at which to ask again."""
    key = AttemptKey(await world.enroll(), "text", 1)
    await world.pause()

    result = await world.send(key, Channel.SMS)

    assert result == refused(Refusal.PAUSED, "the campaign is paused", world.clock() + SHORTEST_CHECK)
    assert world.database.state.attempts == {}
    assert world.sms.sent == []
    assert world.telemetry.sends == [("sms", "fake-sms", "refused")]


async def test_an_ended_enrollment_of_a_paused_campaign_is_refused_for_good(world: World) -> None:
    """There is nothing to put off for an enrollment that has ended."""
    enrollment = await world.enroll()
    await world.finish(enrollment)
    await world.pause()

    result = await world.send(AttemptKey(enrollment, "text", 1), Channel.SMS)

    assert result == refused(Refusal.ENDED, "the enrollment has ended")


async def test_a_suppressed_address_is_not_contacted(world: World) -> None:
    """The gate refuses, records the reason, and the provider is not called."""
    key = AttemptKey(await world.enroll(), "text", 1)
    await world.suppress()

    result = await world.send(key, Channel.SMS)
    stored = await world.stored(key)

    assert result == refused(Refusal.SUPPRESSED, "the address is suppressed")
    assert (stored.state, stored.refusal) == (AttemptState.REJECTED, Refusal.SUPPRESSED)
    assert world.sms.sent == []


async def test_a_suppression_holds_for_its_channel_only(world: World) -> None:
    """Who does not want texts may still get e-mails."""
    key = AttemptKey(await world.enroll(), "mail", 1)
    await world.suppress(Channel.SMS)

    result = await world.send(key, Channel.EMAIL)

    assert result.status is SendStatus.ACCEPTED


@pytest.mark.parametrize(
    ("step", "channel", "refusal", "reason"),
    [
        pytest.param("text", Channel.SMS, Refusal.ADDRESS, "no address for sms", id="no phone"),
        pytest.param(
            "gone", Channel.EMAIL, Refusal.CONTENT, "the campaign has no step gone", id="no such step"
        ),
    ],
)
async def test_what_cannot_be_sent_is_refused_for_good(
    world: World, step: str, channel: Channel, refusal: Refusal, reason: str
) -> None:
    """Without an address or without words our own gate lets nothing out, and the row tells why."""
    key = AttemptKey(await world.enroll(phone=None), step, 1)

    result = await world.send(key, channel)
    stored = await world.stored(key)

    assert result == refused(refusal, reason)
    assert (stored.state, stored.reason, stored.refusal) == (AttemptState.REJECTED, reason, refusal)


async def test_an_erased_contact_is_refused(world: World) -> None:
    """An enrollment whose contact is gone has nobody to write to."""
    key = AttemptKey(await world.enroll(), "text", 1)
    world.database.state.contacts.clear()

    result = await world.send(key, Channel.SMS)

    assert result == refused(Refusal.ADDRESS, "no address for sms")


async def test_a_template_fault_is_refused_with_its_reason(world: World) -> None:
    """A message that cannot be rendered for this contact will never be sent."""
    key = AttemptKey(await world.enroll(), "broken", 1)

    result = await world.send(key, Channel.VOICE)

    assert result == refused(Refusal.CONTENT, "the contact has no fault")
    assert world.voice.sent == []


@pytest.mark.parametrize("suppresses", [True, False])
async def test_a_refusal_is_recorded_and_suppresses_where_the_provider_says_so(
    world: World, suppresses: bool
) -> None:
    """A refused message is rejected; the address is suppressed only for the refusals that mean it."""
    key = AttemptKey(await world.enroll(), "text", 1)
    world.sms.answers = [Refused("21610 unsubscribed", suppresses=suppresses)]

    results = [await world.send(key, Channel.SMS) for _ in range(2)]

    status = SendStatus.OPTED_OUT if suppresses else SendStatus.REJECTED
    assert results == [SendResult(status, reason="21610 unsubscribed")] * 2
    assert len(world.sms.sent) == 1
    assert await world.is_suppressed() is suppresses


async def test_an_opt_out_that_the_provider_knew_of_reaches_the_others(world: World) -> None:
    """A refusal for an opt-out counts like one that we are told of: other enrollments hear of it."""
    await world.publish(campaign="summer")
    other = await world.enroll(campaign="summer")
    world.sms.answers = [Refused("21610", suppresses=True)]

    await world.send(AttemptKey(await world.enroll(), "text", 1), Channel.SMS)
    world.clock.advance(minutes=1)
    await world.relay()

    assert world.runs.opted_out == [other]


async def test_a_hiccup_of_the_database_does_not_lose_the_providers_answer(world: World) -> None:
    """Recording is tried again: a known answer must not become unknown."""
    key = AttemptKey(await world.enroll(), "text", 1)

    called = asyncio.Event()

    async def hiccup() -> None:
        world.database.down = True
        called.set()

    world.sms.meanwhile = hiccup
    sending = asyncio.create_task(evolve(world.send, record_pauses=[0.0] * 1000)(key, Channel.SMS))
    await called.wait()
    for _ in range(20):  # some tries fail
        await asyncio.sleep(0)
    world.database.down = False
    result = await sending

    assert result == SendResult(SendStatus.ACCEPTED, f"ref-{key}")
    assert len(world.sms.sent) == 1


@pytest.mark.parametrize("empty", [{}, {Channel.VOICE: []}])
async def test_a_channel_without_a_provider_refuses(
    world: World, empty: dict[Channel, list[FakeProvider]]
) -> None:
    """A deployment that only sends SMS says so to a campaign that calls."""
    send = evolve(world.send, providers={Channel.SMS: [world.sms], **empty})
    result = await send(AttemptKey(await world.enroll(), "broken", 1), Channel.VOICE)

    assert result == refused(Refusal.PROVIDER, "no provider is set up for voice")
    assert world.database.state.attempts == {}


async def test_a_refusal_survives_the_end_of_its_enrollment_row(world: World) -> None:
    """An enrollment that is erased while its message is refused leaves no suppression behind."""
    key = AttemptKey(await world.enroll(), "text", 1)
    world.sms.answers = [Refused("21610", suppresses=True)]

    async def erase() -> None:
        world.database.state.enrollments.clear()

    world.sms.meanwhile = erase
    result = await world.send(key, Channel.SMS)

    assert result.status is SendStatus.REJECTED
    assert world.database.state.suppressions == {}


async def test_a_transient_fault_releases_the_attempt_and_a_repeat_calls_again(world: World) -> None:
    """Nothing was sent, so the fault goes to the retry policy and the next try is a real one."""
    key = AttemptKey(await world.enroll(), "text", 1)
    world.sms.answers = [TransientFault("429 slow down", timedelta(seconds=7))]

    with pytest.raises(TransientFault) as fault:
        await world.send(key, Channel.SMS)
    released = await world.stored(key)
    again = await world.send(key, Channel.SMS)

    assert fault.value.retry_after == timedelta(seconds=7)
    assert (released.state, released.reason) == (AttemptState.RELEASED, "429 slow down")
    assert again.status is SendStatus.ACCEPTED
    assert len(world.sms.sent) == 2
    assert world.telemetry.sends == [("sms", "fake-sms", "transient"), ("sms", "fake-sms", "accepted")]


async def test_a_released_attempt_passes_the_gate_again(world: World) -> None:
    """Who opts out between two tries of an attempt gets no message."""
    key = AttemptKey(await world.enroll(), "text", 1)
    world.sms.answers = [TransientFault("503")]
    with pytest.raises(TransientFault):
        await world.send(key, Channel.SMS)
    await world.suppress()

    result = await world.send(key, Channel.SMS)

    assert result == refused(Refusal.SUPPRESSED, "the address is suppressed")
    assert len(world.sms.sent) == 1


async def test_an_unknown_outcome_is_recorded_and_not_repeated(world: World) -> None:
    """A time-out after the request was written is unknown, and stays so however often it is asked."""
    key = AttemptKey(await world.enroll(), "text", 1)
    world.sms.answers = [OutcomeUnknown("no answer within 10 s")]

    results = [await world.send(key, Channel.SMS) for _ in range(3)]

    assert {result.status for result in results} == {SendStatus.UNKNOWN}
    assert results[0] == results[1] == results[2]
    assert len(world.sms.sent) == 1


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Accepted("SM1"), SendStatus.ACCEPTED),
        (Refused("21211 not a number"), SendStatus.REJECTED),
        (OutcomeUnknown("time-out"), SendStatus.UNKNOWN),
    ],
)
async def test_a_repeat_gives_back_what_is_recorded(
    world: World, answer: Accepted | Refused | Exception, status: SendStatus
) -> None:
    """Running a send again never calls the provider again once an answer is recorded."""
    key = AttemptKey(await world.enroll(), "text", 1)
    world.sms.answers = [answer]
    first = await world.send(key, Channel.SMS)
    await world.suppress()
    await world.pause()

    again = await world.send(key, Channel.SMS)

    assert first.status is status
    assert again == first
    assert len(world.sms.sent) == 1


async def test_a_crash_after_acceptance_never_sends_twice(world: World) -> None:
    """The provider accepts, the record fails: the repeat is in doubt and does not call again."""
    key = AttemptKey(await world.enroll(), "text", 1)

    async def lose_the_database() -> None:
        world.database.down = True

    world.sms.meanwhile = lose_the_database
    with pytest.raises(DatabaseUnavailable):
        await evolve(world.send, record_pauses=[])(key, Channel.SMS)
    world.database.down = False
    again = await world.send(key, Channel.SMS)

    assert again == SendResult(SendStatus.UNKNOWN)
    assert len(world.sms.sent) == 1


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Accepted("SM7"), SendResult(SendStatus.ACCEPTED, "SM7")),
        (None, SendResult(SendStatus.UNKNOWN)),
    ],
)
async def test_an_attempt_in_doubt_is_looked_up_where_that_can_be_done(
    world: World, found: Accepted | None, expected: SendResult
) -> None:
    """The provider is asked for the message, not told to send it; after a while "no" is the last word."""
    world.sms.can_look_up = True
    world.sms.found = [found]
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)
    world.clock.advance(seconds=LOOK_UP_FOR.total_seconds())

    result = await world.send(key, Channel.SMS)

    assert result == expected
    assert [message.key for message in world.sms.looked_up] == [key]
    assert world.sms.sent == []


async def test_an_attempt_that_is_not_found_yet_is_looked_up_again(world: World) -> None:
    """Vendors' lists lag behind: it stays in doubt for a while, and is not given up at the first "no"."""
    world.sms.can_look_up = True
    world.sms.answers = [OutcomeUnknown("no answer")]
    world.sms.found = [None, Accepted("SM7")]
    key = AttemptKey(await world.enroll(), "text", 1)

    for reason in ("no answer", "not found"):
        with pytest.raises(OutcomeUnknown, match=reason):
            await world.send(key, Channel.SMS)
    in_doubt = await world.stored(key)
    again = await world.send(key, Channel.SMS)

    assert in_doubt.state is AttemptState.CLAIMED
    assert again == SendResult(SendStatus.ACCEPTED, "SM7")
    assert len(world.sms.sent) == 1


async def test_a_look_up_knows_what_else_went_to_the_address(world: World) -> None:
    """When the attempt was claimed, and the ids of the others; none where one of them is in doubt itself."""
    world.sms.can_look_up = True
    world.sms.answers = [Accepted("SM1"), OutcomeUnknown("no answer"), OutcomeUnknown("no answer")]
    enrollment = await world.enroll()
    await world.send(AttemptKey(enrollment, "text", 1), Channel.SMS)
    second, third = (AttemptKey(enrollment, "text", number) for number in (2, 3))
    for key in (second, second, third, second):
        with pytest.raises(OutcomeUnknown):
            await world.send(key, Channel.SMS)

    assert [message.known_refs for message in world.sms.looked_up] == [frozenset({"SM1"}), None]
    assert world.sms.looked_up[0].since == (await world.stored(second)).claimed_at


async def test_a_look_up_that_cannot_be_made_now_leaves_the_attempt_in_doubt(world: World) -> None:
    """The fault goes to the retry policy; the next repeat looks it up again."""
    world.sms.can_look_up = True
    world.sms.found = [TransientFault("503"), Accepted("SM7")]
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)

    with pytest.raises(OutcomeUnknown):
        await world.send(key, Channel.SMS)
    in_doubt = await world.stored(key)
    again = await world.send(key, Channel.SMS)

    assert in_doubt.state is AttemptState.CLAIMED
    assert again == SendResult(SendStatus.ACCEPTED, "SM7")


async def test_an_attempt_in_doubt_that_is_released_meanwhile_is_tried_again_later(world: World) -> None:
    """The worker that had claimed it says that nothing was sent, which is better than "unknown"."""
    world.sms.can_look_up = True
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)

    async def release() -> None:
        async with world.database.transaction() as tx:
            await tx.attempts.record(key, AttemptState.RELEASED, world.clock())

    world.sms.meanwhile = release
    with pytest.raises(OutcomeUnknown, match="not found"):
        await world.send(key, Channel.SMS)
    again = await world.send(key, Channel.SMS)

    assert again.status is SendStatus.ACCEPTED
    assert len(world.sms.sent) == 1


async def test_an_attempt_in_doubt_is_sent_again_where_the_key_is_honoured(world: World) -> None:
    """The provider recognises the key, so calling again cannot send twice."""
    world.sms.honours_key = True
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)

    result = await world.send(key, Channel.SMS)

    assert result == SendResult(SendStatus.ACCEPTED, f"ref-{key}")
    assert [message.key for message in world.sms.sent] == [key]


async def test_an_attempt_in_doubt_to_a_suppressed_address_is_not_sent_again(world: World) -> None:
    """Where the first call never arrived the second would be the first, so it passes the gate like one."""
    world.sms.honours_key = True
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)
    await world.suppress()

    result = await world.send(key, Channel.SMS)

    assert result == SendResult(SendStatus.UNKNOWN)
    assert world.sms.sent == []


async def test_an_attempt_in_doubt_of_an_erased_contact_is_given_up(world: World) -> None:
    """Without an address there is nothing to look up."""
    world.sms.can_look_up = True
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)
    world.database.state.contacts.clear()

    result = await world.send(key, Channel.SMS)

    assert result == SendResult(SendStatus.UNKNOWN)
    assert world.sms.looked_up == []


async def test_a_callback_that_overtakes_the_record_settles_the_attempt(world: World) -> None:
    """The provider times out, but its callback came first: the attempt is known to be accepted."""
    key = AttemptKey(await world.enroll(), "text", 1)
    world.sms.answers = [OutcomeUnknown("time-out")]

    async def call_back() -> None:
        await world.hear(world.status(key, DeliveryStatus.SENT, ref="SM9"))

    world.sms.meanwhile = call_back
    result = await world.send(key, Channel.SMS)

    assert result == SendResult(SendStatus.ACCEPTED, "SM9")


async def test_concurrent_repeats_call_once(world: World) -> None:
    """Of many workers that are given the same attempt at once, one calls the provider."""
    key = AttemptKey(await world.enroll(), "text", 1)
    others_done = asyncio.Event()
    world.sms.meanwhile = others_done.wait

    first = asyncio.create_task(world.send(key, Channel.SMS))
    others = [asyncio.create_task(world.send(key, Channel.SMS)) for _ in range(9)]
    repeats = await asyncio.gather(*others)
    others_done.set()

    assert (await first).status is SendStatus.ACCEPTED
    assert {result.status for result in repeats} == {SendStatus.UNKNOWN}
    assert len(world.sms.sent) == 1
    assert (await world.stored(key)).state is AttemptState.ACCEPTED


async def test_a_claim_lost_to_another_worker_is_tried_again_later(world: World) -> None:
    """Two transactions find the attempt free and one of them wins: the other leaves it alone for now."""
    key = AttemptKey(await world.enroll(), "text", 1)
    world.database = ContestedDatabase(clock=world.clock, state=world.database.state)

    with pytest.raises(OutcomeUnknown, match="another worker"):
        await world.send(key, Channel.SMS)

    assert world.sms.sent == []


async def test_a_cancelled_send_still_records_the_answer(world: World) -> None:
    """A worker that is shut down during the call does not leave the attempt in doubt."""
    key = AttemptKey(await world.enroll(), "text", 1)
    called, answer = asyncio.Event(), asyncio.Event()

    async def wait_for_answer() -> None:
        called.set()
        await answer.wait()

    world.sms.meanwhile = wait_for_answer
    sending = asyncio.create_task(world.send(key, Channel.SMS))
    await called.wait()
    sending.cancel()
    answer.set()
    with pytest.raises(asyncio.CancelledError):
        await sending

    assert (await world.stored(key)).state is AttemptState.ACCEPTED


async def test_words_and_addresses_stay_out_of_reprs_and_results(world: World) -> None:
    """What a log or a history may show of a message holds no personal data."""
    key = AttemptKey(await world.enroll("Leopold", email="leopold@example.com"), "mail", 1)

    result = await world.send(key, Channel.EMAIL)

    shown = repr(result) + repr(world.email.sent) + repr(await world.stored(key))
    assert "leopold" not in shown.lower()


class ContestedAttempts(FakeAttempts):
    """Another transaction claims each attempt first."""

    async def claim(self, attempt: Attempt) -> bool:
        return False


class ContestedDatabase(FakeDatabase):
    """A database in which somebody else is always faster."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[FakeTransaction]:
        async with super().transaction() as tx:
            tx.attempts = ContestedAttempts(tx.attempts.state)
            yield tx


@pytest.mark.parametrize("outcome", [Outcome.OPTED_OUT, Outcome.COMPLAINED])
async def test_a_run_that_nobody_could_tell_hears_of_an_opt_out_from_its_first_send(
    world: World, outcome: Outcome
) -> None:
    """A STOP may meet an enrollment at the moment of its start: the run then ends with its first send."""
    enrollment = await world.enroll()
    await world.finish(enrollment, outcome)

    result = await world.send(AttemptKey(enrollment, "mail", 1), Channel.EMAIL)

    assert result.status is SendStatus.OPTED_OUT
    assert world.email.sent == []


async def test_a_refusal_that_is_recorded_too_late_still_reaches_its_own_enrollment(world: World) -> None:
    """Its send was given up meanwhile as unknown, so the opt-out is told like one from elsewhere."""
    enrollment = await world.enroll()
    key = AttemptKey(enrollment, "text", 1)
    world.sms.answers = [Refused("21610", suppresses=True)]

    async def give_up() -> None:
        async with world.database.transaction() as tx:
            await tx.attempts.record(key, AttemptState.UNKNOWN, world.clock())

    world.sms.meanwhile = give_up
    result = await world.send(key, Channel.SMS)
    world.clock.advance(minutes=1)
    await world.relay()

    assert result.status is SendStatus.UNKNOWN
    assert (await world.stored(key)).state is AttemptState.UNKNOWN
    assert world.runs.opted_out == [enrollment]


async def test_an_attempt_in_doubt_is_recorded_even_after_an_opt_out(world: World) -> None:
    """Whoever claimed it may have sent it: the books say unknown, they do not leave it claimed for ever."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment, AttemptState.CLAIMED)
    await world.finish(enrollment, Outcome.OPTED_OUT)

    result = await world.send(key, Channel.SMS)

    assert result.status is SendStatus.UNKNOWN
    assert (await world.stored(key)).state is AttemptState.UNKNOWN
    assert world.sms.sent == []


@pytest.mark.parametrize("fault", [TransientFault("503"), OutcomeUnknown("no answer")])
async def test_a_look_up_that_can_never_be_made_does_not_go_on_for_ever(
    world: World, fault: Exception
) -> None:
    """After a while nobody can say what became of the attempt, and the plan decides."""
    world.sms.can_look_up = True
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)
    world.sms.found = [fault, fault]
    with pytest.raises(OutcomeUnknown):
        await world.send(key, Channel.SMS)
    world.clock.advance(seconds=LOOK_UP_FOR.total_seconds())

    assert await world.send(key, Channel.SMS) == SendResult(SendStatus.UNKNOWN)


async def test_what_another_attempt_is_known_by_is_not_taken_for_this_one(world: World) -> None:
    """Two people share a number; the other's message was sent while this one was being looked for."""
    world.sms.can_look_up = True
    mine = await world.attempt(await world.enroll(), AttemptState.CLAIMED)
    other = AttemptKey(await world.enroll("bob"), "text", 1)
    world.sms.answers = [Accepted("SM-of-bob")]
    world.sms.found = [Accepted("SM-of-bob")] * 2

    async def meanwhile() -> None:
        world.sms.meanwhile = _nothing
        await world.send(other, Channel.SMS)

    world.sms.meanwhile = meanwhile
    with pytest.raises(OutcomeUnknown, match="another attempt's"):
        await world.send(mine, Channel.SMS)
    world.clock.advance(seconds=LOOK_UP_FOR.total_seconds())
    last = await world.send(mine, Channel.SMS)

    assert last == SendResult(SendStatus.UNKNOWN)
    assert (await world.stored(other)).provider_ref == "SM-of-bob"


async def _nothing() -> None:
    pass


async def test_a_refusal_of_the_second_call_says_nothing_about_the_first(world: World) -> None:
    """A provider that knows the key may refuse it because it is at work on it."""
    world.sms.honours_key = True
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)
    world.sms.answers = [Refused("409 in progress")]

    assert (await world.send(key, Channel.SMS)).status is SendStatus.UNKNOWN
