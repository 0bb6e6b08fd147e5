"""One step of the definition that sends a message."""

from collections.abc import Mapping
from datetime import timedelta

from domain.backoff import Backoff
from domain.campaign import Message
from domain.errors import InvalidCampaign
from domain.language import words
from domain.language.conditions import read_condition
from domain.language.delays import read_delay
from domain.language.drafts import Draft, Scope, may_lead_anywhere
from domain.language.messages import Templates, read_message
from domain.language.routes import Routes
from domain.language.sections import Path, Section, choice, duration, number, text, whole, word
from domain.language.waits import read_wait
from domain.language.windows import read_window
from domain.statuses import Channel, DeliveryStatus, Result
from domain.steps import NEXT, Fallback, OnUnknown, Route, Step


def read_touch(item: object, index: int, scope: Scope, problems: list[InvalidCampaign]) -> Draft:
    """Read a step that sends, reporting what is wrong.

    Args:
        item: what stands in the list of steps.
        index: where it stands there.
        scope: what it may refer to.
        problems: where problems are reported.
    """
    known = len(problems)
    section = Section.open(item, ("steps", index), words.STEP, problems)
    channel = section.take("channel", choice(Channel), None, missing=f"use one of {', '.join(Channel)}")
    wait, awaited = read_wait(section)
    delay, late = read_delay(section, scope.attributes)
    routes, pressed = _on(section, scope.routes)
    conditional = "when" in section.values
    message, template = _message(section, scope.templates)
    step = Step(
        key=read_key(section, index),
        channel=channel or Channel.SMS,
        wait=wait,
        delay=delay,
        retry=_retry(section),
        routes=routes,
        on_unknown=section.take("on_unknown", choice(OnUnknown), OnUnknown.WAIT),
        pressed=pressed,
        fallback=_fallback(section, scope.routes),
        late=late,
        conditional=conditional,
    )
    return Draft(
        step,
        message,
        channel_known=channel is not None,
        awaited=awaited,
        condition=read_condition(section, scope.attributes) if conditional else None,
        window=read_window(section),
        places=_places(section, template),
        anywhere=may_lead_anywhere(problems, known),
    )


def read_key(section: Section, index: int) -> str:
    """The key of any step."""
    return section.take("key", text, f"unnamed-{index + 1}", missing="a step needs a key, such as first-text")


def _on(section: Section, routes: Routes) -> tuple[Mapping[Result, Route], Mapping[str, Route]]:
    read = routes.reader(words.ROUTES)
    on = section.section("on", words.ON)
    results = {Result(key): on.take(key, read, None) for key in on.values if key != words.PRESSED}
    pressed = on.section(words.PRESSED, words.KEYS_GIVEN)
    keys = {key: pressed.take(key, read, None) for key in pressed.values}
    return (
        {result: route for result, route in results.items() if route is not None},
        {key: route for key, route in keys.items() if route is not None},
    )


def _fallback(section: Section, routes: Routes) -> Fallback | None:
    if "fallback" not in section.values:
        return None
    fallback = section.section("fallback", words.FALLBACK)
    status = fallback.take("if_not", word(words.IF_NOT), "delivered", missing="name one, such as delivered")
    return Fallback(
        status=DeliveryStatus(status),
        within=fallback.take("within", duration, timedelta(0), missing="say how long, such as 10m"),
        route=fallback.take("then", routes.reader(words.ONWARD), NEXT, missing="say where it leads: a step"),
    )


def _retry(section: Section) -> Backoff:
    if "retry" not in section.values:
        return Backoff()
    retry = section.section("retry", words.RETRY)
    plain = Backoff()
    again = retry.each("on", choice(Result), missing="list the results to try again, such as [failed]")
    return Backoff(
        attempts=retry.take("attempts", whole, 1, missing="say how many attempts to make in all, such as 3"),
        first=retry.take("first", duration, plain.first),
        factor=retry.take("factor", number, plain.factor),
        cap=retry.take("cap", duration, plain.cap),
        jitter=retry.take("jitter", number, plain.jitter),
        on=frozenset(again),
    )


def _message(section: Section, templates: Templates) -> tuple[Message | None, str | None]:
    """The words, and the name of the template that they come from."""
    if "template" in section.values:
        if "message" in section.values:
            section.wrong("message", "stands beside template; give one of the two")
        name = section.take("template", templates.name, None)
        return (None, None) if name is None else (templates.messages.get(name), name)
    if "message" in section.values:
        return read_message(section), None
    if section.readable:
        section.wrong("message", "is missing; write it here, or name one of the templates with template")
    return None, None


def _places(section: Section, template: str | None) -> Mapping[Path, Path]:
    places: dict[Path, Path] = {}
    here = section.path
    if isinstance(section.values.get("wait"), Mapping):
        places |= {(*here, "wait"): (*here, "wait", "up_to"), (*here, "wait", "for"): (*here, "wait", "for")}
    if isinstance(section.values.get("delay"), Mapping):
        places[*here, "delay"] = (*here, "delay", "until")
    if template is not None:
        places[*here, "message"] = ("templates", template)
    return places
