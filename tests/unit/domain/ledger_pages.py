"""Ledgers that agree, and ways to spoil one page of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve

from domain.attempts import AttemptState
from domain.enrollment.commands import InteractionKind
from domain.enrollment.state import Outcome
from domain.guarantees import Abilities, Capabilities, DeskAbilities
from domain.ledgers.records import (
    AttemptRow,
    Case,
    Close,
    Delivery,
    EnrollmentRow,
    HandoffRow,
    InteractionRow,
    Ledgers,
    Order,
    ProviderLedger,
    Run,
    Sent,
    Sort,
    Tables,
    WebhookRow,
)
from domain.statuses import Channel, DeliveryStatus

T0 = datetime(2025, 3, 3, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)

ABLE = Capabilities(
    {
        ("twilio", Channel.SMS): Abilities(can_look_up=True, calls_back=True),
        ("sendgrid", Channel.EMAIL): Abilities(calls_back=True),
        ("smtp", Channel.EMAIL): Abilities(),
        ("keyed", Channel.VOICE): Abilities(honours_key=True, calls_back=True),
    },
    {"zendesk": DeskAbilities(knows_key=True, calls_back=True), "slack": DeskAbilities(calls_back=True)},
)

VENDORS = {Channel.SMS: "twilio", Channel.EMAIL: "sendgrid", Channel.VOICE: "keyed"}


def told(attempt: str, provider: str, status: DeliveryStatus, /, **changes: Any) -> Delivery:
    """A genuine callback that was taken at its first try."""
    key = f"body of {provider}:{attempt}:{status}"
    callback = Delivery(
        key,
        provider,
        attempt,
        status.value,
        Sort.GENUINE,
        1,
        200,
        acknowledged=True,
        statuses=frozenset({status}),
    )
    return evolve(callback, **changes)


def event(attempt: str, provider: str, status: DeliveryStatus, /, **changes: Any) -> InteractionRow:
    """The row that such a callback leaves."""
    key, whose = f"{provider}:{attempt}:{status}", attempt.partition(":")[0]
    return evolve(InteractionRow(key, status.value, whose, attempt, provider, status), **changes)


def decided(name: str, kind: InteractionKind) -> InteractionRow:
    """The row that a decision leaves."""
    return InteractionRow(f"{name}:first:1:{kind}", kind.value, name, f"{name}:first:1", None, None)


def sent_life(name: str, channel: Channel, *statuses: DeliveryStatus) -> Ledgers:
    """An enrollment with one message that was accepted, of which its run heard the last status.

    Args:
        name: the enrollment's id.
        channel: of the message.
        statuses: what was told of it, ascending.
    """
    vendor, attempt, ref = VENDORS[channel], f"{name}:first:1", f"ref-{name}"
    delivery = statuses[-1] if statuses else None
    rows = [event(attempt, vendor, status, is_told=status is delivery) for status in statuses]
    callbacks = tuple(told(attempt, vendor, status) for status in statuses)
    heard = frozenset(row.key for row in rows if row.is_told)
    row = AttemptRow(attempt, name, channel, vendor, AttemptState.ACCEPTED, ref, delivery, T0, T0 + SECOND)
    order = Order(attempt, "accepted", ref, T0 - SECOND)
    return Ledgers(
        ProviderLedger((Sent(attempt, channel, vendor, ref),), (), callbacks),
        Tables(
            (EnrollmentRow(name, "acme", Outcome.COMPLETED),),
            (row,),
            (*rows, decided(name, InteractionKind.FINISHED)),
            tuple(WebhookRow(each.key, vendor) for each in callbacks),
        ),
        (Run(name, f"run-{name}", f"run-{name}", Close.COMPLETED, "completed", (order,), heard),),
        frozenset({name}),
    )


def unknown_life(name: str) -> Ledgers:
    """An enrollment with one message of which nobody can say whether it was sent; it was not."""
    attempt = f"{name}:first:1"
    row = AttemptRow(attempt, name, Channel.EMAIL, "sendgrid", AttemptState.UNKNOWN, None, None, T0, T0)
    run = Run(name, f"run-{name}", f"run-{name}", Close.COMPLETED, "exhausted", (Order(attempt, "unknown"),))
    end = decided(name, InteractionKind.FINISHED)
    books = Tables((EnrollmentRow(name, "acme", Outcome.EXHAUSTED),), (row,), (end,))
    return Ledgers(ProviderLedger(), books, (run,), frozenset({name}))


def handed_over_life(name: str) -> Ledgers:
    """An enrollment that went on as a new run, whose message was kept back and whose case a human has."""
    key, attempt = f"{name}:handoff", f"{name}:first:1"
    first = Run(name, f"run-{name}-1", f"run-{name}-1", Close.CONTINUED, None, (Order(attempt, "refused"),))
    last = Run(name, f"run-{name}-2", f"run-{name}-1", Close.COMPLETED, "escalated")
    case = ProviderLedger((), (Case(key, "zendesk", f"case-{name}"),))
    books = Tables(
        (EnrollmentRow(name, "acme", Outcome.ESCALATED),),
        interactions=(
            decided(name, InteractionKind.ESCALATED),
            decided(name, InteractionKind.FINISHED),
        ),
        handoffs=(HandoffRow(key, name, "zendesk", f"case-{name}"),),
    )
    return Ledgers(case, books, (first, last), frozenset({name}))


def together(*several: Ledgers) -> Ledgers:
    """The pages of several ledgers as those of one."""
    return Ledgers(
        ProviderLedger(
            *(
                sum((getattr(each.provider, name) for each in several), ())
                for name in ("sent", "cases", "deliveries")
            )
        ),
        Tables(
            **{
                name: sum((getattr(each.tables, name) for each in several), ())
                for name in ("enrollments", "attempts", "interactions", "webhooks", "handoffs")
            }
        ),
        sum((each.runs for each in several), ()),
        frozenset().union(*(each.acknowledged for each in several)),
    )


def everything() -> Ledgers:
    """Enrollments of every sort, and callbacks of every sort: nothing is wrong with them."""
    stray = told("nobody:first:1", "twilio", DeliveryStatus.FAILED, sort=Sort.STRAY, key="body of a stray")
    forged = told(
        "ann:first:1",
        "twilio",
        DeliveryStatus.OPTED_OUT,
        sort=Sort.FORGED,
        key="forged body",
        status=403,
        acknowledged=False,
    )
    others = Ledgers(
        ProviderLedger(deliveries=(stray, forged)),
        Tables(
            (EnrollmentRow("eve", "acme", Outcome.WON, is_started=False),),
            interactions=(
                decided("ann", InteractionKind.TIMED_OUT),
                InteractionRow("twilio:stray", "failed", None, None, "twilio", DeliveryStatus.FAILED),
            ),
            webhooks=(WebhookRow(stray.key, "twilio"),),
        ),
        acknowledged=frozenset({"eve"}),
    )
    return together(
        sent_life("ann", Channel.SMS, DeliveryStatus.SENT, DeliveryStatus.DELIVERED),
        sent_life(
            "bob", Channel.EMAIL, DeliveryStatus.QUEUED, DeliveryStatus.DELIVERED, DeliveryStatus.OPENED
        ),
        unknown_life("cid"),
        handed_over_life("dot"),
        others,
    )


Pages = tuple[Any, ...]
Spoil = Callable[[Pages], Pages]


def spoiled(ledgers: Ledgers, book: str, spoil: Spoil) -> Ledgers:
    """The same, with something done to the pages of one book.

    Args:
        ledgers: as they agree.
        book: its name: of the provider, of the tables, or ``runs``.
        spoil: what is done to its pages.
    """
    if book == "runs":
        return evolve(ledgers, runs=spoil(ledgers.runs))
    part = "provider" if hasattr(ledgers.provider, book) else "tables"
    of = getattr(ledgers, part)
    return evolve(ledgers, **{part: evolve(of, **{book: spoil(getattr(of, book))})})


def altered(nth: int, **changes: Any) -> Spoil:
    """One page says something else."""
    return lambda pages: (*pages[:nth], evolve(pages[nth], **changes), *pages[nth + 1 :])


def without(nth: int) -> Spoil:
    """One page is missing."""
    return lambda pages: tuple(page for place, page in enumerate(pages) if place != nth % len(pages))


def added(page: Any) -> Spoil:
    """There is one page more."""
    return lambda pages: (*pages, page)
