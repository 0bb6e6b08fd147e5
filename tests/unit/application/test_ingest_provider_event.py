"""Taking in callbacks: one row, one delivery status, a signal only where it can change a decision."""

import asyncio
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from application.dispatch_events import AT_ONCE
from application.errors import DatabaseUnavailable
from application.ports.callbacks import InboundText, StatusReport
from application.ports.interactions import Dispatch
from application.ports.webhooks import Verdict
from domain.attempts import AttemptState
from domain.enrollment.state import Outcome
from domain.idempotency import AttemptKey
from domain.keywords import Keyword
from domain.statuses import Channel, DeliveryStatus
from tests.fakes.clock import NOW
from tests.unit.application.world import PHONE, World, delivery


async def test_an_event_is_staged_stored_heard_and_signalled(world: World) -> None:
    """A reply completes the step, so its run hears of it, and the row says so."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)

    new = await world.hear(world.status(key, DeliveryStatus.CLICKED, ref=f"ref-{key}", detail="link 2"))

    assert new == 1
    assert len(world.database.state.webhooks) == 1
    [row] = await world.timeline(enrollment)
    assert (row.key, row.kind, row.status) == ("fake-sms:event-1", "clicked", DeliveryStatus.CLICKED)
    assert (row.step, row.attempt, row.provider, row.detail) == ("text", 1, "fake-sms", "link 2")
    assert row.dispatch is Dispatch.DISPATCHED
    assert [told.key for told in world.runs.told] == [row.key]
    assert (await world.stored(key)).delivery is DeliveryStatus.CLICKED


async def test_a_repeated_delivery_changes_nothing(world: World) -> None:
    """The same event by the same or another delivery is one row and one signal."""
    key = await world.attempt(await world.enroll())
    report = world.status(key, DeliveryStatus.FAILED)

    counts = [await world.ingest(delivery(body), [report]) for body in (b"first", b"first", b"other")]

    assert counts == [1, 0, 0]
    assert len(world.rows) == 1
    assert len(world.runs.told) == 1
    assert len(world.database.state.webhooks) == 2


async def test_an_event_that_comes_twice_in_one_delivery_is_one_row(world: World) -> None:
    """Vendors document duplicates inside a batch."""
    key = await world.attempt(await world.enroll())
    report = world.status(key, DeliveryStatus.FAILED)

    assert await world.hear(report, report) == 1
    assert len(world.runs.told) == 1


async def test_concurrent_duplicates_are_one_row_and_one_signal(world: World) -> None:
    """Fifty copies at once store and signal once."""
    key = await world.attempt(await world.enroll())
    report = world.status(key, DeliveryStatus.REPLIED)

    counts = await asyncio.gather(*(world.hear(report) for _ in range(50)))

    assert sum(counts) == 1
    assert len(world.rows) == 1
    assert len(world.runs.told) == 1


@pytest.mark.parametrize(
    ("status", "dispatch"),
    [
        (DeliveryStatus.QUEUED, Dispatch.NONE),
        (DeliveryStatus.SENT, Dispatch.NONE),
        (DeliveryStatus.DELIVERED, Dispatch.NONE),
        (DeliveryStatus.FAILED, Dispatch.DISPATCHED),
        (DeliveryStatus.CLICKED, Dispatch.DISPATCHED),
        (DeliveryStatus.REPLIED, Dispatch.DISPATCHED),
        (DeliveryStatus.OPTED_OUT, Dispatch.DISPATCHED),
        (DeliveryStatus.COMPLAINED, Dispatch.DISPATCHED),
    ],
)
async def test_a_run_is_woken_only_for_what_can_change_a_decision(
    world: World, status: DeliveryStatus, dispatch: Dispatch
) -> None:
    """Every event is stored; a signal is paid for only where the plan heeds it."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)

    await world.hear(world.status(key, status))

    [row] = await world.timeline(enrollment)
    assert row.dispatch is dispatch
    assert len(world.runs.told) == (dispatch is Dispatch.DISPATCHED)


async def test_any_news_of_an_unknown_attempt_wakes_its_run(world: World) -> None:
    """An attempt in doubt is settled by the first callback, even by one that decides nothing else."""
    key = await world.attempt(await world.enroll(), AttemptState.UNKNOWN)

    await world.hear(world.status(key, DeliveryStatus.SENT, ref="SM1"))

    attempt = await world.stored(key)
    assert (attempt.state, attempt.provider_ref) == (AttemptState.ACCEPTED, "SM1")
    assert [row.status for row in world.runs.told] == [DeliveryStatus.SENT]


async def test_an_event_without_our_key_is_found_by_the_providers_reference(world: World) -> None:
    """Some callbacks carry the provider's id only."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)

    await world.hear(world.status(None, DeliveryStatus.FAILED, ref=f"ref-{key}"))

    assert [row.step for row in await world.timeline(enrollment)] == ["text"]


@pytest.mark.parametrize(
    ("attempt_key", "ref"),
    [
        pytest.param("no-such-enrollment:text:1", "ref", id="key of nobody"),
        pytest.param("not a key", None, id="not a key"),
        pytest.param("not a key", "unknown-ref", id="unknown reference"),
        pytest.param(None, None, id="nothing to find it by"),
    ],
)
async def test_an_event_for_an_unknown_attempt_is_stored_and_nobody_is_woken(
    world: World, attempt_key: str | None, ref: str | None
) -> None:
    """What cannot be placed is kept for a human to look at, once."""
    report = world.status(attempt_key, DeliveryStatus.FAILED, ref=ref)

    counts = [await world.hear(report), await world.hear(report)]

    assert counts == [1, 0]
    [row] = world.rows
    assert (row.enrollment_id, row.step, row.dispatch) == (None, None, Dispatch.NONE)
    assert world.runs.told == []


async def test_an_event_of_an_erased_enrollment_is_stored(world: World) -> None:
    """An attempt without its enrollment is treated as unknown, and the row keeps what the key tells."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)
    world.database.state.enrollments.clear()

    assert await world.hear(world.status(key, DeliveryStatus.REPLIED)) == 1
    assert world.runs.told == []


async def test_an_event_after_the_end_is_stored_as_late(world: World) -> None:
    """The timeline shows it; the run that has ended is not signalled."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)
    await world.finish(enrollment)

    await world.hear(world.status(key, DeliveryStatus.REPLIED))

    assert [row.dispatch for row in await world.timeline(enrollment)] == [Dispatch.LATE]
    assert world.runs.told == []


async def test_an_event_that_meets_an_ended_run_becomes_late(world: World) -> None:
    """The run may have ended before the database says so."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)
    world.runs.ended.add(enrollment)

    await world.hear(world.status(key, DeliveryStatus.REPLIED))

    assert [row.dispatch for row in await world.timeline(enrollment)] == [Dispatch.LATE]


async def test_a_stop_reaches_every_open_enrollment_to_the_address(world: World) -> None:
    """The one that it answers hears the event, the others hear of an opt-out; ended ones are left alone."""
    await world.publish(campaign="summer")
    await world.publish(campaign="autumn")
    await world.publish(campaign="winter")
    older = await world.enroll(campaign="summer")
    ended = await world.enroll(campaign="autumn")
    stranger = await world.enroll("bob", phone="+15550100002", campaign="winter")
    answered = await world.enroll()
    await world.attempt(answered)
    await world.finish(ended)

    new = await world.hear(world.text("Stop!"))

    assert new == 2
    assert await world.is_suppressed()
    assert [(row.enrollment_id, row.status) for row in world.runs.told] == [
        (answered, DeliveryStatus.OPTED_OUT)
    ]
    assert world.runs.opted_out == [older]
    [shared] = await world.timeline(older)
    assert (shared.kind, shared.detail, shared.dispatch) == ("opt_out", "opted_out", Dispatch.DISPATCHED)
    assert await world.timeline(ended) == await world.timeline(stranger) == []


async def test_a_stop_after_the_end_still_suppresses_and_reaches_the_others(world: World) -> None:
    """An opt-out is never too late."""
    await world.publish(campaign="summer")
    other = await world.enroll(campaign="summer")
    ended = await world.enroll()
    await world.attempt(ended)
    await world.finish(ended)

    await world.hear(world.text("STOP"))

    assert await world.is_suppressed()
    assert world.runs.told == []
    assert world.runs.opted_out == [other]


@pytest.mark.parametrize("state", [None, AttemptState.CLAIMED, AttemptState.RELEASED, AttemptState.REJECTED])
async def test_a_stop_needs_no_message_that_it_answers(world: World, state: AttemptState | None) -> None:
    """Somebody we have not reached yet, or whose message is still on its way, is left alone from now on."""
    enrollment = await world.enroll()
    if state is not None:
        await world.attempt(enrollment, state)

    await world.hear(world.text("STOP"))

    assert await world.is_suppressed()
    assert world.runs.opted_out + [row.enrollment_id for row in world.runs.told] == [enrollment]


async def test_a_stop_ends_what_was_not_started_yet(world: World) -> None:
    """An enrollment that waits for its start, say in an outage, never starts; the relay has nothing to do."""
    waiting = await world.enroll(started=False)
    world.runs.ended.add(waiting)  # there is no run to tell

    await world.hear(world.text("STOP"))
    world.clock.advance(minutes=1)
    await world.relay()

    assert world.database.state.enrollments[waiting].outcome is Outcome.OPTED_OUT
    assert world.runs.starts == []


async def test_a_stop_from_a_stranger_counts_once_the_number_is_loaded(world: World) -> None:
    """Nobody has a contact with this number yet; whoever gets one later must not write to it."""
    new = await world.hear(world.text("STOP", sender="+15550109999"))

    assert new == 1
    assert await world.is_suppressed(address="+15550109999")


async def test_news_of_a_message_in_flight_wakes_its_run(world: World) -> None:
    """A callback that overtakes the send's own answer may be all that ever tells that it was sent."""
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)

    await world.hear(world.status(key, DeliveryStatus.SENT))

    assert [row.status for row in world.runs.told] == [DeliveryStatus.SENT]
    assert (await world.stored(key)).state is AttemptState.ACCEPTED


async def test_a_batch_is_one_signal_for_each_enrollment(world: World) -> None:
    """Each signal costs money: a run hears at once, and in order, of all that a batch tells it."""
    await world.publish(campaign="summer")
    ann, other = await world.enroll(), await world.enroll(campaign="summer")
    keys = [await world.attempt(ann), await world.attempt(other), await world.attempt(ann, step="mail")]
    statuses = (DeliveryStatus.CLICKED, DeliveryStatus.REPLIED)
    events = [
        world.status(key, status, event=f"{status}-{index}")
        for status in statuses
        for index, key in enumerate(keys)
    ]

    assert await world.hear(*events) == 6
    assert world.runs.signals == [ann, other]
    assert [row.key for row in world.runs.told if row.enrollment_id == ann] == [
        f"fake-sms:{name}" for name in ("clicked-0", "clicked-2", "replied-0", "replied-2")
    ]
    assert {row.dispatch for row in world.rows} == {Dispatch.DISPATCHED}
    assert (await world.stored(keys[0])).delivery is DeliveryStatus.REPLIED


async def test_of_an_attempt_in_doubt_a_batch_wakes_its_run_once(world: World) -> None:
    """The first event settles it; what follows in the same batch is told only if the plan heeds it."""
    key = await world.attempt(await world.enroll(), AttemptState.UNKNOWN)
    statuses = [DeliveryStatus.QUEUED, DeliveryStatus.SENT, DeliveryStatus.DELIVERED]

    await world.hear(*(world.status(key, status, event=status.value, ref="SM1") for status in statuses))

    attempt = await world.stored(key)
    assert (attempt.state, attempt.delivery, attempt.provider_ref) == (
        AttemptState.ACCEPTED,
        DeliveryStatus.DELIVERED,
        "SM1",
    )
    assert [row.status for row in world.runs.told] == [DeliveryStatus.QUEUED]


async def test_a_large_batch_is_signalled_in_part_and_the_relay_takes_the_rest(world: World) -> None:
    """The provider's patience is short, so some enrollments hear later; nothing of the batch is lost."""
    count = AT_ONCE + 5
    events = []
    for n in range(count):
        key = await world.attempt(await world.enroll(f"person-{n}", phone=f"+1555{n:07}"))
        events += [world.status(key, DeliveryStatus.CLICKED, event=f"clicked-{n}")]
        events += [world.status(key, DeliveryStatus.REPLIED, event=f"replied-{n}")]

    await world.hear(*events)
    at_once = len(world.runs.signals), len(world.runs.told)
    world.clock.advance(minutes=1)
    await world.relay()

    assert at_once == (AT_ONCE, 2 * AT_ONCE)
    assert len(set(world.runs.signals)) == len(world.runs.signals) == count
    assert len(world.runs.told) == 2 * count


async def test_a_repeated_stop_is_passed_on_once(world: World) -> None:
    """The rows by which others hear of it are keyed by the event, too."""
    await world.publish(campaign="summer")
    await world.enroll(campaign="summer")
    await world.attempt(await world.enroll())

    for _ in range(3):
        await world.hear(world.text("STOP"))

    assert len(world.runs.opted_out) == len(world.runs.told) == 1
    assert len(world.rows) == 2


@pytest.mark.parametrize(
    ("words", "keyword", "status"),
    [
        ("stop", None, DeliveryStatus.OPTED_OUT),
        (" Unsubscribe. ", None, DeliveryStatus.OPTED_OUT),
        ("BASTA", Keyword.STOP, DeliveryStatus.OPTED_OUT),
        ("do not stop", None, DeliveryStatus.REPLIED),
        ("", None, DeliveryStatus.REPLIED),
    ],
)
async def test_what_a_person_writes_is_an_opt_out_or_a_reply(
    world: World, words: str, keyword: Keyword | None, status: DeliveryStatus
) -> None:
    """Our own list of words counts, and so does the provider's word for it; the text is kept."""
    enrollment = await world.enroll()
    await world.attempt(enrollment)

    await world.hear(world.text(words, keyword=keyword))

    [row] = await world.timeline(enrollment)
    assert (row.status, row.text) == (status, words)
    assert await world.is_suppressed() is (status is DeliveryStatus.OPTED_OUT)


async def test_a_text_from_a_stranger_is_stored_and_counted(world: World) -> None:
    """Nobody can be found for it, once; the words are kept, and kept out of reprs and logs."""
    await world.attempt(await world.enroll())
    text = world.text("Who is this?", sender="+15550199999")

    with capture_logs() as lines:
        counts = [await world.hear(text), await world.hear(text)]

    [row] = world.rows
    assert counts == [1, 0]
    assert (row.enrollment_id, row.text) == (None, "Who is this?")
    assert "Who" not in repr(row)
    assert world.telemetry.replies == [("fake-sms", "sms")]
    assert lines == [
        {"event": "webhook.unmatched", "log_level": "warning", "provider": "fake-sms", "event_id": "text-1"}
    ]


async def test_a_bounce_suppresses_the_address_and_other_enrollments_go_on(world: World) -> None:
    """A bounce is no wish: the address is not used any more, and nobody is opted out by it."""
    await world.publish(campaign="summer")
    other = await world.enroll(campaign="summer")
    key = await world.attempt(await world.enroll(), step="mail", channel=Channel.EMAIL)

    await world.hear(world.status(key, DeliveryStatus.BOUNCED), provider="fake-email")

    assert await world.is_suppressed(Channel.EMAIL, "ann@example.com")
    assert not await world.is_suppressed()
    assert world.runs.opted_out == []
    assert await world.timeline(other) == []


async def test_an_opt_out_of_an_erased_contact_suppresses_nothing(world: World) -> None:
    """There is no address left; the run still hears of it."""
    key = await world.attempt(await world.enroll())
    world.database.state.contacts.clear()

    await world.hear(world.status(key, DeliveryStatus.COMPLAINED))

    assert world.database.state.suppressions == {}
    assert len(world.runs.told) == 1


async def test_a_malformed_delivery_is_staged_alone(world: World) -> None:
    """The body is kept with its verdict; there are no events to store."""
    new = await world.ingest(delivery(verdict=Verdict.MALFORMED))

    assert new == 0
    assert [webhook.verdict for webhook in world.database.state.webhooks.values()] == [Verdict.MALFORMED]
    assert world.rows == []


async def test_an_outage_of_the_runs_leaves_events_to_the_relay(world: World) -> None:
    """What is stored is safe: the caller is told that all is well, and the row stays pending."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)
    world.runs.down = True

    new = await world.hear(world.status(key, DeliveryStatus.REPLIED))

    assert new == 1
    assert [row.dispatch for row in await world.timeline(enrollment)] == [Dispatch.PENDING]


async def test_a_database_that_fails_after_storing_does_not_lose_the_answer(world: World) -> None:
    """The event is stored and told; only the mark is missing, and the relay makes up for it."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)
    world.runs.meanwhile = lambda: setattr(world.database, "down", True)

    new = await world.hear(world.status(key, DeliveryStatus.REPLIED))
    world.database.down = False

    assert new == 1
    assert [row.dispatch for row in await world.timeline(enrollment)] == [Dispatch.PENDING]


async def test_without_a_database_nothing_is_stored(world: World) -> None:
    """The provider must be told to come again."""
    key = await world.attempt(await world.enroll())
    world.database.down = True

    with pytest.raises(DatabaseUnavailable):
        await world.hear(world.status(key, DeliveryStatus.REPLIED))

    assert world.database.state.webhooks == {}
    assert world.rows == []
    assert world.runs.told == []


_STATUSES = st.lists(st.sampled_from(DeliveryStatus), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(statuses=_STATUSES, data=st.data())
def test_any_order_and_repetition_of_events_gives_one_final_state(
    statuses: list[DeliveryStatus], data: st.DataObject
) -> None:
    """However a provider reorders and repeats its callbacks, rows, status and suppressions are the same."""
    events = [(f"event-{index}", status) for index, status in enumerate(statuses)]
    shuffled = data.draw(st.permutations(events))
    repeated = list(itertools.chain(shuffled, data.draw(st.lists(st.sampled_from(events), max_size=5))))

    assert asyncio.run(_final_state(events)) == asyncio.run(_final_state(repeated))


async def _final_state(events: list[tuple[str, DeliveryStatus]]) -> tuple[object, ...]:
    world = World()
    await world.publish()
    key = await world.attempt(await world.enroll())
    for event, status in events:
        await world.hear(world.status(key, status, event))
    rows = frozenset((row.key, row.dispatch) for row in world.rows)
    attempt = await world.stored(key)
    return rows, attempt.delivery, attempt.state, frozenset(world.database.state.suppressions)


def test_reports_hide_what_is_personal() -> None:
    """A report in a log line or a traceback shows no address and no words."""
    text = InboundText("id", Channel.SMS, PHONE, "my words", NOW)
    status = StatusReport("id", DeliveryStatus.SENT, NOW, str(AttemptKey("e", "s", 1)), "SM1")

    assert PHONE not in repr(text)
    assert "words" not in repr(text)
    assert "e:s:1" in repr(status)
