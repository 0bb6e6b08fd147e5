"""The activities, run without a server: what they take, what they return, how they fail."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment

from adapters.temporal.activities.books import StepPrepare, WaitCheck
from adapters.temporal.activities.email_send import EmailSend
from adapters.temporal.activities.handoff_create import HandoffCreate
from adapters.temporal.activities.sms_send import SmsSend
from adapters.temporal.activities.voice_start import VoiceStart
from adapters.temporal.common import names
from adapters.temporal.common.payloads import (
    HandoffOutcome,
    HandoffPayload,
    Prepared,
    PreparePayload,
    SendOutcome,
    SendPayload,
    WaitPayload,
    WaitVerdict,
)
from application.errors import OutcomeUnknown, TransientFault
from application.ports.messaging import Refused
from domain.idempotency import AttemptKey
from domain.pauses import SHORTEST_CHECK, PausePolicy
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.fakes.providers import FakeProvider
from tests.unit.application.world import PHONE, World

MESSAGE = {"text": "Hello {{who}}"}
STEPS = [
    {"key": "text", "channel": "sms", "wait": "1d", "message": MESSAGE},
    {"key": "mail", "channel": "email", "wait": "1d", "message": {**MESSAGE, "subject": "For {{who}}"}},
    {"key": "call", "channel": "voice", "wait": "1d", "message": MESSAGE},
]


@pytest.fixture
async def world() -> World:
    """A published campaign with a step on each channel."""
    world = World()
    await world.publish(steps=STEPS)
    return world


async def test_sms_stub(world: World) -> None:
    """The three send activities take (enrollment_id, payload) and return {provider_ref, status}."""
    enrollment = await world.enroll()
    cases: list[tuple[Any, str, str, FakeProvider]] = [
        (SmsSend(world.send).sms_send, "sms_send", "text", world.sms),
        (EmailSend(world.send).email_send, "email_send", "mail", world.email),
        (VoiceStart(world.send).voice_start, "voice_start", "call", world.voice),
    ]
    for send, name, step, provider in cases:
        outcome = await ActivityEnvironment().run(send, enrollment, SendPayload(step, 1))

        key = AttemptKey(enrollment, step, 1)
        assert activity._Definition.must_from_callable(send).name == name
        assert outcome == SendOutcome(provider_ref=f"ref-{key}", status="accepted")
        assert [message.key for message in provider.sent] == [key]


async def test_a_repeated_activity_returns_what_is_recorded(world: World) -> None:
    """The same attempt again gives the same answer and sends nothing."""
    enrollment = await world.enroll()
    first = await _send(world, enrollment)
    second = await _send(world, enrollment)

    assert first == second
    assert len(world.sms.sent) == 1


async def test_a_refusal_is_returned(world: World) -> None:
    """What the provider will never take is an answer, not an error."""
    world.sms.answers = [Refused("21614 not a mobile number")]
    outcome = await _send(world, await world.enroll())

    assert outcome == SendOutcome(None, "rejected", reason="21614 not a mobile number")


async def test_an_attempt_in_doubt_is_returned(world: World) -> None:
    """A request without an answer is unknown; it is the plan that decides about it."""
    world.sms.answers = [OutcomeUnknown("read timed out")]
    outcome = await _send(world, await world.enroll())

    assert outcome.status == "unknown"


async def test_a_refused_attempt_names_its_reason_and_the_time(world: World) -> None:
    """The sort of refusal travels as a word, and the time at which to ask again as ISO 8601."""
    enrollment = await world.enroll()
    await world.pause()
    outcome = await _send(world, enrollment)

    until = (world.clock() + SHORTEST_CHECK).isoformat()
    assert outcome == SendOutcome(None, "refused", "the campaign is paused", until, "paused")


async def test_when_a_touch_fell_due_travels_along(world: World) -> None:
    """A pause that lets expire counts by when it fell due, and one that froze by when its wait began."""
    enrollment = await world.enroll()
    await world.pause(PausePolicy.EXPIRE)
    world.clock.advance(hours=1)
    await world.resume()
    within, later = NOW + timedelta(minutes=30), NOW + timedelta(hours=1)
    expired = await _send(world, enrollment, due=within.isoformat(), since=NOW.isoformat())
    sent = await _send(world, await world.enroll("bob"), due=later.isoformat())

    reason = "it fell due while the campaign was paused"
    assert expired == SendOutcome(None, "refused", reason, None, "expired")
    assert sent.status == "accepted"


async def test_what_a_step_comes_to_is_told_in_words_and_times(world: World) -> None:
    """A time travels as ISO 8601, and nothing of the contact's data does."""
    attributes = {"appointment_at": "time", "amount": "number"}
    steps = [
        {"key": "fork", "split": [{"when": {"amount": {"over": 1}}, "then": "mail"}, {"else": "text"}]},
        {**STEPS[0], "delay": "appointment_at - 2d", "when": {"amount": {"known": True}}},
        STEPS[1],
    ]
    await world.publish(campaign="summer", attributes=attributes, steps=steps)
    told = {"appointment_at": "2030-01-20T09:00Z", "amount": "5"}
    ann = await world.enroll(campaign="summer", attributes=told)
    bob = await world.enroll("bob", campaign="summer", attributes={"amount": "1"})
    eve = await world.enroll("eve", campaign="summer")

    assert await _prepare(world, ann, "fork") == Prepared(branch=0)
    assert await _prepare(world, ann, "text") == Prepared(due="2030-01-18T09:00:00+00:00")
    assert await _prepare(world, bob, "fork") == Prepared(branch=1)
    missing = "the contact's attribute appointment_at is missing"
    assert await _prepare(world, bob, "text") == Prepared(skip=missing, rejected=True)
    assert await _prepare(world, eve, "text") == Prepared(skip="only where amount is known")


@pytest.mark.parametrize(
    ("since", "due", "until"),
    [
        pytest.param(NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=2), id="stretched"),
        pytest.param(None, NOW + timedelta(hours=2), None, id="over"),
    ],
)
async def test_until_when_a_wait_goes_on_is_told(
    world: World, since: datetime | None, due: datetime, until: datetime | None
) -> None:
    """None where it is over; one of earlier versions does not say when it began."""
    enrollment = await world.enroll()
    await world.pause()
    world.clock.advance(hours=1)
    await world.resume()
    payload = WaitPayload("text", 1, due.isoformat(), None if since is None else since.isoformat())

    verdict = await ActivityEnvironment().run(WaitCheck(world.check_wait).wait_check, enrollment, payload)

    assert verdict == WaitVerdict(None if until is None else until.isoformat())


async def test_the_books_do_not_know_an_erased_enrollment(world: World) -> None:
    """Trying again cannot help, so the run is told at once."""
    asked = PreparePayload("text", NOW.isoformat()), WaitPayload("text", 1, NOW.isoformat())
    activities: list[Any] = [
        StepPrepare(world.prepare_step).step_prepare,
        WaitCheck(world.check_wait).wait_check,
    ]
    for ask, payload in zip(activities, asked, strict=True):
        with pytest.raises(ApplicationError, match="no enrollment nobody") as raised:
            await ActivityEnvironment().run(ask, "nobody", payload)
        assert raised.value.non_retryable


async def test_a_transient_fault_asks_for_its_own_delay(world: World) -> None:
    """Retry-After becomes Temporal's next retry delay, and an expected fault is benign."""
    world.sms.answers = [TransientFault("429 too many requests", retry_after=timedelta(seconds=7))]
    enrollment = await world.enroll()

    with pytest.raises(ApplicationError) as raised:
        await _send(world, enrollment)
    assert raised.value.type == "TransientFault"
    assert raised.value.next_retry_delay == timedelta(seconds=7)
    assert raised.value.category is ApplicationErrorCategory.BENIGN
    assert not raised.value.non_retryable


async def test_an_unknown_enrollment_is_not_tried_again(world: World) -> None:
    """Where there is no such enrollment, trying again cannot help."""
    with pytest.raises(ApplicationError, match="no enrollment nobody") as raised:
        await _send(world, "nobody")
    assert raised.value.non_retryable


async def test_an_unexpected_error_keeps_what_it_quotes_to_itself(world: World) -> None:
    """An error that is not ours is told by type and place; its message may hold personal data."""
    world.sms.answers = [KeyError(PHONE)]
    enrollment = await world.enroll()

    with pytest.raises(ApplicationError) as raised:
        await _send(world, enrollment)
    assert str(raised.value).startswith("KeyError: unexpected KeyError at tests.fakes.providers:")
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


async def test_log_lines_carry_the_attempt(world: World) -> None:
    """While an activity runs, the ids are bound for every log line, and afterwards they are not."""
    bound: list[dict[str, Any]] = []

    async def look() -> None:
        bound.append(structlog.contextvars.get_contextvars())

    world.sms.meanwhile = look
    enrollment = await world.enroll()
    await _send(world, enrollment)

    assert bound == [{"enrollment_id": enrollment, "attempt": f"{enrollment}:text:1"}]
    assert structlog.contextvars.get_contextvars() == {}


async def test_a_handoff_returns_the_desks_ref(world: World) -> None:
    """The handoff activity gives the desk's id, again when it is repeated."""
    enrollment = await world.enroll()
    handoff_create = HandoffCreate(world.create_handoff).handoff_create
    payload = HandoffPayload("text", "failed")
    outcomes = [await ActivityEnvironment().run(handoff_create, enrollment, payload) for _ in range(2)]

    assert outcomes == [HandoffOutcome("case-1")] * 2
    assert len(world.desk.opened) == 1


async def test_a_handoff_in_doubt_is_to_be_repeated(world: World) -> None:
    """A ticket that may not have been taken is tried again: a case must not be lost."""
    world.desk.faults = [OutcomeUnknown("no answer")]
    enrollment = await world.enroll()
    handoff_create = HandoffCreate(world.create_handoff).handoff_create

    with pytest.raises(ApplicationError) as raised:
        await ActivityEnvironment().run(handoff_create, enrollment, HandoffPayload("text", "failed"))
    assert raised.value.type == "OutcomeUnknown"
    assert not raised.value.non_retryable


def test_every_channel_has_its_activity() -> None:
    """No channel is without a send activity."""
    assert set(names.SENDS) == set(Channel)


@pytest.fixture(autouse=True)
def _no_bound_ids() -> Iterator[None]:
    """Nothing bound by another test is seen here."""
    with structlog.contextvars.bound_contextvars():
        structlog.contextvars.clear_contextvars()
        yield


async def _send(world: World, enrollment: str, **times: str) -> SendOutcome:
    payload = SendPayload("text", 1, **times)
    return await ActivityEnvironment().run(SmsSend(world.send).sms_send, enrollment, payload)


async def _prepare(world: World, enrollment: str, step: str) -> Prepared:
    payload = PreparePayload(step, NOW.isoformat())
    return await ActivityEnvironment().run(StepPrepare(world.prepare_step).step_prepare, enrollment, payload)
