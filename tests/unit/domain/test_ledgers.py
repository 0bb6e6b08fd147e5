"""Each rule of the audit finds what it is there for, and no other rule does."""

from collections.abc import Callable

import pytest
from attrs import evolve

from domain.attempts import AttemptState
from domain.enrollment.commands import InteractionKind
from domain.enrollment.state import Outcome
from domain.ledgers import callbacks, cases, decisions, lives, sends
from domain.ledgers.audit import RULES, Rule, audit
from domain.ledgers.findings import Audit, Counts, Doubt, Finding, Kind, Resolution, Unavoidable
from domain.ledgers.index import Index
from domain.ledgers.records import (
    Case,
    Close,
    EnrollmentRow,
    InteractionRow,
    Ledgers,
    Order,
    Run,
    Sent,
    WebhookRow,
)
from domain.statuses import Channel, DeliveryStatus
from tests.unit.domain.ledger_pages import (
    ABLE,
    Spoil,
    added,
    altered,
    decided,
    event,
    everything,
    spoiled,
    told,
    unknown_life,
    without,
)

ANN, BOB, CID, DOT, EVE = range(5)
"""Their places among the enrollments; of the attempts and of what was sent, ann's and bob's come first."""


def found(ledgers: Ledgers, rule: Rule) -> list[Kind]:
    return [each.kind for each in rule(Index.of(ledgers, ABLE)) if isinstance(each, Finding)]


def test_nothing_is_wrong_with_ledgers_that_agree() -> None:
    """Every sort of life, and a stray and a forged callback: no finding, and the counts of it."""
    assert audit(everything(), ABLE) == Audit(
        (),
        (),
        (Doubt("cid:first:1", "cid", Resolution.UNKNOWN_NOT_TAKEN),),
        Counts(
            enrollments=5,
            ended=5,
            sends=2,
            attempts=2,
            refused=1,
            cases=1,
            deliveries=5,
            acknowledged=5,
            stray=1,
            forged=1,
        ),
    )
    assert audit(everything(), ABLE).clean


AGAIN = Run("ann", "run-again", "run-again", Close.COMPLETED, "completed")
LATER = event("ann:first:1", "twilio", DeliveryStatus.DELIVERED, key="twilio:the same again")


def acknowledged(ledgers: Ledgers) -> Ledgers:
    return evolve(ledgers, acknowledged=ledgers.acknowledged | {"fay"})


def in_(book: str, spoil: Spoil) -> Callable[[Ledgers], Ledgers]:
    return lambda ledgers: spoiled(ledgers, book, spoil)


def both(*several: Callable[[Ledgers], Ledgers]) -> Callable[[Ledgers], Ledgers]:
    def spoil(ledgers: Ledgers) -> Ledgers:
        for each in several:
            ledgers = each(ledgers)
        return ledgers

    return spoil


@pytest.mark.parametrize(
    ("rule", "spoil", "kind", "whose"),
    [
        (lives.every_acknowledged_enrollment_is_there, acknowledged, Kind.LOST_ENROLLMENT, "fay"),
        (
            lives.no_enrollment_is_there_twice,
            in_("enrollments", added(EnrollmentRow("fay", "acme", Outcome.WON, is_started=False))),
            Kind.DUPLICATE_ENROLLMENT,
            "fay",
        ),
        (lives.every_enrollment_has_one_run, in_("runs", added(AGAIN)), Kind.DUPLICATE_RUN, "ann"),
        (
            lives.every_enrollment_has_one_run,
            in_("enrollments", altered(EVE, is_started=True)),
            Kind.LOST_ENROLLMENT,
            "eve",
        ),
        (
            lives.every_enrollment_has_one_run,
            in_("runs", added(evolve(AGAIN, enrollment_id="fay"))),
            Kind.HISTORY_DIFFERS,
            "fay",
        ),
        (lives.every_enrollment_ends, in_("enrollments", altered(ANN, outcome=None)), Kind.UNFINISHED, "ann"),
        (lives.every_enrollment_ends, in_("runs", altered(0, close=Close.OPEN)), Kind.UNFINISHED, "ann"),
        (
            lives.every_enrollment_ends,
            in_("runs", altered(0, close=Close.TERMINATED)),
            Kind.UNFINISHED,
            "ann",
        ),
        (lives.every_chain_is_whole, in_("runs", without(3)), Kind.HISTORY_DIFFERS, "dot"),
        (lives.every_chain_is_whole, in_("runs", without(4)), Kind.HISTORY_DIFFERS, "dot"),
        (
            lives.every_outcome_is_the_runs,
            in_("enrollments", altered(ANN, outcome=Outcome.CANCELLED)),
            Kind.WRONG_OUTCOME,
            "ann",
        ),
        (lives.every_outcome_is_the_runs, in_("runs", altered(0, result=None)), Kind.WRONG_OUTCOME, "ann"),
        *(
            (
                lives.every_order_has_its_attempt,
                in_("runs", altered(0, orders=(Order("ann:first:1", status, ref),))),
                Kind.HISTORY_DIFFERS,
                "ann",
            )
            for status, ref in [("rejected", None), ("refused", None), ("accepted", "another"), ("odd", None)]
        ),
        (
            lives.every_order_has_its_attempt,
            in_("runs", altered(3, orders=(Order("dot:first:1", "unknown"),))),
            Kind.HISTORY_DIFFERS,
            "dot",
        ),
        (lives.every_attempt_was_ordered, in_("runs", altered(0, orders=())), Kind.HISTORY_DIFFERS, "ann"),
        *(
            (
                decisions.every_decision_is_in_the_timeline,
                in_("interactions", altered(nth, kind="another")),
                Kind.LOST_DECISION,
                whose,
            )
            for nth, whose in [(2, "ann"), (6, "bob"), (7, "cid"), (8, "dot"), (9, "dot")]
        ),
        (
            decisions.every_enrollment_ends_once,
            in_("interactions", added(evolve(decided("ann", InteractionKind.FINISHED), key="another end"))),
            Kind.DUPLICATE_EVENT,
            "ann",
        ),
        (
            sends.every_send_is_recorded,
            in_("sent", added(Sent("dot:first:1", Channel.SMS, "twilio", "ref-dot"))),
            Kind.LOST_SEND,
            "dot",
        ),
        (
            sends.every_send_is_recorded,
            in_("sent", added(Sent(None, Channel.SMS, "twilio", "ref-nobody"))),
            Kind.LOST_SEND,
            None,
        ),
        *(
            (
                sends.every_send_is_recorded,
                both(
                    in_("sent", added(Sent("cid:first:1", Channel.EMAIL, "sendgrid", "ref-cid"))),
                    in_("attempts", altered(2, state=state)),
                    in_("runs", altered(2, orders=(Order("cid:first:1", None),))),
                ),
                Kind.LOST_SEND,
                "cid",
            )
            for state in (AttemptState.CLAIMED, AttemptState.RELEASED, AttemptState.REJECTED)
        ),
        (
            sends.nothing_is_sent_twice,
            in_("sent", added(Sent("ann:first:1", Channel.SMS, "vonage", "another"))),
            Kind.DUPLICATE_SEND,
            "ann",
        ),
        (
            sends.every_accepted_attempt_is_known_to_its_provider,
            in_("sent", altered(ANN, ref="another")),
            Kind.WRONG_REFERENCE,
            "ann",
        ),
        (
            sends.every_accepted_attempt_is_known_to_its_provider,
            in_("sent", without(ANN)),
            Kind.WRONG_REFERENCE,
            "ann",
        ),
        (
            sends.every_claim_is_settled,
            both(
                in_("attempts", altered(2, state=AttemptState.CLAIMED)),
                in_("runs", altered(2, orders=(Order("cid:first:1", None),))),
            ),
            Kind.UNSETTLED,
            "cid",
        ),
        (
            callbacks.every_acknowledged_callback_is_stored,
            in_("webhooks", without(0)),
            Kind.LOST_WEBHOOK,
            "ann",
        ),
        (
            callbacks.every_acknowledged_callback_is_stored,
            in_("webhooks", altered(0, is_read=False)),
            Kind.LOST_WEBHOOK,
            "ann",
        ),
        (
            callbacks.every_acknowledged_event_is_in_the_timeline,
            in_("interactions", without(0)),
            Kind.LOST_WEBHOOK,
            "ann",
        ),
        (
            callbacks.every_acknowledged_event_is_in_the_timeline,
            both(
                in_(
                    "deliveries",
                    altered(0, statuses=frozenset({DeliveryStatus.SENT, DeliveryStatus.DELIVERED})),
                ),
                in_("interactions", without(0)),
            ),
            Kind.LOST_WEBHOOK,
            "ann",
        ),
        (callbacks.no_event_is_there_twice, in_("interactions", added(LATER)), Kind.DUPLICATE_EVENT, "ann"),
        (
            callbacks.every_event_was_told,
            both(
                in_("deliveries", without(1)),
                in_("webhooks", without(1)),
                in_("interactions", without(0)),
                in_("deliveries", altered(0, is_sure=False)),
            ),
            Kind.INVENTED,
            "ann",
        ),
        *(
            (
                callbacks.every_forgery_is_refused,
                in_("deliveries", altered(6, acknowledged=True, status=status)),
                Kind.FORGED_TAKEN,
                "ann",
            )
            for status in (200, 403)
        ),
        (
            callbacks.every_forgery_is_refused,
            in_("deliveries", altered(6, status=500)),
            Kind.FORGED_TAKEN,
            "ann",
        ),
        (
            callbacks.every_forgery_is_refused,
            in_("webhooks", added(WebhookRow("forged body", "twilio"))),
            Kind.FORGED_TAKEN,
            "ann",
        ),
        (callbacks.everybody_was_told, in_("interactions", altered(0, is_pending=True)), Kind.UNTOLD, "ann"),
        (callbacks.everybody_was_told, in_("interactions", altered(0, is_told=True)), Kind.UNTOLD, "ann"),
        (
            callbacks.every_delivery_is_the_highest,
            in_("attempts", altered(ANN, delivery=DeliveryStatus.SENT)),
            Kind.WRONG_DELIVERY,
            "ann",
        ),
        (
            callbacks.every_delivery_is_the_highest,
            in_("attempts", altered(2, delivery=DeliveryStatus.OPTED_OUT)),
            Kind.WRONG_DELIVERY,
            "cid",
        ),
        (cases.every_case_is_at_its_desk, in_("handoffs", altered(0, ref=None)), Kind.LOST_HANDOFF, "dot"),
        (
            cases.every_case_is_at_its_desk,
            in_("handoffs", altered(0, ref="another")),
            Kind.LOST_HANDOFF,
            "dot",
        ),
        (
            cases.everybody_who_is_handed_over_has_a_case,
            both(in_("handoffs", without(0)), in_("cases", without(0))),
            Kind.LOST_HANDOFF,
            "dot",
        ),
        (
            cases.every_case_is_in_our_books,
            both(
                in_("handoffs", without(0)),
                in_("enrollments", altered(DOT, outcome=Outcome.OPTED_OUT)),
                in_("runs", altered(4, result="opted_out")),
            ),
            Kind.LOST_HANDOFF,
            "dot",
        ),
        (
            cases.every_case_is_in_our_books,
            in_("cases", added(Case(None, "zendesk", "case-of-nobody"))),
            Kind.LOST_HANDOFF,
            None,
        ),
        (
            cases.no_case_is_there_twice,
            in_("cases", added(Case("dot:handoff", "zendesk", "case-again"))),
            Kind.DUPLICATE_HANDOFF,
            "dot",
        ),
    ],
)
def test_a_rule_finds_what_it_is_there_for_and_no_other_does(
    rule: Rule, spoil: Callable[[Ledgers], Ledgers], kind: Kind, whose: str | None
) -> None:
    """One thing is wrong, one rule says so, once, and says whose it is."""
    broken = spoil(everything())

    assert [each for each in RULES if found(broken, each)] == [rule]
    [finding] = audit(broken, ABLE).findings
    assert (finding.kind, finding.enrollment_id) == (kind, whose)
    assert not audit(broken, ABLE).clean


@pytest.mark.parametrize(
    ("attempt", "status", "kinds"),
    [
        ("ann:first:1", DeliveryStatus.DELIVERED, []),
        ("ann:first:1", DeliveryStatus.OPTED_OUT, [Kind.FORGED_TAKEN]),
        ("ann:first:1", DeliveryStatus.FAILED, [Kind.STRAY_TAKEN]),
        ("ann:first:1", DeliveryStatus.CLICKED, [Kind.INVENTED]),
        ("ann:first:1", None, []),
        (None, DeliveryStatus.CLICKED, []),
    ],
)
def test_an_event_is_followed_to_whoever_told_it(
    attempt: str | None, status: DeliveryStatus | None, kinds: list[Kind]
) -> None:
    """What only a stray or a forged callback says must not be there; nor what nobody says."""
    ledgers = spoiled(everything(), "deliveries", altered(5, attempt="ann:first:1"))
    row = InteractionRow("twilio:more", "more", "ann", attempt, "twilio", status)

    assert found(spoiled(ledgers, "interactions", added(row)), callbacks.every_event_was_told) == kinds


@pytest.mark.parametrize("provider", [None, "link"])
def test_what_we_know_ourselves_needs_no_callback(provider: str | None) -> None:
    """A click on our own link is told by nobody, and counts for the attempt's status."""
    row = event("ann:first:1", "twilio", DeliveryStatus.OPTED_OUT, key="ours", provider=provider)
    ledgers = spoiled(everything(), "interactions", added(row))

    assert audit(spoiled(ledgers, "attempts", altered(ANN, delivery=DeliveryStatus.OPTED_OUT)), ABLE).clean


def written(ledgers: Ledgers) -> Ledgers:
    """Ann has answered her text, which our books know."""
    text = told(
        "ann:first:1",
        "twilio",
        DeliveryStatus.REPLIED,
        attempt=None,
        is_sure=False,
        answers="ann:first:1",
        key="body of a text",
    )
    for book, spoil in [
        ("deliveries", added(text)),
        ("webhooks", added(WebhookRow(text.key, "twilio"))),
        ("interactions", added(event("ann:first:1", "twilio", DeliveryStatus.REPLIED))),
        ("attempts", altered(ANN, delivery=DeliveryStatus.REPLIED)),
    ]:
        ledgers = spoiled(ledgers, book, spoil)
    return ledgers


def test_what_people_write_names_no_attempt_and_may_be_any_ones() -> None:
    """A text is found by its address: the event that it leaves is neither invented nor there twice."""
    assert audit(written(everything()), ABLE).clean


def test_what_people_write_is_missed_where_it_left_no_event() -> None:
    """Acknowledged, stored as it came, and in no timeline: whoever wrote STOP would be written to again."""
    ledgers = written(everything())
    for book, spoil in [
        ("interactions", without(-1)),
        ("attempts", altered(ANN, delivery=DeliveryStatus.DELIVERED)),
    ]:
        ledgers = spoiled(ledgers, book, spoil)

    [finding] = audit(ledgers, ABLE).findings

    assert (finding.kind, finding.enrollment_id) == (Kind.LOST_WEBHOOK, "ann")
    assert found(ledgers, callbacks.what_people_write_is_in_the_timeline) == [Kind.LOST_WEBHOOK]


def test_an_opt_out_that_the_answer_to_a_send_told_needs_no_event() -> None:
    """The provider refuses the send and says why: that is the attempt's status."""
    refused = altered(2, state=AttemptState.REJECTED, delivery=DeliveryStatus.OPTED_OUT)
    order = altered(2, orders=(Order("cid:first:1", "opted_out"),))

    assert audit(spoiled(spoiled(everything(), "attempts", refused), "runs", order), ABLE).clean


@pytest.mark.parametrize("status", [403, None])
def test_a_forged_callback_may_go_without_an_answer(status: int | None) -> None:
    """While the API is down nobody refuses it, and nobody takes it."""
    assert audit(spoiled(everything(), "deliveries", altered(6, status=status)), ABLE).clean


def test_a_genuine_callback_that_was_never_acknowledged_is_not_promised() -> None:
    """Whoever gives up before we have taken it has lost it: its event need not be there."""
    ledgers = everything()
    for book, spoil in [
        ("deliveries", altered(0, acknowledged=False, status=503, tries=8)),
        ("webhooks", without(0)),
        ("interactions", without(0)),
    ]:
        ledgers = spoiled(ledgers, book, spoil)
    report = audit(ledgers, ABLE)

    assert report.clean
    assert (report.counts.deliveries, report.counts.acknowledged, report.counts.repeated) == (5, 4, 7)


@pytest.mark.parametrize(
    ("told", "kinds"),
    [
        ([], [Kind.LOST_DECISION]),
        ([InteractionKind.MOVED_ON], []),
        ([InteractionKind.MOVED], []),
        ([InteractionKind.TIMED_OUT], [Kind.LOST_DECISION]),
    ],
)
def test_who_has_gone_on_to_another_step_has_a_row_of_it(
    told: list[InteractionKind], kinds: list[Kind]
) -> None:
    """By the plan, or moved by hand: without that nobody could tell why another message went out."""
    orders = (Order("cid:first:1", "unknown"), Order("cid:second:1", "refused"), Order("odd", "refused"))
    ledgers = spoiled(unknown_life("cid"), "runs", altered(0, orders=orders))
    for kind in told:
        ledgers = spoiled(ledgers, "interactions", added(decided("cid", kind)))

    assert found(ledgers, decisions.every_decision_is_in_the_timeline) == kinds


def test_what_came_after_the_end_is_counted() -> None:
    """The run had ended before it could hear of it: no fault, but nothing to keep silent about."""
    report = audit(spoiled(everything(), "interactions", altered(0, is_told=False, is_late=True)), ABLE)

    assert (report.findings, report.counts.late) == ((), 1)


def test_a_desk_that_cannot_tell_may_show_a_case_twice() -> None:
    """That is counted apart, with its reason; where the desk knows the key it is a finding."""
    ledgers = everything()
    for book, spoil in [
        ("handoffs", altered(0, desk="slack")),
        ("cases", altered(0, vendor="slack")),
        ("cases", added(Case("dot:handoff", "slack", "case-again"))),
    ]:
        ledgers = spoiled(ledgers, book, spoil)
    report = audit(ledgers, ABLE)

    assert report.clean
    assert report.unavoidable == (
        Unavoidable(
            Finding(Kind.DUPLICATE_HANDOFF, "dot", "slack has dot:handoff 2 times"),
            "slack desk: never lost; a repeat after a lost answer shows the case twice",
        ),
    )


def test_a_case_that_was_given_up_need_not_be_at_a_desk() -> None:
    """The person has opted out while it was handed over: no human waits for it."""
    ledgers = everything()
    for book, spoil in [
        ("handoffs", altered(0, ref=None)),
        ("cases", without(0)),
        ("enrollments", altered(DOT, outcome=Outcome.OPTED_OUT)),
        ("runs", altered(4, result="opted_out")),
    ]:
        ledgers = spoiled(ledgers, book, spoil)

    assert audit(ledgers, ABLE).clean


def test_messages_that_name_no_attempt_are_lost_and_not_each_others_copies() -> None:
    """Two of them are no proof that one was sent twice."""
    ledgers = everything()
    for ref in ("ref-1", "ref-2"):
        ledgers = spoiled(ledgers, "sent", added(Sent(None, Channel.SMS, "twilio", ref)))

    assert [each.kind for each in audit(ledgers, ABLE).findings] == [Kind.LOST_SEND]


def test_ledgers_without_a_page_agree() -> None:
    """Nothing was asked for, and nothing happened."""
    assert audit(Ledgers(), ABLE) == Audit((), (), (), Counts())
