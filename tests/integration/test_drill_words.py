"""What the drill takes the vendors' words for, and what our readers make of the same callbacks."""

import pytest

from adapters.providers.sandbox.people import PERSONAS
from application.ports.callbacks import StatusReport
from application.ports.messaging import Content, OutboundMessage
from domain.idempotency import AttemptKey
from domain.ledgers.records import Sort
from domain.statuses import Channel
from tests.fakes.sandbox import running_sandbox
from trials.drill.ledgers import provider_ledger
from trials.drill.words import meaning

CARRIERS = [
    ("twilio", Channel.SMS),
    ("twilio", Channel.VOICE),
    ("vonage", Channel.SMS),
    ("vonage", Channel.VOICE),
    ("sendgrid", Channel.EMAIL),
    ("postmark", Channel.EMAIL),
    ("mailgun", Channel.EMAIL),
    ("ses", Channel.EMAIL),
]


def sorts(channel: Channel) -> list[str]:
    """One persona for each way in which people react on a channel."""
    return list({str(getattr(each, channel.value)): name for name, each in PERSONAS.items()}.values())


@pytest.mark.parametrize(("vendor", "channel"), CARRIERS)
async def test_words_mean_what_our_readers_read(vendor: str, channel: Channel) -> None:
    """Of every sort of person each sure event is one report, of a status that its word may have."""
    async with running_sandbox(vendors=[vendor]) as sandbox:
        for nth, persona in enumerate(sorts(channel)):
            to = f"person{nth}@example.com" if channel is Channel.EMAIL else f"+1202555{nth:04}"
            await sandbox.people(**{to: persona})
            content = Content("Hi", subject="Hi")
            key = AttemptKey(persona, "s", 1)
            message = OutboundMessage(key, to, content, keys=frozenset("12"))
            await sandbox.provider(vendor, channel).send(message)
        page = await sandbox.settled()
    told = [each for each in provider_ledger(page).deliveries if each.sort is Sort.GENUINE]
    read = [report for report in sandbox.receiver.reports if isinstance(report, StatusReport)]

    assert len(read) > 3
    assert {each.attempt for each in told if each.statuses} - {None} == {each.attempt_key for each in read}
    for attempt in {each.attempt_key for each in read}:
        statuses = [report.status for report in read if report.attempt_key == attempt]
        events = [each for each in told if each.attempt == attempt and each.statuses]
        sure = [each for each in events if each.is_sure]
        assert len(sure) <= len(statuses) <= len(events), attempt
        assert all(not each.statuses.isdisjoint(statuses) for each in sure), attempt
        assert all(any(status in each.statuses for each in events) for status in statuses), attempt


def test_a_word_that_is_not_known_is_no_word_without_meaning() -> None:
    """Nobody could say whether something of it is missing."""
    with pytest.raises(LookupError):
        meaning("twilio", "evaporated")


@pytest.mark.parametrize("desk", ["slack", "zendesk", "pagerduty", "linear", "jira", "webhook"])
def test_a_desks_word_says_nothing_of_a_message(desk: str) -> None:
    """What a human does with a case is no status."""
    assert not meaning(desk, "resolve").statuses
    assert not meaning(desk, "reassign").statuses


def test_a_key_may_mean_nothing() -> None:
    """It is an answer, an opt-out, or no event at all."""
    assert not meaning("vonage", "pressed-5").is_sure
    assert meaning("vonage", "pressed-5") == meaning("twilio", "gather")
