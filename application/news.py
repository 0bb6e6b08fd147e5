"""What an event means: its row in the timeline, and what a person asks for in it."""

import re

from attrs import frozen

from application.addressees import Addressee
from application.orders import HANDOFF_RESOLVED
from application.ports.callbacks import HandoffAction, HandoffReport, InboundText, Report, StatusReport
from application.ports.interactions import PRESSED, Interaction
from domain.idempotency import event_key, stray_event_key
from domain.keywords import Keyword, Keywords
from domain.statuses import DeliveryStatus

OPTED_IN = "opted_in"
"""The kind of an interaction by which a person takes an opt-out back."""

HELP = "help"
"""The kind of an interaction by which a person asks who we are."""

HANDOFF_REASSIGNED = "handoff_reassigned"
"""The kind of an interaction that tells who has a case now."""

_KEY = re.compile(r"[0-9*#]")
"""One key: what is longer may be a number that somebody has typed, and that is nobody's business."""


@frozen
class News:
    """One event.

    Args:
        report: as it was read.
        about: whom it is about.
        keyword: what a person asks for in it, if it is one of the known words.
        row: its row in the timeline.
    """

    report: Report
    about: Addressee
    keyword: Keyword | None
    row: Interaction

    @property
    def is_lost(self) -> bool:
        """Nobody can be found for it."""
        return self.about.attempt is None and self.about.handoff is None


def read_news(provider: str, report: Report, about: Addressee, keywords: Keywords) -> News:
    """Make one event of a report.

    What the provider took a person's words for counts, since it has answered them so; else our own lists.

    Args:
        provider: who reports.
        report: what.
        about: whom it is about.
        keywords: our own lists.
    """
    keyword = None
    if isinstance(report, InboundText):
        keyword = report.keyword or keywords.of(report.text)
    status = _status(report, keyword)
    attempt = None if about.attempt is None else about.attempt.key
    row = Interaction(
        key=_key(provider, report, about),
        kind=_kind(report, keyword, status),
        at=report.at,
        enrollment_id=_whose(about),
        step=None if attempt is None else attempt.step,
        attempt=None if attempt is None else attempt.attempt,
        provider=provider,
        status=status,
        detail="" if about.is_erased else _detail(report),
        text=report.text if isinstance(report, InboundText) and not about.is_erased else None,
    )
    return News(report, about, keyword, row)


def _key(provider: str, report: Report, about: Addressee) -> str:
    key = event_key(provider, report.event_id)
    if about.attempt is not None or not isinstance(report, StatusReport) or report.attempt_key is None:
        return key
    return stray_event_key(key, report.attempt_key)


def _status(report: Report, keyword: Keyword | None) -> DeliveryStatus | None:
    """What a report says of a message; None where that is nothing."""
    if isinstance(report, StatusReport):
        return report.status
    if isinstance(report, HandoffReport) or keyword in (Keyword.START, Keyword.HELP):
        return None
    return DeliveryStatus.REPLIED if keyword is None else DeliveryStatus.OPTED_OUT


def _kind(report: Report, keyword: Keyword | None, status: DeliveryStatus | None) -> str:
    if status is not None:
        return status.value if _pressed(report) is None else PRESSED
    if isinstance(report, HandoffReport):
        return HANDOFF_RESOLVED if report.action is HandoffAction.RESOLVED else HANDOFF_REASSIGNED
    return OPTED_IN if keyword is Keyword.START else HELP


def _pressed(report: Report) -> str | None:
    """The key by which a person has answered a call; None where none was pressed, or it is no key."""
    if not isinstance(report, StatusReport) or report.status is not DeliveryStatus.REPLIED:
        return None
    return report.pressed if _KEY.fullmatch(report.pressed or "") else None


def _whose(about: Addressee) -> str | None:
    if about.attempt is not None:
        return about.attempt.key.enrollment_id
    return None if about.handoff is None else about.handoff.enrollment_id


def _detail(report: Report) -> str:
    if isinstance(report, StatusReport):
        return _pressed(report) or report.detail
    if isinstance(report, HandoffReport):
        return " ".join(f"{word} {who}" for word, who in (("by", report.by), ("to", report.to)) if who)
    return ""
