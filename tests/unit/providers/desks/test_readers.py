"""The contract of every desk's reader: whose signature counts, and that nothing makes it fall over."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback, HandoffAction, HandoffReport, Reading
from tests.fakes.coroutines import finished
from tests.unit.providers.desks.genuine import DESKS, KEY, NOW, Genuine

every_desk = pytest.mark.parametrize("desk", DESKS, ids=[desk.name for desk in DESKS])
with_age = pytest.mark.parametrize("desk", [d for d in DESKS if d.has_age], ids=lambda desk: desk.name)
marked = pytest.mark.parametrize(
    "desk", [d for d in DESKS if d.name in ("zendesk", "pagerduty", "jira")], ids=lambda desk: desk.name
)
timeless = pytest.mark.parametrize("desk", [d for d in DESKS if not d.has_age], ids=lambda desk: desk.name)


def read(desk: Genuine, callback: Callback, *secrets: str) -> Reading:
    return finished(desk.reader(secrets or desk.secrets[:1]).read(callback, NOW))


def the_report(desk: Genuine, told: Any) -> HandoffReport:
    [report] = read(desk, desk.callback(told)).reports
    assert isinstance(report, HandoffReport)
    return report


@every_desk
def test_a_resolved_case_is_reported_by_its_key(desk: Genuine) -> None:
    """What was done, when, to which case and by whom; nobody's name."""
    report = the_report(desk, desk.resolved)

    assert (report.action, report.handoff_key, report.ref) == (HandoffAction.RESOLVED, KEY, desk.ref)
    assert report.at.tzinfo is UTC
    assert abs(report.at - NOW) < timedelta(days=1)
    assert report.by
    assert report.to == ""


@every_desk
def test_a_case_that_was_given_to_another_is_reported_with_whom(desk: Genuine) -> None:
    """The desk's ids of who did it and of who has it now."""
    report = the_report(desk, desk.reassigned)

    assert (report.action, report.handoff_key, report.ref) == (HandoffAction.REASSIGNED, KEY, desk.ref)
    assert report.by
    assert report.to
    assert report.to != report.by


@every_desk
def test_the_same_callback_again_is_the_same_event(desk: Genuine) -> None:
    """Event ids are stable, and a case that is resolved is another event than one that is given away."""
    resolved = [the_report(desk, desk.resolved) for _ in range(2)]

    assert resolved[0] == resolved[1]
    if desk.name == "jira":
        assert resolved[0].event_id != the_report(desk, desk.reassigned).event_id


@every_desk
def test_two_secrets_are_good_while_one_is_replaced(desk: Genuine) -> None:
    """The current and the previous one, and no third."""
    current, previous, strange = desk.secrets
    for good in (current, previous):
        assert read(desk, desk.callback(desk.resolved, good), current, previous).reports

    with pytest.raises(BadSignature):
        read(desk, desk.callback(desk.resolved, strange), current, previous)
    with pytest.raises(BadSignature):
        read(desk, desk.callback(desk.resolved, previous), current)


@with_age
@pytest.mark.parametrize("seconds", [301, -301, 86_400])
def test_what_was_signed_too_long_ago_or_in_times_to_come_is_refused(desk: Genuine, seconds: int) -> None:
    """A request that somebody kept cannot be sent again later."""
    at = NOW - timedelta(seconds=seconds)
    told = {**desk.resolved, "webhookTimestamp": int(at.timestamp() * 1000)}

    with pytest.raises(BadSignature):
        read(desk, desk.callback(told if desk.name == "linear" else desk.resolved, at=at))


@with_age
@pytest.mark.parametrize("seconds", [300, -300])
def test_five_minutes_are_allowed_for(desk: Genuine, seconds: int) -> None:
    """Clocks differ and requests are repeated."""
    at = NOW - timedelta(seconds=seconds)
    told = {**desk.resolved, "webhookTimestamp": int(at.timestamp() * 1000)}

    assert read(desk, desk.callback(told if desk.name == "linear" else desk.resolved, at=at)).reports


@timeless
def test_where_nothing_signed_has_a_time_an_old_callback_is_read(desk: Genuine) -> None:
    """These desks repeat for hours; a replay is an event that is known."""
    callback = desk.callback(desk.resolved)

    assert finished(desk.reader(desk.secrets[:1]).read(callback, NOW + timedelta(days=30))).reports


def spoiled(desk: Genuine) -> Iterator[Callback]:
    """A genuine callback without, with empty and with impossible headers, and with another body."""
    callback = desk.callback(desk.resolved)
    for name in callback.headers:
        rest = {other: value for other, value in callback.headers.items() if other != name}
        yield evolve(callback, headers=rest)
        for value in ("", "0", "é\ud800", "9" * 400, "-1", "nan", "1e3", "\x00", ",", "v1,", "v1=", "v0=é"):
            yield evolve(callback, headers={**rest, name: value})
    yield evolve(callback, headers={})
    yield evolve(callback, body=b"")
    yield evolve(callback, body=b"\xff\xfe" + callback.body)
    yield evolve(callback, body=callback.body + b" ")


@every_desk
def test_what_the_desk_did_not_sign_is_refused(desk: Genuine) -> None:
    """Whatever is missing, empty, not ASCII or no number: a bad signature, and nothing else."""
    for callback in spoiled(desk):
        with pytest.raises(BadSignature):
            read(desk, callback)


@every_desk
@settings(deadline=None)  # the machine may be busy
@given(data=st.data())
def test_hostile_requests_are_a_bad_signature_and_nothing_else(desk: Genuine, data: st.DataObject) -> None:
    """No headers and no body get in, and none makes the reader fall over."""
    names = st.sampled_from([*desk.callback(b"").headers, "content-type"]) | st.text()
    headers = data.draw(st.dictionaries(names, st.text() | st.sampled_from(["1795348800", "v1,AAAA"])))

    with pytest.raises(BadSignature):
        read(desk, Callback("https://x", headers, data.draw(st.binary())))


@every_desk
@settings(deadline=None)  # the machine may be busy
@given(data=st.data())
def test_no_change_of_a_genuine_request_is_accepted(desk: Genuine, data: st.DataObject) -> None:
    """One byte of the body or one character of what signs it, and it is refused."""
    callback = desk.callback(desk.resolved)
    place = data.draw(st.sampled_from(["body", *callback.headers]))
    whole = callback.body.decode("latin-1") if place == "body" else callback.headers[place]
    at = data.draw(st.integers(0, len(whole) - 1))
    instead = data.draw(st.characters(max_codepoint=255).filter(lambda char: char != whole[at]))
    spoilt = whole[:at] + instead + whole[at + 1 :]

    with pytest.raises(BadSignature):
        read(
            desk,
            evolve(callback, body=spoilt.encode("latin-1"))
            if place == "body"
            else evolve(callback, headers={**callback.headers, place: spoilt}),
        )


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-(10**20), 10**20) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Where something stands in nested JSON."""
    for name, member in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, name)
        if isinstance(member, dict | list):
            yield from places(member, *path, name)


@every_desk
@settings(deadline=None)  # the machine may be busy
@given(data=st.data())
def test_genuine_requests_are_read_or_malformed_and_nothing_else(desk: Genuine, data: st.DataObject) -> None:
    """Whatever stands in any place of a signed event: reports that can be stored, or a malformed callback."""
    told = copy.deepcopy(data.draw(st.sampled_from([desk.resolved, desk.reassigned])))
    *path, last = data.draw(st.sampled_from(list(places(told))))
    holder = told
    for step in path:
        holder = holder[step]
    holder[last] = data.draw(JSON)
    try:
        reading = read(desk, desk.callback(told))
    except MalformedCallback:
        return
    except BadSignature:
        assert last == "webhookTimestamp"
        return
    reports = [report for report in reading.reports if isinstance(report, HandoffReport)]

    assert len(reports) + reading.unreadable <= 2
    assert all(report.at.tzinfo is UTC for report in reports)
    assert all(report.event_id.isprintable() and len(report.event_id) <= 250 for report in reports)
    assert all(f"{report.by}{report.to}{report.ref}{report.handoff_key}".isprintable() for report in reports)


@every_desk
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"x"',
        b"{",
        b"\xff",
        b"[" * 100_000,
        b"9" * 5000,
        b"payload=%ff",
    ],
)
def test_genuine_bytes_that_are_no_event_are_malformed(desk: Genuine, body: bytes) -> None:
    """Not JSON, no object, too deep, too long a number, not UTF-8: malformed."""
    try:
        callback = desk.callback(body)
        if desk.name == "slack":
            callback = evolve(callback, headers={**callback.headers, "content-type": "application/json"})
        reading = read(desk, callback)
    except MalformedCallback:
        return
    except BadSignature:
        assert desk.name == "webhook"
        assert body == b"\xff"  # a standard webhook is a text
        return
    pytest.fail(f"it was read as {reading}")


@every_desk
@settings(deadline=None)  # the machine may be busy
@given(body=st.binary() | JSON.map(json.dumps).map(str.encode))
def test_genuine_noise_is_read_or_malformed_and_nothing_else(desk: Genuine, body: bytes) -> None:
    """Signed noise is no report, and no other fault."""
    try:
        reading = read(desk, desk.callback(body))
    except (MalformedCallback, BadSignature):
        return

    assert reading.reports == ()


@every_desk
def test_a_reader_keeps_its_secrets_and_will_not_work_without_one(desk: Genuine) -> None:
    """Everybody could sign with an empty secret."""
    reader = desk.reader(desk.secrets)

    assert reader.name == desk.name
    assert not any(secret in repr(reader) for secret in desk.secrets)
    for empty in ("", "whsec_"):
        if empty == "" or desk.name == "webhook":
            with pytest.raises(ValueError, match="secret"):
                desk.reader([empty])


@marked
def test_cases_of_other_people_mean_nothing_to_us(desk: Genuine) -> None:
    """A desk tells of all its cases; ours carry our mark."""
    theirs = json.loads(json.dumps(desk.resolved).replace("drumbeat_handoff:", "someone_elses:"))

    assert read(desk, desk.callback(theirs)) == Reading()
