"""Whatever is sent, it is refused in order: no 5xx, and nothing is stored without a good signature."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.signing import TWILIO_TOKEN, twilio_request
from tests.unit.application.world import World
from tests.unit.http.site import PUBLIC_URL, SENDGRID, Site, body_of, call_raw

_NAMES = st.sampled_from(
    [
        b"x-twilio-signature",
        b"x-twilio-email-event-webhook-signature",
        b"x-twilio-email-event-webhook-timestamp",
        b"content-type",
        b"content-length",
        b"content-encoding",
        b"host",
        b"x-forwarded-host",
    ]
)
_HEADERS = st.lists(st.tuples(_NAMES, st.binary(max_size=60)), max_size=6)
_PROVIDERS = st.sampled_from([b"twilio", b"sendgrid"])
_QUERIES = st.one_of(st.binary(max_size=80), st.binary(max_size=40).map(lambda tail: b"bodySHA256=" + tail))
_PLENTY = settings(max_examples=60, deadline=None)


def _site() -> Site:
    return Site(World())


@_PLENTY
@given(
    provider=_PROVIDERS,
    query=_QUERIES,
    headers=_HEADERS,
    pieces=st.lists(st.binary(max_size=200), max_size=4),
)
def test_bytes_without_a_good_signature_are_refused_and_not_kept(
    provider: bytes, query: bytes, headers: list[tuple[bytes, bytes]], pieces: list[bytes]
) -> None:
    """Any query, headers and body end as 4xx, and the database is not touched."""
    site = _site()
    path = b"/webhooks/" + provider

    status, _, _ = asyncio.run(call_raw(site.app, path, query, headers, body_of(*pieces, b"")))

    assert 400 <= status < 500
    assert site.world.database.state.webhooks == {}


@_PLENTY
@given(path=st.binary(max_size=80))
def test_any_path_is_answered_in_order(path: bytes) -> None:
    """Paths that make no sense are not found."""
    status, headers, _ = asyncio.run(call_raw(_site().app, b"/" + path, messages=body_of(b"")))

    assert 400 <= status < 500
    assert headers["content-type"] == "application/problem+json"


@_PLENTY
@given(
    fields=st.dictionaries(
        st.one_of(
            st.sampled_from(
                ["MessageSid", "MessageStatus", "CallSid", "CallStatus", "SequenceNumber", "From", "Body"]
            ),
            st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
        ),
        st.one_of(
            st.sampled_from(["SM1", "received", "failed", "in-progress", "completed", "+15550100001"]),
            st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
        ),
        max_size=8,
    ),
    query=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#?"), max_size=40),
)
def test_any_form_with_a_good_signature_is_kept(fields: dict[str, str], query: str) -> None:
    """A genuine sender can send anything: it is stored, read or not, and never breaks the app."""
    site = _site()
    url = f"{PUBLIC_URL}/webhooks/twilio" + (f"?{query}" if query else "")
    signed = twilio_request(url, fields, TWILIO_TOKEN)
    headers = [(name.encode(), value.encode()) for name, value in signed.headers.items()]
    if "bodySHA256" in query:
        return

    status, _, _ = asyncio.run(
        call_raw(site.app, b"/webhooks/twilio", query.encode(), headers, body_of(signed.body))
    )

    assert status in (200, 400)
    assert len(site.world.database.state.webhooks) == 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["event", "sg_event_id", "sg_message_id", "timestamp", "attempt", "reason", "type"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@_PLENTY
@given(events=st.one_of(st.lists(_JSON, max_size=3), _JSON))
def test_any_json_with_a_good_signature_is_kept(events: object) -> None:
    """The same for batches of JSON, infinite numbers and lone surrogates included."""
    site = _site()
    signed = SENDGRID.request(f"{PUBLIC_URL}/webhooks/sendgrid", json.dumps(events).encode())
    headers = [(name.encode(), value.encode()) for name, value in signed.headers.items()]

    status, _, _ = asyncio.run(call_raw(site.app, b"/webhooks/sendgrid", b"", headers, body_of(signed.body)))

    assert status in (200, 400)
    assert len(site.world.database.state.webhooks) == 1


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 50_000, b"1" * 100_000])
async def test_json_that_is_deep_or_huge_is_malformed(body: bytes) -> None:
    """Nesting and digits beyond what can be read are a sender's mistake, not ours."""
    answer = await _site().post(SENDGRID.request(f"{PUBLIC_URL}/webhooks/sendgrid", body))

    assert answer.status_code == 400
