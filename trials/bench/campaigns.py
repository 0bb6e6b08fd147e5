"""Five shapes of campaign, and what happens in them: what a campaign costs is a matter of its shape."""

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from domain.enrollment.state import Outcome
from domain.language.parse import parse
from domain.statuses import DeliveryStatus
from domain.steps import Step
from trials.bench.lived import HAPPY, Shape

D = DeliveryStatus


@frozen
class Story:
    """One enrollment's way through a campaign.

    Args:
        name: of the shape, in a few words.
        shape: the campaign, in real time.
        outcome: how it ends.
        told: what the provider reports of each step's first, second, ... message once the run waits for it;
            nothing of the others.
        wait: how many seconds its longest wait is scaled to.
    """

    name: str
    shape: Shape
    outcome: Outcome
    told: Mapping[str, Sequence[DeliveryStatus]] = field(factory=dict)
    wait: float = 3.0

    @property
    def time_scale(self) -> float:
        """What makes its longest wait so short."""
        steps = parse(self.shape.definition).plan.steps
        return self.wait / max(each.wait.total_seconds() for each in steps if isinstance(each, Step))


REMINDER = Shape(
    {
        "campaign": "reminder",
        "version": 1,
        "attributes": {"first_name": "text"},
        "steps": [
            {
                "key": "ask",
                "channel": "sms",
                "wait": "2d",
                "message": {"text": "Hi {{ first_name }}, does Thursday at 10 still suit you?"},
            },
            {
                "key": "remind",
                "channel": "sms",
                "wait": "1d",
                "message": {"text": "{{ first_name }}, we would still like to know about Thursday."},
            },
        ],
    },
    {},
)

ESCALATION = Shape(
    {
        "campaign": "escalation",
        "version": 1,
        "at_end": "escalate",
        "attributes": {"first_name": "text"},
        "handoff": {"summary": "Please call {{ first_name }}."},
        "steps": [
            {
                "key": "text",
                "channel": "sms",
                "wait": "3d",
                "message": {"text": "Hi {{ first_name }}, your invoice is due."},
            },
            {
                "key": "mail",
                "channel": "email",
                "wait": "3d",
                "message": {"subject": "Your invoice", "text": "Dear {{ first_name }}, it is due."},
            },
            {
                "key": "call",
                "channel": "voice",
                "wait": "2d",
                "message": {"text": "Hello {{ first_name }}, this is about your invoice."},
            },
        ],
    },
    {},
)

BACK_OFF = Shape(
    {
        "campaign": "back-off",
        "version": 1,
        "attributes": {"first_name": "text"},
        "steps": [
            {
                "key": "call",
                "channel": "voice",
                "wait": "1d",
                "message": {"text": "Hello {{ first_name }}, please call us back."},
                "retry": {"attempts": 4, "first": "12h", "factor": 2, "on": ["busy", "no_answer"]},
            }
        ],
    },
    {},
)

NURTURE = Shape(
    {
        "campaign": "nurture",
        "version": 1,
        "goals": ["subscribed"],
        "attributes": {"first_name": "text", "plan": "text"},
        "steps": [
            {"key": "fork", "split": [{"when": {"plan": "pro"}, "then": "week-1"}, {"else": "hold_out"}]},
            *(
                {
                    "key": f"week-{week}",
                    "channel": "email",
                    "when": {"plan": "pro" if week % 3 else "free"},
                    "wait": "7d",
                    "message": {"subject": f"Week {week}", "text": "Dear {{ first_name }}, here is more."},
                }
                for week in range(1, 13)
            ),
        ],
    },
    {},
)

STORIES = (
    Story("one SMS", HAPPY, Outcome.COMPLETED, {"text": [D.DELIVERED]}),
    Story("reminder", REMINDER, Outcome.COMPLETED, {"ask": [D.DELIVERED], "remind": [D.REPLIED]}),
    Story("escalation", ESCALATION, Outcome.ESCALATED, wait=0.2),
    Story("back-off", BACK_OFF, Outcome.COMPLETED, {"call": [D.NO_ANSWER, D.BUSY, D.NO_ANSWER, D.ANSWERED]}),
    Story("nurture", NURTURE, Outcome.EXHAUSTED, wait=0.2),
)
"""From the cheapest to the longest."""
