"""What people ask for by a word, by which message they answer, and for whom it counts."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.ports.callbacks import InboundText, StatusReport
from application.ports.interactions import Dispatch
from domain.attempts import AttemptState
from domain.contact import Contact
from domain.idempotency import AttemptKey
from domain.keywords import Keyword
from domain.statuses import Channel, DeliveryStatus
from tests.unit.application.world import PHONE, TENANT, World

MAIL = "ann@example.com"


async def test_start_lifts_what_stop_has_suppressed(world: World) -> None:
    """The person may be contacted again; the row is in the timeline, and nobody is signalled."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)
    await world.hear(world.text("STOP", "text-1"))
    heard = len(world.runs.told)

    new = await world.hear(world.text("Start", "text-2"))

    assert new == 1
    assert not await world.is_suppressed()
    row = (await world.timeline(enrollment))[-1]
    assert (row.kind, row.status, row.text, row.dispatch) == ("opted_in", None, "Start", Dispatch.NONE)
    assert (row.step, row.attempt) == (key.step, key.attempt)
    assert (await world.stored(key)).delivery is DeliveryStatus.OPTED_OUT
    assert (len(world.runs.told), world.runs.opted_out) == (heard, [])


async def test_a_stop_that_is_repeated_after_start_is_old_news(world: World) -> None:
    """The vendor delivers the same event once more: the later word counts."""
    await world.attempt(await world.enroll())
    for text in (world.text("STOP", "text-1"), world.text("START", "text-2"), world.text("STOP", "text-1")):
        await world.hear(text)

    assert not await world.is_suppressed()


async def test_a_start_that_was_written_before_the_stop_lifts_nothing(world: World) -> None:
    """Callbacks come in any order; the word that was said last counts."""
    await world.attempt(await world.enroll())
    start = world.text("START", "text-1")
    world.clock.advance(minutes=1)
    await world.hear(world.text("STOP", "text-2"))
    await world.hear(start)

    assert await world.is_suppressed()


async def test_start_counts_for_every_tenant_that_stop_counted_for(world: World) -> None:
    """Whoever asks to be left alone means everybody here, and so does who takes it back."""
    await world.attempt(await world.enroll())
    async with world.database.transaction() as tx:
        await tx.contacts.upsert("globex", [Contact("contact-x", "x", PHONE)])
    held = []
    for word in ("STOP", "START"):
        await world.hear(world.text(word, word))
        async with world.database.transaction() as tx:
            held.append([await tx.suppressions.holds(t, Channel.SMS, PHONE) for t in (TENANT, "globex")])

    assert held == [[True, True], [False, False]]


@pytest.mark.parametrize("status", [DeliveryStatus.BOUNCED, DeliveryStatus.COMPLAINED])
@pytest.mark.parametrize("stops_before", [True, False])
async def test_start_does_not_lift_what_is_no_wish(
    world: World, status: DeliveryStatus, stops_before: bool
) -> None:
    """A bounce and a complaint outlive a word, also where the word STOP came before them."""
    key = await world.attempt(await world.enroll())
    if stops_before:
        await world.hear(world.text("STOP", "text-1"))
    await world.hear(world.status(key, status))

    await world.hear(world.text("START", "text-2"))

    assert await world.is_suppressed()


async def test_start_is_about_one_channel(world: World) -> None:
    """Somebody who writes START by SMS has said nothing about e-mail."""
    await world.attempt(await world.enroll())
    await world.suppress(Channel.EMAIL, MAIL)

    await world.hear(world.text("START"))

    assert await world.is_suppressed(Channel.EMAIL, MAIL)


async def test_start_from_a_stranger_lifts_what_a_stranger_has_asked_for(world: World) -> None:
    """Both may come before anybody here has a contact with the number."""
    stranger = "+15550109999"
    await world.hear(world.text("STOP", "text-1", stranger))
    await world.hear(world.text("START", "text-2", stranger))

    assert not await world.is_suppressed(address=stranger)
    assert [row.kind for row in world.rows] == ["opted_out", "opted_in"]


_EVENTS = st.lists(
    st.tuples(st.sampled_from(["stop", "start", "hello", "bounced", "complained"]), st.integers(0, 4)),
    max_size=12,
)


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(_EVENTS)
def test_only_a_word_lifts_and_it_lifts_only_a_word(events: list[tuple[str, int]]) -> None:
    """After any events, some of them repeated, the address is suppressed as the new ones among them say."""
    expected: str | None = None
    for kind, _ in dict.fromkeys(events):
        if kind in ("bounced", "complained") and expected in (None, "opted_out"):
            expected = kind
        if kind == "stop":
            expected = expected or "opted_out"
        if kind == "start" and expected == "opted_out":
            expected = None

    assert asyncio.run(_reason_after(events)) == expected


async def _reason_after(events: list[tuple[str, int]]) -> str | None:
    world = World()
    await world.publish()
    key = await world.attempt(await world.enroll())
    for kind, number in events:
        event = f"{kind}-{number}"
        report: StatusReport | InboundText = world.text(kind, event)
        if kind in ("bounced", "complained"):
            report = world.status(key, DeliveryStatus(kind), event)
        await world.hear(report)
    return world.database.state.suppressions.get((TENANT, Channel.SMS, PHONE))


@pytest.mark.parametrize("state", [AttemptState.ACCEPTED, AttemptState.UNKNOWN])
async def test_help_is_kept_and_nothing_more(world: World, state: AttemptState) -> None:
    """It decides nothing: whoever asks who we are has not answered yet."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment, state)

    await world.hear(world.text("Help?"))

    [row] = await world.timeline(enrollment)
    assert (row.kind, row.status, row.text, row.dispatch) == ("help", None, "Help?", Dispatch.NONE)
    assert (await world.stored(key)).delivery is None
    assert world.runs.told == []
    assert not await world.is_suppressed()


@pytest.mark.parametrize(
    ("words", "keyword", "kind"),
    [
        ("STOP", Keyword.HELP, "help"),
        ("STOP", Keyword.START, "opted_in"),
        ("YES", Keyword.START, "opted_in"),
        ("HELP", Keyword.STOP, "opted_out"),
        ("INFO", None, "help"),
        ("UNSTOP", None, "opted_in"),
    ],
)
async def test_what_the_vendor_took_it_for_counts(
    world: World, words: str, keyword: Keyword | None, kind: str
) -> None:
    """The vendor has answered the person so, and keeps to it; our lists count where it says nothing."""
    enrollment = await world.enroll()
    await world.attempt(enrollment)

    await world.hear(world.text(words, keyword=keyword))

    assert [row.kind for row in await world.timeline(enrollment)] == [kind]


# Which message is answered --------------------------------------------------------------------------------


@pytest.fixture
async def mails(world: World) -> tuple[AttemptKey, AttemptKey]:
    """Two e-mails to one person in two campaigns, the second one newer."""
    await world.publish(campaign="summer")
    keys = []
    for campaign in ("spring", "summer"):
        enrollment = await world.enroll(campaign=campaign)
        keys.append(await world.attempt(enrollment, step="mail", channel=Channel.EMAIL))
        world.clock.advance(hours=1)
    return keys[0], keys[1]


async def test_a_reply_answers_the_message_that_it_names(
    world: World, mails: tuple[AttemptKey, AttemptKey]
) -> None:
    """Also from another address than the one that we wrote to, and though a newer message went out."""
    reply = world.text("Yes", sender="ann.private@example.net", channel=Channel.EMAIL, answers=mails[0])

    await world.hear(reply, provider="fake-email")

    assert [row.enrollment_id for row in world.runs.told] == [mails[0].enrollment_id]
    assert (await world.stored(mails[0])).delivery is DeliveryStatus.REPLIED
    assert world.telemetry.replies == []


@pytest.mark.parametrize("answers", ["nobody:mail:1", "not a key", "", None])
async def test_a_reply_that_names_nothing_known_answers_the_newest_message(
    world: World, mails: tuple[AttemptKey, AttemptKey], answers: str | None
) -> None:
    """What it names is a hint: a person, or a mail program, may have typed anything."""
    await world.hear(world.text("Yes", sender=MAIL, channel=Channel.EMAIL, answers=answers))

    assert [row.enrollment_id for row in world.runs.told] == [mails[1].enrollment_id]


async def test_a_reply_does_not_answer_a_message_on_another_channel(world: World) -> None:
    """A text that names a mail answers the newest text."""
    enrollment = await world.enroll()
    text = await world.attempt(enrollment)
    mail = await world.attempt(enrollment, step="mail", channel=Channel.EMAIL)

    await world.hear(world.text("Yes", answers=mail))

    assert [(row.step, row.attempt) for row in world.runs.told] == [(text.step, text.attempt)]


async def test_a_stop_that_names_a_message_counts_for_both_addresses(
    world: World, mails: tuple[AttemptKey, AttemptKey]
) -> None:
    """The one that it came from and the one that we wrote to: the person means themselves."""
    other = "ann.private@example.net"

    await world.hear(world.text("STOP", sender=other, channel=Channel.EMAIL, answers=mails[0]))

    assert await world.is_suppressed(Channel.EMAIL, other)
    assert await world.is_suppressed(Channel.EMAIL, MAIL)
    assert [row.enrollment_id for row in world.runs.told] == [mails[0].enrollment_id]
    assert world.runs.opted_out == [mails[1].enrollment_id]


async def test_a_start_that_names_a_message_counts_for_its_sender_alone(
    world: World, mails: tuple[AttemptKey, AttemptKey]
) -> None:
    """Anybody can type the name of a message; nobody takes back what somebody else has asked for."""
    await world.suppress(Channel.EMAIL, MAIL)
    await world.suppress(Channel.EMAIL, "mallory@example.net")

    await world.hear(
        world.text("START", sender="mallory@example.net", channel=Channel.EMAIL, answers=mails[0])
    )

    assert await world.is_suppressed(Channel.EMAIL, MAIL)
    assert not await world.is_suppressed(Channel.EMAIL, "mallory@example.net")
