"""Keys: derived, stable, told apart, and read back only where they are whole."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.idempotency import (
    AttemptKey,
    enrollment_id,
    event_key,
    handoff_key,
    interaction_key,
    order_key,
    order_name,
    preference_key,
    schedule_id,
    scheduled_batch_id,
    scheduled_id,
    shared_event_key,
    stray_event_key,
    unsubscribe_key,
    webhook_key,
    workflow_id,
)
from domain.limits import KEY
from tests.unit.domain.strategies import T0, thorough

keys = st.builds(
    AttemptKey, st.uuids().map(str), st.from_regex(KEY, fullmatch=True), st.integers(1, 10**9 - 1)
)


def test_enrollment_id_is_pinned() -> None:
    """The id of an enrollment must never change between releases: it is the identity of its run."""
    assert enrollment_id("acme", "reminder", "c-1") == "af9e61a0-1028-5734-8bb0-5fe050a5aacb"


def test_enrollment_ids_differ() -> None:
    """Another tenant, campaign or contact is another enrollment, however their names are cut."""
    names = ("a", "b", "ab", "a:b")
    ids = {enrollment_id(*parts) for parts in product(names, repeat=3)}

    assert len(ids) == len(names) ** 3


def test_workflow_id_names_the_enrollment() -> None:
    """The run of an enrollment is found by its id."""
    assert workflow_id("e-1") == "enrollment:e-1"


@thorough
@given(keys)
def test_attempt_key_round_trips(key: AttemptKey) -> None:
    """What went to the provider is read back as it was."""
    assert AttemptKey.parse(str(key)) == key


@thorough
@given(st.text() | st.from_regex(r"[\w-]{1,9}:[\w-]{1,9}:\d{1,12}", fullmatch=True))
def test_attempt_key_is_read_whole_or_not_at_all(text: str) -> None:
    """Any text at all is a key of exactly that form, or none; reading never raises."""
    key = AttemptKey.parse(text)

    assert key is None or str(key) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "e",
        "e:text",
        "e:text:",
        ":text:1",
        "e::1",
        "e:text:1:2",
        "e:text:one",
        "e:text:-1",
        "e:text:0",
        "e:text:01",
        "e:text:1 ",
        "e:text:1\n",
        "e:text:²",
        "e:text:٣",
        "e:text:1234567890",
        "e:text:" + "9" * 5000,
    ],
)
def test_what_is_no_attempt_key(text: str) -> None:
    """What is not a key is not read as another attempt's."""
    assert AttemptKey.parse(text) is None


@thorough
@given(keys, keys)
def test_attempt_keys_differ(one: AttemptKey, other: AttemptKey) -> None:
    """Two attempts share their text only if they are the same."""
    assert (str(one) == str(other)) == (one == other)


def test_a_row_has_one_key_in_every_zone() -> None:
    """What happened at one moment has one key, whichever zone it is told in."""
    there = T0.astimezone(timezone(timedelta(hours=5)))

    assert interaction_key("e", "paused", "text", 1, T0) == interaction_key("e", "paused", "text", 1, there)


def test_rows_differ() -> None:
    """Another kind, place, moment or move before is another row; what happens once has no moment."""
    later = datetime(2026, 3, 2, 9, 0, 0, 1, tzinfo=UTC)
    moments, moves = (T0, later, None), (None, "order-1", "order-2")
    rows = product(("e", "f"), ("paused", "resumed"), ("text", "mail"), (1, 11), moments, moves)

    assert len({interaction_key(*row) for row in rows}) == 144


@pytest.mark.parametrize("event", ["ada@example.com", "\x00\ud800"])
def test_an_order_is_named_after_its_key(event: str) -> None:
    """The name tells two orders apart, and nothing of what a caller calls an event."""
    name = order_name(order_key("e-1", "move", event))

    assert name == order_name(order_key("e-1", "move", event))
    assert name != order_name(order_key("e-2", "move", event))
    assert event not in name
    assert len(name) == 32


def test_effect_keys_tell_where_they_belong() -> None:
    """A handoff, an event and a shared event each have their own key."""
    own = {
        handoff_key("e"),
        handoff_key("f"),
        event_key("twilio", "SM1"),
        event_key("sendgrid", "SM1"),
        event_key("twilio", "SM2"),
        shared_event_key(event_key("twilio", "SM1"), "e"),
        shared_event_key(event_key("twilio", "SM1"), "f"),
        stray_event_key(event_key("twilio", "SM1"), "e:s:1"),
        stray_event_key(event_key("twilio", "SM1"), "e:s:2"),
    }

    assert len(own) == 9
    assert stray_event_key("twilio:SM1", "e:s:1") == stray_event_key("twilio:SM1", "e:s:1")
    assert "e:s" not in stray_event_key("twilio:SM1", "e:s:1")


def test_schedules_and_what_they_fire_differ() -> None:
    """Those of another tenant or key, however their names are cut; a firing's batch is that of its time."""
    places = list(product(("a", "b", "a:b", ":"), ("a", "b")))

    assert len({schedule_id(*place) for place in places}) == len(places)
    assert len({scheduled_batch_id(scheduled_id(*place) + "-2026") for place in places}) == len(places)
    assert scheduled_batch_id("scheduled:acme:leads-1") == "88c69424-a5f0-5c98-9ece-737253af458e"


def test_a_delivery_is_told_by_route_target_and_body() -> None:
    """The same body to another path or by another route is another delivery; the same again is the same."""
    deliveries = list(product(("twilio", "sendgrid"), ("/a", "/a?k=1"), (b"", b"x")))

    assert len({webhook_key(*delivery) for delivery in deliveries}) == 8
    assert webhook_key("twilio", "/a", b"x") == webhook_key("twilio", "/a", b"x")


def test_a_click_on_a_link_is_one_row_until_it_counts_anew() -> None:
    """Every click on a message's link has one key; one after the person came back has its own."""
    key = AttemptKey("e", "mail", 1)
    clicks = {unsubscribe_key(key), unsubscribe_key(key), unsubscribe_key(key, T0)}

    assert clicks == {"link:e:mail:1:unsubscribe", f"link:e:mail:1:unsubscribe:{T0.isoformat()}"}


def test_choices_differ() -> None:
    """Another person, channel, choice or moment is another row."""
    rows = product(("e", "f"), ("sms", "email"), ("opted_out", "opted_in"), (T0, T0 + timedelta(seconds=1)))

    assert len({preference_key(*row) for row in rows}) == 16
