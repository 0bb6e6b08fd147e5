"""Times from outside, and how old a signature may be."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from adapters.providers.common.desks import check_age, from_digits
from adapters.providers.common.untrusted import from_iso
from application.errors import BadSignature, MalformedCallback
from tests.fakes.coroutines import finished
from tests.unit.providers.desks.genuine import DESKS, NOW, digest

[ZENDESK] = [desk for desk in DESKS if desk.name == "zendesk"]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-22T12:00:00Z", NOW),
        ("2026-11-22T12:00:00.000Z", NOW),
        ("2026-11-22T14:00:00+02:00", NOW),
        ("2026-11-22T12:00:00", NOW),
        (None, datetime(2030, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_utc(text: object, at: datetime) -> None:
    """With any zone, with none, and another one where it is missing."""
    assert from_iso(text, datetime(2030, 1, 1, tzinfo=UTC)) == at


@pytest.mark.parametrize(
    "text", ["", "soon", "0001-01-01T00:00:00+23:59", 7, ["2026"], "2026-13-01", "\ud800"]
)
def test_what_is_no_time_is_malformed(text: object) -> None:
    """Also a time that is none in UTC."""
    with pytest.raises(MalformedCallback):
        from_iso(text, NOW)


@given(st.text() | st.integers().map(str))
def test_digits_are_a_time_in_one_spelling_or_none(text: str) -> None:
    """Nothing makes it fall over."""
    at = from_digits(text)

    assert at is None or str(int(at.timestamp())) == text


@pytest.mark.parametrize("text", ["999999999999", "01", "1.0", "-1", "+1", "1_0", "\u0661", ""])
def test_other_spellings_are_no_time(text: str) -> None:
    """And no time after the year 9999."""
    assert from_digits(text) is None


@pytest.mark.parametrize("seconds", [301, -301])
def test_a_signature_is_good_for_five_minutes(seconds: int) -> None:
    """On both sides of our clock, and never without a time."""
    check_age("desk", NOW - timedelta(seconds=300), NOW)
    check_age("desk", NOW + timedelta(seconds=300), NOW)

    with pytest.raises(BadSignature):
        check_age("desk", NOW - timedelta(seconds=seconds), NOW)
    with pytest.raises(BadSignature):
        check_age("desk", None, NOW)


@pytest.mark.parametrize("timestamp", ["1795348800", "", "soon"])
def test_a_right_signature_over_a_time_that_cannot_be_read_is_refused(timestamp: str) -> None:
    """Its age cannot be told."""
    callback = ZENDESK.callback(ZENDESK.resolved)
    signed = digest(ZENDESK.secrets[0], timestamp.encode() + callback.body)
    headers = {
        "x-zendesk-webhook-signature-timestamp": timestamp,
        "x-zendesk-webhook-signature": base64.b64encode(signed).decode(),
    }

    with pytest.raises(BadSignature):
        finished(ZENDESK.reader(ZENDESK.secrets).read(evolve(callback, headers=headers), NOW))
