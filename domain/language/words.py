"""The words of the campaign language, section by section: what the parser knows and the schema describes."""

from domain.attributes import AttributeType
from domain.campaign_rules import CONFIRMABLE, KEYPAD, OPT_OUT_KEY
from domain.conditions import Operator
from domain.refusals import CHOICES
from domain.statuses import Channel, DeliveryStatus, Result, result_of
from domain.steps import RouteKind

CAMPAIGN = (
    "campaign",
    "version",
    "priority",
    "weight",
    "patience",
    "at_end",
    "handoff",
    "attributes",
    "timezone",
    "window",
    "caps",
    "consent",
    "reentry",
    "refused",
    "goals",
    "sms_parts",
    "templates",
    "steps",
)
HANDOFF = ("summary", "wait")
WINDOW = ("hours", "preset", "quiet", "holidays", "spread")
HOURS = ("hours", "preset", "quiet")
"""The ways to say when a window is open; one of them at most."""
PERIODS = ("per_day", "per_week")
CAPS = (*PERIODS, *(channel.value for channel in Channel))
GOAL = ("status",)
EVENT = ("event", "then")
"""The words of an event that leads to a step instead of winning."""
MESSAGE = ("text", "subject", "html", "mjml", "languages")
VARIANT = ("text", "subject", "html", "mjml")
STEP = (
    "key",
    "channel",
    "template",
    "message",
    "when",
    "delay",
    "window",
    "wait",
    "fallback",
    "retry",
    "on",
    "on_unknown",
)
DELAY = ("until", "if_late")
WAIT = ("for", "up_to")
FALLBACK = ("if_not", "within", "then")
RETRY = ("attempts", "first", "factor", "cap", "jitter", "on")
PRESSED = "pressed"
ON = (*(result.value for result in Result), PRESSED)
KEYS = KEYPAD
KEYS_GIVEN = (*KEYPAD, OPT_OUT_KEY)
"""What may stand there; that of the opt-out is told to be taken."""
SPLIT = ("key", "split")
BRANCH = ("when", "weight", "then", "else")

ENDINGS = (RouteKind.EXIT.value, RouteKind.ESCALATE.value, RouteKind.COMPLETE.value)
"""What may follow the last step."""
ONWARD = (RouteKind.NEXT.value, *ENDINGS)
"""Where a fallback may lead, beside the steps."""
ROUTES = (RouteKind.WAIT.value, *ONWARD)
"""Where a result may lead, beside the steps."""
BRANCHES = (*ONWARD, RouteKind.HOLD_OUT.value)
"""Where a branch of a split may lead, beside the steps."""

TESTS = tuple(operator.value for operator in Operator)
TYPES = tuple(kind.value for kind in AttributeType)
REFUSALS = tuple(refusal.value for refusal in CHOICES)
STATUSES = tuple(status.value for status in DeliveryStatus if result_of(status) is not None)
"""What a provider can tell of a message that may decide something: awaited, or a goal."""
IF_NOT = tuple(status.value for status in CONFIRMABLE)
CONSENT = ("required", "none")
REENTRY = ("once", "always")
