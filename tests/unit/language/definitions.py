"""Random definitions that keep every rule, for the schema and whatever else reads the language."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from domain.campaign import Campaign
from domain.language import words
from domain.language.parse import parse
from domain.limits import MAX_BRANCH_WEIGHT
from domain.refusals import CHOICES
from domain.statuses import POSSIBLE, Channel
from domain.steps import CONCLUSIVE
from domain.times.windows import PRESETS

Definition = dict[str, Any]

thorough = settings(
    max_examples=100, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)

ATTRIBUTES = {"first_name": "text", "amount": "number", "appointment_at": "time"}
KEYS = ("first", "second", "third", "fourth", "end")

durations = st.sampled_from(
    ["90s", "10m", "2 hours", "3d", "1w", "1d12h", "PT10M", "P1DT2H", " 1,5h ", "0.5d"]
)
short = st.sampled_from(["1s", "30s", "PT1M"])
windows: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(
        ["mon-fri 09:00-18:00", "8:00-24:00", "Mon-Fri 9:00 - 12:00, 14:00-18:00; sat 10:00-14:00"]
    ),
    st.sampled_from(sorted(PRESETS)),
    st.fixed_dictionaries(
        {"hours": st.sampled_from(["sun-thu 22:00-02:00", ["mon 09:00-10:00", "us-tcpa"]])},
        optional={
            "holidays": st.sampled_from(["US", ["DE-BY", "local"]]),
            "spread": short,
            "quiet": st.none(),
        },
    ),
    st.fixed_dictionaries(
        {"preset": st.sampled_from(sorted(PRESETS))}, optional={"holidays": st.just("local")}
    ),
    st.just({"quiet": "21:00-08:00"}),
    st.just({"holidays": ["US"]}),
)
delays: st.SearchStrategy[Any] = st.one_of(
    durations,
    st.sampled_from(["10:00", "tue 10:00", "Tuesday 9:30:15", "appointment_at", "appointment_at - 2d"]),
    st.fixed_dictionaries(
        {"until": st.sampled_from(["appointment_at \u2212 1d at 09:00", "appointment_at + 1h", "sun 08:00"])},
        optional={"if_late": st.sampled_from(["skip", "send"])},
    ),
)
texts = st.sampled_from(["Hi", "Hello {{ first_name }}", "Gr\u00fc\u00dfe \U0001f600"])
conditions = st.dictionaries(
    st.just("amount"),
    st.one_of(
        st.integers(-5, 5),
        st.lists(st.sampled_from([0, 1.5, 1e6]), min_size=1, max_size=3),
        st.fixed_dictionaries(
            {"over": st.integers(0, 9)}, optional={"at_most": st.just("12.5"), "known": st.booleans()}
        ),
    ),
    min_size=1,
) | st.sampled_from(
    [
        {"language": "de"},
        {"country": ["us", "ca"], "first_name": {"none_of": ["Al", True]}},
        {"appointment_at": {"under": "2026-12-01", "is": None}},
    ]
)


@st.composite
def messages(draw: st.DrawFn, channel: Channel) -> Definition:
    """A message that is complete for its channel."""
    if channel is Channel.EMAIL:
        parts = st.sampled_from(
            [
                {"text": "plain"},
                {"html": "<p>rich</p>"},
                {"mjml": "<mjml></mjml>"},
                {"text": "", "html": "<p>r</p>"},
            ]
        )
        return {"subject": draw(texts), **draw(parts)}
    return {"text": draw(texts), **draw(st.sampled_from([{}, {"subject": None}, {"html": ""}]))}


@st.composite
def touches(draw: st.DrawFn, key: str, onward: list[str]) -> Definition:
    """A step that sends; silence leads on to the next step."""
    channel = draw(st.sampled_from(Channel))
    results = sorted(POSSIBLE[channel] - {"unanswered"})
    step: Definition = {"key": key, "channel": channel.value}
    step |= draw(_words(channel))
    told = st.sampled_from([result.value for result in results if result in words.STATUSES])
    step["wait"] = draw(
        durations | st.fixed_dictionaries({"for": told | st.lists(told, min_size=1), "up_to": durations})
    )
    routes = {
        result.value: st.sampled_from(onward if result in CONCLUSIVE else ["wait", *onward])
        for result in results
    }
    on = draw(st.fixed_dictionaries({}, optional=routes))
    if channel is Channel.VOICE:
        keys = {digit: st.sampled_from(["wait", *onward]) for digit in words.KEYS[:3]}
        on |= draw(st.fixed_dictionaries({}, optional={"pressed": st.fixed_dictionaries({}, optional=keys)}))
    optional: dict[str, st.SearchStrategy[Any]] = {
        "when": conditions,
        "delay": delays,
        "window": windows,
        "on": st.just(on),
        "on_unknown": st.sampled_from(["wait", "resend", "escalate", None]),
        "retry": st.fixed_dictionaries(
            {
                "attempts": st.integers(1, 20),
                "on": st.lists(st.sampled_from([each.value for each in results])),
            },
            optional={
                "first": durations,
                "factor": st.floats(1, 10),
                "cap": durations,
                "jitter": st.just(0.5),
            },
        ),
        "fallback": st.fixed_dictionaries(
            {"if_not": st.just("delivered"), "within": short, "then": st.sampled_from(onward)}
        ),
    }
    return step | draw(st.fixed_dictionaries({}, optional=optional))


@st.composite
def _words(draw: st.DrawFn, channel: Channel) -> Definition:
    if draw(st.booleans()):
        return {"template": f"for-{channel.value}"}
    message = draw(messages(channel))
    languages = st.dictionaries(st.sampled_from(["de", "pt-br"]), messages(channel))
    return {"message": message | draw(st.fixed_dictionaries({}, optional={"languages": languages}))}


@st.composite
def splits(draw: st.DrawFn, key: str, onward: list[str]) -> Definition:
    """A split of which one branch leads to the next step."""
    places = st.sampled_from([*onward, "hold_out"])
    if draw(st.booleans()):
        weights = st.integers(1, 100) | st.floats(0.001, MAX_BRANCH_WEIGHT)
        more = draw(st.lists(st.fixed_dictionaries({"weight": weights, "then": places}), max_size=3))
        return {"key": key, "split": [{"weight": 1, "then": "next"}, *more]}
    first = draw(st.fixed_dictionaries({"when": conditions, "then": places}))
    more = draw(st.lists(st.just({"else": "next"}), max_size=1))
    return {"key": key, "split": [first, *more]}


@st.composite
def _steps(draw: st.DrawFn) -> list[Definition]:
    count = draw(st.integers(1, len(KEYS)))
    steps = []
    for index, key in enumerate(KEYS[:count]):
        later = KEYS[index + 1 : count]
        onward = ["next", "complete", "escalate", "exit", *later, *(f"step:{each}" for each in later)]
        kind = splits if draw(st.integers(0, 4)) == 0 else touches
        steps.append(draw(kind(key, onward)))
    return steps


def _with_an_event(goals: list[str]) -> st.SearchStrategy[list[Any]]:
    """The goals as they are, or with an event that leads to the step that every campaign has."""
    return st.sampled_from([[*goals], [*goals, {"event": "upgraded", "then": KEYS[0]}]])


definitions: st.SearchStrategy[Definition] = st.fixed_dictionaries(
    {
        "campaign": st.sampled_from(["hello", "a_b-c"]),
        "version": st.integers(1, 3),
        "attributes": st.just(ATTRIBUTES),
        "templates": st.fixed_dictionaries({f"for-{each.value}": messages(each) for each in Channel}),
        "steps": _steps(),
    },
    optional={
        "priority": st.sampled_from(["urgent", "normal", "low", None]),
        "weight": st.floats(0.001, 1000),
        "patience": durations,
        "at_end": st.sampled_from(words.ENDINGS),
        "handoff": st.fixed_dictionaries({}, optional={"summary": texts, "wait": durations}),
        "timezone": st.sampled_from(["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires"]),
        "window": windows,
        "caps": st.fixed_dictionaries(
            {}, optional={"per_day": st.integers(1, 5), "sms": st.just({"per_week": 3}), "voice": st.just({})}
        ),
        "consent": st.sampled_from(["required", "none", ["sms"], ["email", "voice"]]),
        "reentry": st.sampled_from(["once", "always"]) | durations,
        "refused": st.fixed_dictionaries(
            {},
            optional={
                refusal.value: st.sampled_from(sorted(each.value for each in allowed))
                for refusal, allowed in CHOICES.items()
            },
        ),
        "goals": st.lists(st.sampled_from(["purchased", "signed-up"]), max_size=3).flatmap(_with_an_event),
        "sms_parts": st.integers(1, 10),
    },
)
"""Any definition that parses."""

campaigns: st.SearchStrategy[Campaign] = definitions.map(parse)
"""Any campaign."""
