"""The whole schema."""

from domain.campaign import Priority
from domain.campaign_rules import choices
from domain.language import words as known
from domain.language.schema.forms import (
    Schema,
    described,
    filled,
    integer,
    names,
    ref,
    section,
    text,
    words,
)
from domain.language.schema.patterns import DURATION, ROUTE
from domain.language.schema.steps import step_schemas
from domain.language.schema.values import shared
from domain.limits import (
    ATTRIBUTE,
    KEY,
    MAX_PER_SPAN,
    MAX_SMS_PARTS,
    MAX_STEPS,
    MAX_VERSION,
    MAX_WEIGHT,
    MIN_WEIGHT,
    SMS_PARTS,
    ZONE,
)
from domain.refusals import USUALLY, Refusal
from domain.statuses import Channel


def campaign_schema() -> Schema:
    """The JSON Schema (draft 2020-12) of the campaign language, as data that JSON can hold.

    It accepts whatever `domain.language.parse.parse` accepts, and says of most else what is wrong. It cannot
    follow names: whether a step, a template or an attribute that is named exists, whether routes lead forward
    and whether every step can be reached is for the parser to say.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Drumbeat campaign",
        **described("Whom to reach, when, how and with what words.", _campaign()),
        "$defs": shared() | step_schemas(),
    }


def _campaign() -> Schema:
    return section(
        {
            "campaign": described("Its key.", text(KEY.pattern), "appointment-reminder"),
            "version": described("From 1; a published version never changes.", integer(1, MAX_VERSION), 1),
            "priority": described(
                "Whose messages go first where they have to wait for a provider's rate.",
                words(tuple(Priority)),
                default=Priority.NORMAL.value,
            ),
            "weight": described(
                "Its share among the campaigns of the same priority.",
                {"type": "number", "minimum": MIN_WEIGHT, "maximum": MAX_WEIGHT},
                default=1,
            ),
            "patience": described(
                "How long one attempt goes on trying a provider that is down.", ref("duration"), default="6h"
            ),
            "at_end": described("What follows the last step.", words(known.ENDINGS), default="exit"),
            "handoff": _handoff(),
            "attributes": _attributes(),
            "timezone": described(
                "The zone of contacts whose own is not known: a name of the IANA database.",
                text(ZONE.pattern),
                "Europe/Berlin",
                default="UTC",
            ),
            "window": ref("window"),
            "caps": _caps(),
            "consent": _consent(),
            "reentry": _reentry(),
            "refused": _refused(),
            "goals": _goals(),
            "sms_parts": described(
                "How many parts an SMS may have before whoever writes it is warned.",
                integer(1, MAX_SMS_PARTS),
                default=SMS_PARTS,
            ),
            "templates": described(
                "Messages by name, for template in steps.", names(KEY.pattern, ref("message"))
            ),
            "steps": described(
                "The steps in order; every route leads forward.",
                {"type": "array", "minItems": 1, "maxItems": MAX_STEPS, "items": ref("step")},
            ),
        },
        ("campaign", "version", "steps"),
    )


def _handoff() -> Schema:
    return described(
        "What the person who takes over is told.",
        section(
            {
                "summary": described("A template of one sentence.", filled()),
                "wait": described("How long the task may stay open.", ref("duration"), "2d"),
            }
        ),
    )


def _attributes() -> Schema:
    return described(
        "What contacts must have: names, or name to type.",
        {
            "anyOf": [
                names(ATTRIBUTE.pattern, words(known.TYPES)),
                {"type": "array", "items": text(ATTRIBUTE.pattern)},
            ]
        },
        {"first_name": "text", "appointment_at": "time"},
        ["first_name"],
    )


def _caps() -> Schema:
    meaning = {"per_day": "in any 24 hours", "per_week": "in any seven days"}
    periods = {
        period: described(f"So many {meaning[period]}.", integer(1, MAX_PER_SPAN)) for period in known.PERIODS
    }
    return described(
        "How many messages a contact may get, from all campaigns together.",
        section(
            periods | {channel.value: described("Of these.", section(periods)) for channel in Channel},
        ),
        {"per_day": 1, "per_week": 3},
    )


def _consent() -> Schema:
    channels: Schema = {"type": "array", "minItems": 1, "items": words(tuple(Channel))}
    return described(
        "The channels on which contacts must have agreed to be reached; required is all of them.",
        {"anyOf": [words(known.CONSENT), channels]},
        *known.CONSENT,
        ["sms", "voice"],
        default="none",
    )


def _reentry() -> Schema:
    return described(
        "Whether a contact may be enrolled again; a duration is a cool-down since the last end.",
        {"anyOf": [words(known.REENTRY), text(DURATION)]},
        *known.REENTRY,
        "30d",
        default="once",
    )


def _refused() -> Schema:
    meaning = {
        Refusal.WINDOW: "Outside the window.",
        Refusal.CAP: "The contact has had enough messages.",
        Refusal.CONSENT: "The contact has not agreed to the channel.",
        Refusal.SUPPRESSED: "The contact has opted out of the channel.",
        Refusal.ADDRESS: "There is no address on the channel.",
    }
    return described(
        "What follows where a message is not let out: defer tries later, skip counts as rejected, end ends "
        "the enrollment.",
        section(
            {
                word: described(
                    meaning[Refusal(word)],
                    words(choices(Refusal(word))),
                    default=USUALLY[Refusal(word)].value,
                )
                for word in known.REFUSALS
            }
        ),
    )


def _goals() -> Schema:
    event = {**text(KEY.pattern), "not": words(known.STATUSES)}
    status = section({"status": described("What is reported.", words(known.STATUSES))}, known.GOAL)
    routed = section(
        {
            "event": described("Its name.", event, "upgraded"),
            "then": described("The key of the step that it leads to.", text(ROUTE), "onboarding"),
        },
        known.EVENT,
    )
    return described(
        "What wins the enrollment wherever it stands: events by name, and what a provider reports. An event "
        "with then leads to a later step instead.",
        {"type": "array", "items": {"anyOf": [event, status, routed]}},
        ["purchased", {"status": "clicked"}, {"event": "upgraded", "then": "onboarding"}],
    )
