"""The figures of a campaign."""

import pytest

from application.ports.database import Database
from application.ports.reports import HandoffCount, MessageCount
from domain.attempts import AttemptState
from domain.enrollment.state import Outcome
from domain.statuses import Channel, DeliveryStatus
from tests.fakes.clock import NOW
from tests.integration.db.rows import (
    HELLO,
    attempted,
    claimed,
    contact,
    enrolled,
    enrollment,
    handoff,
    interaction,
    key,
)


@pytest.fixture
async def full(database: Database) -> Database:
    """Three people in the campaign, and one in another campaign that must not be counted."""
    await enrolled(database, "ada", "bob", "cyd")
    async with database.transaction() as tx:
        await tx.campaigns.publish("acme", HELLO | {"campaign": "other"}, NOW)
        await tx.contacts.upsert("acme", [contact("dan")])
        await tx.enrollments.add([enrollment("dan", campaign="other")])
        for name in ("bob", "cyd", "dan"):
            await tx.enrollments.finish(f"e-{name}", Outcome.ESCALATED, NOW)
            await tx.handoffs.add(handoff(name))
    for name in ("ada", "bob", "dan"):
        await attempted(database, claimed(key(name)), AttemptState.ACCEPTED)
    await attempted(database, claimed(key("cyd")), AttemptState.UNKNOWN)
    await attempted(database, claimed(key("cyd", "mail"), channel=Channel.EMAIL))
    async with database.transaction() as tx:
        for name in ("ada", "bob", "dan"):
            await tx.attempts.hear(key(name), DeliveryStatus.DELIVERED, NOW, None)
    return database


async def test_enrollments_are_counted_by_outcome(full: Database) -> None:
    """Those that run count as open."""
    async with full.transaction() as tx:
        assert await tx.reports.outcomes("acme", "hello") == {"open": 1, "escalated": 2}
        assert await tx.reports.outcomes("other", "hello") == {}


async def test_messages_are_counted_by_channel_and_status(full: Database) -> None:
    """The delivery status counts where one was heard, else the attempt's state."""
    async with full.transaction() as tx:
        found = await tx.reports.messages("acme", "hello")

    assert found == [
        MessageCount("email", "claimed", 1),
        MessageCount("sms", "delivered", 2),
        MessageCount("sms", "unknown", 1),
    ]


async def test_handoffs_are_listed(full: Database) -> None:
    """The handoffs of the campaign are listed, oldest first."""
    async with full.transaction() as tx:
        found = await tx.reports.handoffs("acme", "hello")

    assert found == [handoff("bob"), handoff("cyd")]


async def test_handoffs_are_counted(full: Database) -> None:
    """Those that are closed apart from those that are not; nothing where there are none."""
    async with full.transaction() as tx:
        await tx.handoffs.resolve("e-bob:handoff", NOW)
        found = await tx.reports.handoff_count("acme", "hello")
        none = await tx.reports.handoff_count("others", "hello")

    assert (found, none) == (HandoffCount(open=1, resolved=1), HandoffCount(open=0, resolved=0))


async def test_the_busiest_enrollment_has_the_longest_timeline(full: Database) -> None:
    """Of several with as many rows, the smallest id; another campaign's rows do not count."""
    async with full.transaction() as tx:
        nobody = await tx.reports.busiest("acme", "hello")
        for number, name in enumerate(["dan", "dan", "dan", "ada", "cyd", "cyd", "bob", "bob"]):
            await tx.interactions.add([interaction(str(number), enrollment_id=f"e-{name}")])
        busiest = await tx.reports.busiest("acme", "hello")

    assert nobody is None
    assert busiest == "e-bob"


async def test_attempt_keys_are_listed_by_state(full: Database) -> None:
    """Every attempt of the campaign is listed under its state."""
    async with full.transaction() as tx:
        found = await tx.reports.attempts_by_state("acme", "hello")

    assert found == {
        "accepted": ["e-ada:text:1", "e-bob:text:1"],
        "claimed": ["e-cyd:mail:1"],
        "unknown": ["e-cyd:text:1"],
    }
