"""Attempts of which nobody could say for a while whether they were sent: how that ended."""

from datetime import datetime

import pytest
from attrs import evolve

from domain.guarantees import SENTENCES, Guarantee
from domain.ledgers import sends
from domain.ledgers.audit import audit
from domain.ledgers.findings import Finding, Kind, Resolution, Unavoidable
from domain.ledgers.index import Index
from domain.ledgers.records import Ledgers, Order, Sent
from domain.statuses import Channel, DeliveryStatus
from tests.unit.domain.ledger_pages import (
    ABLE,
    SECOND,
    T0,
    added,
    altered,
    sent_life,
    spoiled,
    told,
    unknown_life,
)


def in_doubt(channel: Channel, provider: str, order: Order, *callbacks: DeliveryStatus) -> Ledgers:
    """An attempt that our books hold as unknown, and that a provider took."""
    ledgers = unknown_life("cid")
    key = "cid:first:1"
    for book, spoil in [
        ("attempts", altered(0, channel=channel, provider=provider)),
        ("sent", added(Sent(key, channel, provider, "ref-cid"))),
        ("runs", altered(0, orders=(order,))),
        *(("deliveries", added(told(key, provider, status))) for status in callbacks),
    ]:
        ledgers = spoiled(ledgers, book, spoil)
    return ledgers


TOLD, UNTOLD = Order("cid:first:1", "unknown"), Order("cid:first:1", None)


@pytest.mark.parametrize(
    ("ledgers", "reason"),
    [
        (
            in_doubt(Channel.EMAIL, "smtp", TOLD),
            "smtp email: never twice; after a lost answer nobody can ever say",
        ),
        (
            in_doubt(Channel.EMAIL, "sendgrid", TOLD),
            f"sendgrid email: {SENTENCES[Guarantee.BY_CALLBACK]}",
        ),
        (
            in_doubt(Channel.SMS, "twilio", UNTOLD),
            "its run ended, or was told to stop, before the answer was known",
        ),
        (in_doubt(Channel.SMS, "twilio", TOLD), None),
        (in_doubt(Channel.VOICE, "keyed", TOLD), None),
        (in_doubt(Channel.EMAIL, "sendgrid", TOLD, DeliveryStatus.DELIVERED), None),
        (
            in_doubt(Channel.EMAIL, "gone", TOLD),
            "gone email: never twice; after a lost answer nobody can ever say",
        ),
    ],
)
def test_what_stays_unknown_is_a_finding_where_the_provider_could_have_told(
    ledgers: Ledgers, reason: str | None
) -> None:
    """Where it has no look-up, and no callback came, it is counted apart and says why."""
    finding = Finding(
        Kind.UNSETTLED, "cid", f"cid:first:1 is unknown, and {ledgers.tables.attempts[0].provider} took it"
    )
    [doubt] = audit(ledgers, ABLE).doubts

    assert list(sends.what_was_taken_is_settled(Index.of(ledgers, ABLE))) == [
        finding if reason is None else Unavoidable(finding, reason)
    ]
    assert doubt.resolution is Resolution.UNKNOWN_TAKEN


def test_an_attempt_that_no_run_has_ordered_was_not_settled_by_one() -> None:
    """Without an order nobody was there to settle it, and another rule says what is wrong."""
    ledgers = spoiled(in_doubt(Channel.SMS, "twilio", TOLD), "runs", altered(0, orders=()))
    report = audit(ledgers, ABLE)

    assert [each.kind for each in report.findings] == [Kind.HISTORY_DIFFERS]
    assert [each.finding.kind for each in report.unavoidable] == [Kind.UNSETTLED]


BEGAN = T0 + 60 * SECOND


@pytest.mark.parametrize(
    ("channel", "order", "recorded_at", "resolution"),
    [
        (Channel.SMS, {"status": "accepted"}, T0 + SECOND, None),
        (Channel.SMS, {"status": "unknown"}, BEGAN, Resolution.CALLBACK),
        (Channel.SMS, {"status": None, "ref": None}, T0 + SECOND, Resolution.CALLBACK),
        (Channel.SMS, {"status": "accepted", "began": BEGAN}, T0 + SECOND, None),
        (Channel.SMS, {"status": "accepted", "is_repeat": True}, BEGAN, None),
        (
            Channel.SMS,
            {"status": "accepted", "began": BEGAN, "is_repeat": True},
            BEGAN + SECOND,
            Resolution.LOOK_UP,
        ),
        (
            Channel.SMS,
            {"status": "accepted", "began": BEGAN, "is_repeat": True},
            T0 + SECOND,
            Resolution.CALLBACK,
        ),
        (Channel.SMS, {"status": "accepted", "began": T0 - SECOND, "is_repeat": True}, T0 + SECOND, None),
        (
            Channel.VOICE,
            {"status": "accepted", "began": T0 - SECOND, "is_repeat": True},
            T0 + SECOND,
            Resolution.RESENT_WITH_KEY,
        ),
    ],
)
def test_how_a_doubt_was_settled(
    channel: Channel, order: dict[str, object], recorded_at: datetime, resolution: Resolution | None
) -> None:
    """By a callback, by a look-up, by the same key again; or there was no doubt."""
    ledgers = sent_life("ann", channel, DeliveryStatus.DELIVERED)
    given = evolve(ledgers.runs[0].orders[0], began=None, is_repeat=False)
    ledgers = spoiled(ledgers, "runs", altered(0, orders=(evolve(given, **order),)))
    ledgers = spoiled(ledgers, "attempts", altered(0, recorded_at=recorded_at))

    assert [each.resolution for each in audit(ledgers, ABLE).doubts] == [resolution] * (
        resolution is not None
    )


def test_a_repeat_that_met_what_was_recorded_was_no_doubt() -> None:
    """The worker has died after it had written the answer down; no callback has come."""
    ledgers = sent_life("ann", Channel.SMS)
    order = evolve(ledgers.runs[0].orders[0], began=BEGAN, is_repeat=True)

    assert audit(spoiled(ledgers, "runs", altered(0, orders=(order,))), ABLE).doubts == ()


def test_what_a_plan_had_sent_again_is_counted() -> None:
    """A message that was taken, of which the run knew nothing, went out again as the next attempt."""
    first, second = sent_life("ann", Channel.SMS), sent_life("ann", Channel.SMS)
    attempt = evolve(second.tables.attempts[0], key="ann:first:2", ref="ref-2")
    orders = (Order("ann:first:1", "unknown"), Order("ann:first:2", "accepted", "ref-2"))
    for book, spoil in [
        ("attempts", added(attempt)),
        ("sent", added(Sent("ann:first:2", Channel.SMS, "twilio", "ref-2"))),
        ("runs", altered(0, orders=orders)),
    ]:
        first = spoiled(first, book, spoil)
    report = audit(first, ABLE)

    assert report.clean
    assert report.counts.resent == 1
