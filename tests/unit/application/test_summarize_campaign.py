"""The figures of a campaign."""

import pytest

from application.errors import UnknownCampaign
from application.ports.reports import HandoffCount, MessageCount
from application.summarize_campaign import CountCampaign, ReconcileCampaign, SummarizeCampaign
from domain.attempts import AttemptState
from domain.statuses import DeliveryStatus
from tests.unit.application.world import TENANT, World


async def test_a_campaign_is_counted(world: World) -> None:
    """Outcomes, messages by final status, handoffs and the busiest enrollment come from one transaction."""
    busy, ended = await world.enroll("ann"), await world.enroll("bob", phone="+15550100002")
    key = await world.attempt(busy)
    await world.hear(world.status(key, DeliveryStatus.DELIVERED))
    await world.attempt(ended, AttemptState.UNKNOWN)
    await world.finish(ended)
    await world.create_handoff(busy, "text", "unanswered")

    summary = await SummarizeCampaign(world.database)(TENANT, "spring")

    assert (summary.enrollments, summary.open) == (2, 1)
    assert summary.outcomes == {"open": 1, "completed": 1}
    assert summary.messages == [MessageCount("sms", "delivered", 1), MessageCount("sms", "unknown", 1)]
    assert [handoff.ref for handoff in summary.handoffs] == ["case-1"]
    assert summary.sample == busy


async def test_a_campaign_without_enrollments_counts_nothing(world: World) -> None:
    """An empty campaign is no error."""
    summary = await SummarizeCampaign(world.database)(TENANT, "spring")

    assert (summary.enrollments, summary.open, summary.sample) == (0, 0, None)


async def test_a_campaign_is_counted_without_naming_anybody(world: World) -> None:
    """Open ones by step, ended ones by outcome, messages, cases and rates; all versions together."""
    first, second, third = [
        await world.enroll(name, phone=f"+1555010000{number}")
        for number, name in enumerate(("ann", "bob", "cyd"))
    ]
    await world.place(second, "mail")
    key = await world.attempt(first)
    await world.hear(world.status(key, DeliveryStatus.DELIVERED))
    await world.create_handoff(third, "text", "unanswered")
    await world.finish(third)

    stats = await CountCampaign(world.database)(TENANT, "spring")

    assert (stats.still_open, stats.outcomes) == (2, {"completed": 1})
    assert stats.by_step == {"text": 1, "mail": 1}
    assert stats.messages == [MessageCount("sms", "delivered", 1)]
    assert stats.handoffs == HandoffCount(open=1, resolved=0)
    assert (stats.rates.finished, stats.rates.completed) == (0.3333, 1.0)
    assert {channel: rates.delivered for channel, rates in stats.message_rates.items()} == {"sms": 1.0}


async def test_only_a_campaign_of_the_tenant_is_counted(world: World) -> None:
    """Another tenant's is like none at all."""
    for tenant, campaign in (("others", "spring"), (TENANT, "autumn")):
        with pytest.raises(UnknownCampaign):
            await CountCampaign(world.database)(tenant, campaign)


async def test_books_are_compared_with_what_the_provider_took(world: World) -> None:
    """Accepted attempts stand against the provider's ledger, and a send that we do not know shows."""
    first = await world.attempt(await world.enroll("ann"))
    second = await world.attempt(await world.enroll("bob", phone="+15550100002"))

    clean = await ReconcileCampaign(world.database)(TENANT, "spring", [str(first), str(second)])
    wrong = await ReconcileCampaign(world.database)(
        TENANT, "spring", [str(first), str(first), "stray:text:1"]
    )

    assert clean.clean
    assert wrong.sent_more_than_once == (str(first),)
    assert wrong.sends_without_attempt == ("stray:text:1",)
    assert wrong.attempts_without_send == (str(second),)
