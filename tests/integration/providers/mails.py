"""E-mails to a sandbox, and what it and its callbacks tell of them."""

from collections.abc import Mapping
from typing import Any

from application.ports.callbacks import InboundText, StatusReport
from application.ports.messaging import Content, OutboundMessage
from domain.idempotency import AttemptKey
from tests.fakes.sandbox import RunningSandbox

TO = "ana@example.com"
CONTENT = Content("Hi Ana", "Téa?", "<p>Hi Ana</p>")


def mail(key: str, content: Content = CONTENT, to: str = TO) -> OutboundMessage:
    """The first attempt of a step "mail"."""
    return OutboundMessage(AttemptKey(key, "mail", 1), to, content)


def reports(sandbox: RunningSandbox, key: str) -> list[StatusReport]:
    """What we were told about an attempt, in the order in which it came."""
    told = [report for report in sandbox.receiver.reports if isinstance(report, StatusReport)]
    return [report for report in told if report.attempt_key == f"{key}:mail:1"]


def answers(sandbox: RunningSandbox, address: str) -> list[InboundText]:
    """What somebody wrote back."""
    texts = [report for report in sandbox.receiver.reports if isinstance(report, InboundText)]
    return [text for text in texts if text.sender == address]


def taken(page: Mapping[str, Any], *keys: str) -> list[dict[str, Any]]:
    """The rows of the ledger about some attempts."""
    return [row for row in page["accepted"] if row["attempt"] in [f"{key}:mail:1" for key in keys]]
