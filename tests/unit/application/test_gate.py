"""The gate: who may be reached at all, in which order that is asked, and what a message carries along."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from application.ports.consents import Consent
from application.ports.messaging import OutboundMessage
from application.ports.suppressions import EVERYBODY
from application.send_message import SendResult, SendStatus
from domain.attempts import AttemptState
from domain.contact_rules import Cap
from domain.idempotency import AttemptKey
from domain.pauses import SHORTEST_CHECK
from domain.refusals import Refusal
from domain.statuses import Channel
from tests.fakes.calendar import FakeCalendar
from tests.fakes.clock import NOW
from tests.fakes.links import FakeLinks
from tests.unit.application.world import DEFINITION, PHONE, TENANT, World

HELLO = {"text": "Hello {{who}}"}
LINKED = {"text": "Stop: {{unsubscribe_url}} Choose: {{preferences_url}}"}


@pytest.fixture
def world() -> World:
    """A world in which each test publishes its own campaign."""
    return World()


def refused(refusal: Refusal, reason: str) -> SendResult:
    return SendResult(SendStatus.REFUSED, reason=reason, refusal=refusal)


async def text(world: World, enrollment: str, attempt: int = 1) -> SendResult:
    return await world.send(AttemptKey(enrollment, "text", attempt), Channel.SMS)


async def say(world: World, given: bool, channel: Channel = Channel.SMS) -> None:
    """Ann says yes or no to a channel."""
    async with world.database.transaction() as tx:
        await tx.consents.add("contact-ann", [Consent(channel, given, "form", world.clock())])


# Leave -----------------------------------------------------------------------------------------------


async def test_without_consent_nothing_is_sent(world: World) -> None:
    """The row tells why, and a repeat gives the same answer, also once the person has agreed."""
    await world.publish(consent="required")
    enrollment = await world.enroll()
    first = await text(world, enrollment)
    await say(world, given=True)

    again = await text(world, enrollment)
    anew = await text(world, enrollment, 2)
    stored = await world.stored(AttemptKey(enrollment, "text", 1))

    assert first == again == refused(Refusal.CONSENT, "no consent to sms")
    assert (stored.state, stored.refusal) == (AttemptState.REJECTED, Refusal.CONSENT)
    assert anew.status is SendStatus.ACCEPTED


async def test_a_consent_that_was_taken_back_is_none(world: World) -> None:
    """The latest word counts."""
    await world.publish(consent="required")
    enrollment = await world.enroll()
    await say(world, given=True)
    world.clock.advance(minutes=1)
    await say(world, given=False)

    assert (await text(world, enrollment)).refusal is Refusal.CONSENT


async def test_consent_to_one_channel_is_none_to_another(world: World) -> None:
    """Who agreed to e-mails did not agree to texts."""
    await world.publish(consent="required")
    enrollment = await world.enroll()
    await say(world, given=True, channel=Channel.EMAIL)

    mail = await world.send(AttemptKey(enrollment, "mail", 1), Channel.EMAIL)

    assert mail.status is SendStatus.ACCEPTED
    assert (await text(world, enrollment)).refusal is Refusal.CONSENT


async def test_consent_is_asked_for_on_the_channels_that_the_campaign_names(world: World) -> None:
    """Elsewhere it is not needed; a campaign that names none needs none."""
    await world.publish(consent=["email"])
    await world.publish(campaign="summer")
    enrollment, other = await world.enroll(), await world.enroll(campaign="summer")

    mail = await world.send(AttemptKey(enrollment, "mail", 1), Channel.EMAIL)

    assert mail == refused(Refusal.CONSENT, "no consent to email")
    assert (await text(world, enrollment)).status is SendStatus.ACCEPTED
    assert (await text(world, other)).status is SendStatus.ACCEPTED


@pytest.mark.parametrize(("tenant", "is_held"), [(TENANT, True), (EVERYBODY, True), ("globex", False)])
async def test_a_suppression_holds_for_its_tenant_or_for_everybody(
    world: World, tenant: str, is_held: bool
) -> None:
    """What a person has asked of another tenant is no matter of this one."""
    await world.publish()
    async with world.database.transaction() as tx:
        await tx.suppressions.add(tenant, Channel.SMS, PHONE, "imported", NOW)

    result = await text(world, await world.enroll())

    assert result.status is (SendStatus.REFUSED if is_held else SendStatus.ACCEPTED)
    assert result.refusal is (Refusal.SUPPRESSED if is_held else None)


# An enrollment that is held -------------------------------------------------------------------------


async def test_a_paused_enrollment_sends_nothing_until_it_goes_on(world: World) -> None:
    """It is told when to ask again, ever more rarely, and no row is left; others are not held up."""
    await world.publish()
    enrollment, other = await world.enroll(), await world.enroll("bob")
    await world.control_enrollment.pause(TENANT, enrollment)

    at_once = await text(world, enrollment)
    world.clock.advance(minutes=20)
    later = await text(world, enrollment)
    rows = dict(world.database.state.attempts)
    await world.control_enrollment.resume(TENANT, enrollment)

    assert (at_once.refusal, at_once.reason) == (Refusal.PAUSED, "the enrollment is paused")
    assert at_once.until == NOW + SHORTEST_CHECK
    assert later.until == NOW + timedelta(minutes=25)
    assert rows == {}
    assert (await text(world, other)).status is SendStatus.ACCEPTED
    assert (await text(world, enrollment)).status is SendStatus.ACCEPTED


# The order of the questions -------------------------------------------------------------------------


async def test_what_is_final_is_asked_before_what_passes_and_pauses_come_first(world: World) -> None:
    """With everything against a message, each reason shows once the one before it is out of the way."""
    world.caps = (Cap(1, timedelta(days=1)),)
    world.calendar = FakeCalendar(zones={PHONE: ("Asia/Tokyo",)})
    await world.publish(
        consent="required",
        window={"hours": "09:00-18:00", "spread": "0s"},
        steps=[{"key": "text", "channel": "sms", "wait": "1d", "message": {"text": "{{wanted}}"}}],
    )
    await world.publish(campaign="summer")
    await text(world, await world.enroll(campaign="summer"))
    enrollment = await world.enroll(phone=None)
    await world.suppress()
    await world.control_enrollment.pause(TENANT, enrollment)
    await world.pause()

    async def lift() -> None:
        async with world.database.transaction() as tx:
            await tx.suppressions.lift(TENANT, Channel.SMS, PHONE, "opted_out", world.clock())

    async def open_the_window() -> None:
        world.calendar = FakeCalendar()

    async def agree() -> None:
        await say(world, given=True)

    async def forget_the_caps() -> None:
        world.caps = ()

    async def release() -> None:
        await world.control_enrollment.resume(TENANT, enrollment)

    async def give_a_phone() -> None:
        await world.enroll()

    async def give_the_attribute() -> None:
        await world.enroll(attributes={"wanted": "Hello"})

    mends: list[Callable[[], Awaitable[None]]] = [
        release,
        world.resume,
        give_a_phone,
        give_the_attribute,
        lift,
        agree,
        open_the_window,
        forget_the_caps,
    ]
    met = [(await text(world, enrollment)).reason]
    for attempt, mend in enumerate(mends, start=2):
        await mend()
        met.append((await text(world, enrollment, attempt)).reason)
    await world.finish(enrollment)
    await world.suppress()

    assert met == [
        "the enrollment is paused",
        "the campaign is paused",
        "no address for sms",
        "the contact has no wanted",
        "the address is suppressed",
        "no consent to sms",
        "outside the send window",
        "no more than 1 message per day",
        None,
    ]
    assert (await text(world, enrollment, 99)).refusal is Refusal.ENDED


# What a refusal leaves behind -----------------------------------------------------------------------


async def test_a_refusal_with_a_time_leaves_a_released_attempt_as_it_is(world: World) -> None:
    """Nobody was called, so the row of the earlier try still tells of that."""
    await world.publish()
    enrollment = await world.enroll()
    key = await world.attempt(enrollment, AttemptState.RELEASED)
    before = await world.stored(key)
    await world.pause()

    result = await text(world, enrollment)

    assert result.refusal is Refusal.PAUSED
    assert await world.stored(key) == before


async def test_a_refusal_for_good_ends_a_released_attempt(world: World) -> None:
    """The row tells of the last word, which a repeat gives back."""
    await world.publish()
    enrollment = await world.enroll()
    key = await world.attempt(enrollment, AttemptState.RELEASED)
    await world.suppress()

    results = [await text(world, enrollment) for _ in range(2)]
    stored = await world.stored(key)

    assert results == [refused(Refusal.SUPPRESSED, "the address is suppressed")] * 2
    assert (stored.state, stored.refusal) == (AttemptState.REJECTED, Refusal.SUPPRESSED)


# What a message carries ------------------------------------------------------------------------------


async def sent(world: World, step: str, channel: Channel) -> OutboundMessage:
    """What the provider of a channel gets for a step of a newly enrolled contact."""
    key = AttemptKey(await world.enroll(), step, 1)
    await world.send(key, channel)
    provider = {Channel.SMS: world.sms, Channel.EMAIL: world.email, Channel.VOICE: world.voice}[channel]
    return provider.sent[-1]


async def test_a_message_may_name_its_links(world: World) -> None:
    """In any text: the one by which its person opts out, and the one to the page of preferences."""
    world.links = FakeLinks()
    await world.publish(steps=[{"key": "text", "channel": "sms", "wait": "1d", "message": LINKED}])

    message = await sent(world, "text", Channel.SMS)
    key = message.key

    assert message.content.text == (
        f"Stop: https://links.example.com/u/{key} "
        f"Choose: https://links.example.com/preferences/{key.enrollment_id}"
    )


@pytest.mark.parametrize(
    ("step", "channel", "has_link"),
    [("mail", Channel.EMAIL, True), ("text", Channel.SMS, False), ("call", Channel.VOICE, False)],
)
async def test_an_email_can_be_unsubscribed_with_one_click(
    world: World, step: str, channel: Channel, has_link: bool
) -> None:
    """Mail programs have a button for it; the other channels have their own words."""
    world.links = FakeLinks()
    call = {"key": "call", "channel": "voice", "wait": "1d", "message": HELLO}
    await world.publish(steps=[*DEFINITION["steps"][:2], call])

    message = await sent(world, step, channel)

    expected = f"https://links.example.com/u/{message.key}" if has_link else None
    assert message.unsubscribe_url == expected


async def test_without_links_a_message_that_names_one_is_not_sent(world: World) -> None:
    """It would promise a way out that is not there; e-mails that name none go out without a button."""
    linked = {"key": "text", "channel": "sms", "wait": "1d", "message": LINKED}
    await world.publish(steps=[linked, DEFINITION["steps"][1]])

    message = await sent(world, "mail", Channel.EMAIL)
    result = await text(world, message.key.enrollment_id)

    assert message.unsubscribe_url is None
    assert result == refused(Refusal.CONTENT, "the contact has no unsubscribe_url")


async def test_a_links_name_hides_an_attribute_of_that_name(world: World) -> None:
    """A list of contacts cannot bring a link of its own."""
    world.links = FakeLinks()
    await world.publish(steps=[{"key": "text", "channel": "sms", "wait": "1d", "message": LINKED}])
    enrollment = await world.enroll(attributes={"unsubscribe_url": "https://elsewhere.example.com"})
    await text(world, enrollment)

    assert "elsewhere" not in world.sms.sent[0].content.text


async def test_a_call_takes_the_keys_that_its_step_routes(world: World) -> None:
    """Other keys mean nothing, and other channels have none."""
    call = {
        "key": "call",
        "channel": "voice",
        "wait": "1d",
        "message": HELLO,
        "on": {"pressed": {"1": "complete", "2": "escalate", "#": "wait"}},
    }
    await world.publish(steps=[DEFINITION["steps"][0], call])

    assert (await sent(world, "call", Channel.VOICE)).keys == {"1", "2", "#"}
    assert (await sent(world, "text", Channel.SMS)).keys == frozenset()


async def test_an_attempt_that_is_looked_up_has_the_same_words(world: World) -> None:
    """A provider that knows no keys of ours finds it by its words, links included; no rule is asked."""
    world.links = FakeLinks()
    world.sms.can_look_up = True
    await world.publish(consent="required", steps=[{**DEFINITION["steps"][0], "message": LINKED}])
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)
    world.clock.advance(hours=1)

    await world.send(key, Channel.SMS)

    [message] = world.sms.looked_up
    assert message.content.text.startswith(f"Stop: https://links.example.com/u/{key} ")


async def test_an_attempt_in_doubt_whose_words_are_gone_is_given_up(world: World) -> None:
    """Without the words it can neither be found nor sent again."""
    world.sms.can_look_up = True
    await world.publish()
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED, step="gone")

    assert (await world.send(key, Channel.SMS)).status is SendStatus.UNKNOWN
    assert world.sms.looked_up == []
