"""The steps of the schema: touches, with what each channel gives, and splits."""

from collections.abc import Iterable

from domain.campaign_rules import CONFIRMABLE
from domain.language import words as known
from domain.language.schema.forms import (
    Schema,
    described,
    filled,
    given,
    integer,
    one_or_more,
    ref,
    section,
    text,
    words,
)
from domain.limits import (
    KEY,
    MAX_ATTEMPTS,
    MAX_BRANCH_WEIGHT,
    MAX_BRANCHES,
    MAX_FACTOR,
)
from domain.statuses import POSSIBLE, Channel, Result, result_of
from domain.steps import CONCLUSIVE, Late, OnUnknown

_NULL: Schema = {"type": "null"}

_RESULTS = {
    Result.FAILED: "It could not be delivered.",
    Result.BUSY: "The line was busy.",
    Result.NO_ANSWER: "Nobody answered the call.",
    Result.DELIVERED: "It has arrived.",
    Result.BOUNCED: "The mailbox refused it.",
    Result.ANSWERED: "A person answered the call.",
    Result.VOICEMAIL: "A machine answered the call.",
    Result.OPENED: "The e-mail was opened.",
    Result.CLICKED: "A link was clicked.",
    Result.REPLIED: "The person replied.",
    Result.REJECTED: "The provider or a rule refused to send it.",
    Result.UNKNOWN: "Nobody can say whether it was sent, and nothing was heard.",
    Result.UNANSWERED: "The wait ended without a deciding answer.",
}


def step_schemas() -> dict[str, Schema]:
    """The definitions of steps by name."""
    return {"step": _step(), "touch": _touch(), "split": _split()}


def _step() -> Schema:
    return {
        "type": "object",
        "if": {"required": ["split"]},
        "then": ref("split"),
        "else": ref("touch"),
    }


def _key() -> Schema:
    return described(
        "Its name; part of ids, so it never changes in a running campaign.", text(KEY.pattern), "first-text"
    )


def _touch() -> Schema:
    return described(
        "One message on one channel, what it waits for and where each result leads.",
        section(
            {
                "key": _key(),
                "channel": described("How the person is reached.", words(tuple(Channel))),
                "template": described("The name of a message under templates.", text(KEY.pattern)),
                "message": ref("message"),
                "when": described(
                    "Only for contacts of whom this holds; for others the next step follows.", ref("when")
                ),
                "delay": described(
                    "What comes before the first attempt.",
                    {"anyOf": [ref("delay"), _until()]},
                ),
                "window": described("The step's own window instead of the campaign's.", ref("window")),
                "wait": described(
                    "How long an answer is waited for, and which.", {"anyOf": [ref("duration"), _wait()]}
                ),
                "fallback": _fallback(),
                "retry": _retry(),
                "on": _on(),
                "on_unknown": described(
                    "What to do where nobody can say whether it was sent.",
                    words(tuple(OnUnknown)),
                    default=OnUnknown.WAIT.value,
                ),
            },
            ("key", "channel", "wait"),
            oneOf=[given("template", "message"), given("message", "template")],
            allOf=[_on_channel(channel) for channel in Channel],
        ),
    )


def _until() -> Schema:
    late = "What to do where the time is over already: skip the step, or send at once."
    return section(
        {
            "until": ref("until"),
            "if_late": described(late, words(tuple(Late)), default=Late.SKIP.value),
        },
        ("until",),
    )


def _wait() -> Schema:
    awaited = described(
        "What ends the wait; all else is only noted.", one_or_more(words(known.STATUSES)), ["delivered"]
    )
    return section({"for": awaited, "up_to": ref("duration")}, known.WAIT)


def _fallback() -> Schema:
    return described(
        "What to do where the message has not arrived in time.",
        section(
            {
                "if_not": described("What must have come, or more.", words(known.IF_NOT)),
                "within": described("How long after sending; less than the wait.", ref("duration"), "10m"),
                "then": ref("route"),
            },
            known.FALLBACK,
        ),
        {"if_not": "delivered", "within": "10m", "then": "call"},
    )


def _retry() -> Schema:
    return described(
        "Which results are tried again, and when.",
        section(
            {
                "attempts": described("How many in all.", integer(1, MAX_ATTEMPTS), 3),
                "first": described("Before the second attempt.", ref("duration"), default="1h"),
                "factor": described(
                    "What each further delay is multiplied with.",
                    {"type": "number", "minimum": 1, "maximum": MAX_FACTOR},
                    default=2,
                ),
                "cap": described("No delay is longer.", ref("duration"), default="7d"),
                "jitter": described(
                    "The share of a delay that chance takes off.",
                    {"type": "number", "minimum": 0, "maximum": 1},
                    default=0,
                ),
                "on": described(
                    "The results to try again.", {"type": "array", "items": words(tuple(Result))}, ["failed"]
                ),
            },
            ("attempts", "on"),
        ),
    )


def _on() -> Schema:
    results = {
        result.value: described(meaning, ref("onward" if result in CONCLUSIVE else "route"))
        for result, meaning in _RESULTS.items()
    }
    pressed = described(
        "Where the keys lead that a person presses on a call; 9 is the opt-out of every call.",
        section({key: ref("route") for key in known.KEYS}),
        {"1": "complete", "2": "escalate"},
    )
    return described(
        "Where results lead, where that is not the default: a person's act completes, a failure or silence "
        "goes on to the next step, and a message that merely arrived is waited on.",
        section({**results, known.PRESSED: pressed}),
        {"replied": "complete", "unanswered": "call"},
    )


def _on_channel(channel: Channel) -> Schema:
    """What holds on one channel only."""
    results = [result.value for result in Result if result in POSSIBLE[channel]]
    told = [word for word in results if word in known.STATUSES]
    confirmed = [status.value for status in CONFIRMABLE if result_of(status) in POSSIBLE[channel]]
    no_keys: Schema = {"additionalProperties": _NULL}
    nothing = {known.PRESSED: no_keys} if channel is not Channel.VOICE else {}
    never = {result.value: _NULL for result in Result if result not in POSSIBLE[channel]}
    return {
        "if": {"required": ["channel"], "properties": {"channel": {"const": channel.value}}},
        "then": {
            "properties": {
                "message": _complete(channel),
                "wait": {"properties": {"for": one_or_more(words(told))}},
                "fallback": {"properties": {"if_not": words(confirmed)}},
                "retry": {"properties": {"on": {"items": words(results)}}},
                "on": {"properties": {**never, **nothing}},
            }
        },
    }


def _complete(channel: Channel) -> Schema:
    """A message with all that its channel needs, in each of its languages."""
    parts = _email() if channel is Channel.EMAIL else _spoken()
    # The keywords for mappings say nothing of a value that is none, such as null.
    languages = {"additionalProperties": parts}
    return {**parts, "properties": {**parts["properties"], "languages": languages}}


def _email() -> Schema:
    return {
        "required": ["subject"],
        "properties": {"subject": filled()},
        "anyOf": [_filled("text"), _filled("html"), _filled("mjml")],
        "not": {
            "required": ["html", "mjml"],
            "properties": {"html": {"type": "string"}, "mjml": {"type": "string"}},
        },
    }


def _filled(part: str) -> Schema:
    return {"required": [part], "properties": {part: filled()}}


def _spoken() -> Schema:
    empty: Iterable[str] = ("subject", "html", "mjml")
    return {
        "required": ["text"],
        "properties": {"text": filled(), **{part: {"maxLength": 0} for part in empty}},
    }


def _split() -> Schema:
    branch = section(
        {
            "when": ref("when"),
            "weight": described(
                "Its share of the contacts, chosen by chance; the same contact always goes the same way.",
                {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_BRANCH_WEIGHT},
                50,
            ),
            "then": ref("branch_route"),
            "else": described("Where all others are led; stands alone, and last.", ref("branch_route")),
        },
        oneOf=[
            {**given("when", "weight", "else"), "required": ["when", "then"]},
            {**given("weight", "when", "else"), "required": ["weight", "then"]},
            given("else", "when", "weight", "then"),
        ],
    )
    return described(
        "A step that sends nothing: it leads one way or another, by the contact's data or by chance.",
        section(
            {
                "key": _key(),
                "split": described(
                    "The branches: all by condition, the first that holds being taken, or all by weight.",
                    {"type": "array", "minItems": 1, "maxItems": MAX_BRANCHES, "items": branch},
                ),
            },
            known.SPLIT,
        ),
    )
