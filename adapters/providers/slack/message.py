"""What a handoff looks like in Slack: its words, its buttons, and what was done with it.

Resolve asks once more, since a case is not opened again. Reassign is a list of people, labelled so: whoever
is picked has the case. Blocks: docs.slack.dev/reference/block-kit.
"""

import re
from collections.abc import Mapping
from typing import Any

from adapters.providers.common.desks import facts, key_of, mark
from adapters.providers.common.untrusted import optional_identifier
from application.ports.callbacks import HandoffAction, HandoffReport
from application.ports.handoffs import Ticket

HANDOFF, HANDOFF_EVENT = "handoff", "drumbeat_handoff"
"""The name of a handoff's key in the message's metadata, and the type of that metadata."""

RESOLVE = "drumbeat_resolve"
REASSIGN = "drumbeat_reassign"
"""The ids of the two actions."""

_LONGEST_SECTION = 3000
"""Characters in a section's text (docs.slack.dev/reference/block-kit/blocks/section-block)."""

_USER = re.compile(r"[UW][A-Z0-9]{1,30}")
_BLOCK = re.compile(r"([0-9]{1,12})/(.*)", re.DOTALL)

Block = Mapping[str, Any]


def message(ticket: Ticket, report: HandoffReport | None = None) -> Mapping[str, Any]:
    """The parts of a message that are the same whether it is posted or updated.

    Args:
        ticket: the case.
        report: what was done with it last; None while nothing was.
    """
    summary = escape(ticket.summary.strip() or "(no summary)", _LONGEST_SECTION)  # Slack takes no empty text
    *fields, (label, enrollment) = facts(ticket).items()
    blocks: list[Block] = [
        _section(summary),
        {"type": "section", "fields": [_labelled(name, value) for name, value in fields]},
        {"type": "context", "elements": [_labelled(label, enrollment)]},
    ]
    if report is not None:
        blocks.append({"type": "context", "elements": [_markdown(outcome(report))]})
    if report is None or report.action is not HandoffAction.RESOLVED:
        blocks.append(_actions(ticket, report))
    return {
        "text": summary,
        "blocks": blocks,
        "metadata": {"event_type": HANDOFF_EVENT, "event_payload": {HANDOFF: ticket.key}},
    }


def outcome(report: HandoffReport) -> str:
    """One line that tells what was done, by whom and when."""
    when = int(report.at.timestamp())
    at = f"<!date^{when}^{{date_short_pretty}}, {{time}}|{report.at:%Y-%m-%d %H:%M} UTC>"
    if report.action is HandoffAction.RESOLVED:
        return f":white_check_mark: *Resolved* by {person(report.by)}, {at}"
    return f":bust_in_silhouette: *Reassigned* to {person(report.to)} by {person(report.by)}, {at}"


def person(user: str) -> str:
    """A mention of a user, or a word where there is no id of one."""
    return f"<@{user}>" if _USER.fullmatch(user) else "somebody"


def handoff_key(block_id: object) -> str | None:
    """The handoff's key in the id of a block of buttons; None where they are not ours."""
    found = _BLOCK.fullmatch(optional_identifier(block_id) or "")
    return key_of(found.group(2)) if found else None


def escape(text: str, longest: int) -> str:
    """Escape Slack's three control characters, so that no text can mention or link.

    Args:
        text: any text.
        longest: characters that the result may have; what is over is cut at a whole character.

    Source: docs.slack.dev/messaging/formatting-message-text, "Escaping text".
    """
    escaped = [{"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(char, char) for char in text[:longest]]
    length = sum(map(len, escaped))
    while length > longest:
        length -= len(escaped.pop())
    return "".join(escaped)


def _actions(ticket: Ticket, report: HandoffReport | None) -> Block:
    """The buttons. Their block has another id whenever the message changes, as Slack's reference asks for."""
    revision = 0 if report is None else int(report.at.timestamp())
    return {
        "type": "actions",
        "block_id": f"{revision}/{mark(ticket.key)}",
        "elements": [_resolve(), _reassign(report)],
    }


def _resolve() -> Block:
    return {
        "type": "button",
        "action_id": RESOLVE,
        "text": _plain("Resolve"),
        "style": "primary",
        "confirm": {
            "title": _plain("Resolve this case?"),
            "text": _plain("It is closed for everybody and cannot be opened again here."),
            "confirm": _plain("Resolve"),
            "deny": _plain("Cancel"),
        },
    }


def _reassign(report: HandoffReport | None) -> Block:
    menu = {"type": "users_select", "action_id": REASSIGN, "placeholder": _plain("Reassign to…")}
    known = report is not None and _USER.fullmatch(report.to)
    return {**menu, "initial_user": report.to} if report is not None and known else menu


def _section(text: str) -> Block:
    return {"type": "section", "text": _markdown(text)}


def _labelled(label: str, value: str) -> Block:
    return _markdown(f"*{label}:* {escape(value, 500)}")


def _markdown(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
