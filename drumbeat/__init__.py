"""Campaigns in Python: ``from drumbeat import Campaign, Sms, Email, Call, ...``.

A file with one `Campaign` at module level can be given wherever a campaign in YAML can.
"""

from domain.language.python.campaign import Campaign
from domain.language.python.rules import Cap, Caps, Event, Goal, Handoff, Window
from domain.language.python.steps import (
    Branch,
    Call,
    Email,
    Fallback,
    Message,
    Retry,
    Sms,
    Split,
    Step,
    Until,
    Wait,
)

__all__ = [
    "Branch",
    "Call",
    "Campaign",
    "Cap",
    "Caps",
    "Email",
    "Event",
    "Fallback",
    "Goal",
    "Handoff",
    "Message",
    "Retry",
    "Sms",
    "Split",
    "Step",
    "Until",
    "Wait",
    "Window",
]
