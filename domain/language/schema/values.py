"""What several sections share: ``$defs`` of the schema."""

from domain.language import words as known
from domain.language.schema.forms import (
    Schema,
    described,
    filled,
    given,
    names,
    one_or_more,
    ref,
    section,
    text,
    words,
)
from domain.language.schema.patterns import DELAY, DURATION, HOURS, NOT_WAITING, ROUTE, UNTIL, WINDOW
from domain.limits import ATTRIBUTE, HOLIDAYS, LANGUAGE, MAX_VALUES
from domain.times.windows import LOCAL, PRESETS


def shared() -> dict[str, Schema]:
    """The definitions by name."""
    return {
        "duration": described(
            "A length of time: numbers with units, the largest first, or ISO 8601.",
            text(DURATION),
            "90s",
            "10m",
            "2h",
            "3d",
            "1d12h",
            "PT10M",
        ),
        "delay": described(
            "A duration, a local time of the contact, or a time that an attribute tells.",
            text(DELAY),
            "2h",
            "10:00",
            "tue 10:00",
            "appointment_at - 2d",
            "appointment_at - 1d at 09:00",
        ),
        "until": described(
            "A local time of the contact, or a time that an attribute tells.",
            text(UNTIL),
            "tue 10:00",
            "appointment_at - 2d",
            "appointment_at - 1d at 09:00",
        ),
        "route": _route("Where it leads", known.ROUTES),
        "onward": {**_route("Where it leads, for nothing more comes", known.ONWARD), "pattern": NOT_WAITING},
        "branch_route": _route("Where the branch leads", known.BRANCHES),
        "window": _window(),
        "when": _when(),
        "variant": _message(known.VARIANT),
        "message": _message(known.MESSAGE),
    }


def _route(title: str, route_words: tuple[str, ...]) -> Schema:
    meaning = {
        "wait": "wait goes on waiting",
        "next": "next is the following step",
        "exit": "exit ends it without success",
        "escalate": "escalate hands over to a person",
        "complete": "complete ends it with success",
        "hold_out": "hold_out ends it as control group",
    }
    said = "; ".join(meaning[word] for word in route_words)
    return described(
        f"{title}: the key of a later step, or a word: {said}.",
        {"anyOf": [words(route_words), text(ROUTE)]},
        *route_words,
    )


def _window() -> Schema:
    laws = " ".join(f"{name}: {preset.source}" for name, preset in PRESETS.items())
    hours = described(
        "Hours of the week in the contact's own time; days and hours, groups parted by semicolons.",
        text(WINDOW),
        "mon-fri 09:00-18:00",
        "mon-fri 09:00-12:00, 14:00-18:00; sat 10:00-14:00",
        *PRESETS,
    )
    mapping = section(
        {
            "hours": described("When messages may go out; one or several.", one_or_more(hours)),
            "preset": described(f"The hours that a law allows. {laws}", words(tuple(PRESETS))),
            "quiet": described("The hours in which nothing goes out.", text(HOURS), "21:00-08:00"),
            "holidays": described(
                "Calendars on whose holidays nothing goes out: a country, a part of one, or local for the "
                "contact's own country.",
                one_or_more({"anyOf": [words((LOCAL,)), text(HOLIDAYS.pattern)]}),
                LOCAL,
                ["US"],
                ["DE-BY"],
            ),
            "spread": described(
                "Over how long deferred messages are spread once the window opens, at most a day.",
                ref("duration"),
                default="15m",
            ),
        },
        anyOf=[
            *(given(word, *(other for other in known.HOURS if other != word)) for word in known.HOURS),
            given("holidays", *known.HOURS),
        ],
    )
    return described(
        "When messages may go out; what falls outside waits for the next opening.",
        {"anyOf": [hours, mapping]},
    )


def _when() -> Schema:
    value: Schema = {"anyOf": [filled(), {"type": ["number", "boolean"]}]}
    several: Schema = {"type": "array", "minItems": 1, "maxItems": MAX_VALUES, "items": value}
    meaning = {
        "is": "It has this value; text without regard to case.",
        "is_not": "It has another value, or none.",
        "any_of": "It has one of these values.",
        "none_of": "It has none of these values.",
        "over": "It is more, or later.",
        "under": "It is less, or earlier.",
        "at_least": "It is this, or more.",
        "at_most": "It is this, or less.",
        "known": "It has a value (true), or none (false).",
    }
    kinds: dict[str, Schema] = {"any_of": several, "none_of": several, "known": {"type": "boolean"}}
    tests = section({test: described(meaning[test], kinds.get(test, value)) for test in known.TESTS})
    # A test without a value is none, and of tests there must be one.
    tests["anyOf"] = [given(test) for test in known.TESTS]
    return described(
        "What must hold of the contact: attribute to a value, a list of values, or tests; all of them.",
        names(ATTRIBUTE.pattern, {"anyOf": [value, several, tests]}, minProperties=1),
        {"language": "de"},
        {"country": ["us", "ca"]},
        {"amount": {"over": 100}},
    )


def _message(parts: tuple[str, ...]) -> Schema:
    meaning: dict[str, Schema] = {
        "text": described(
            "An SMS, what the voice says, or the plain part of an e-mail. A Jinja template.",
            text(),
            "Hi {{ first_name }}, ...",
        ),
        "subject": described("The subject of an e-mail.", text()),
        "html": described("The HTML part of an e-mail.", text()),
        "mjml": described("An e-mail in MJML (https://mjml.io), instead of HTML.", text()),
        "languages": described(
            "The words in other languages, by tag. Each must be complete.",
            names(LANGUAGE.pattern, ref("variant")),
        ),
    }
    return described("The words to send or say.", section({part: meaning[part] for part in parts}))
