"""Whatever is sent, it is refused in order: no 5xx, and nothing is stored without a good signature.

Ten thousand requests that were made up, shared out to the doors of all vendors (`RANDOM`, `FALSE`, `SIGNED`
and `PATHS`), and some thousand more that are the same in each run.
"""

import asyncio
import base64
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from attrs import define, evolve, field, frozen
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.http.app import HttpOptions
from adapters.providers.registry import vendors
from tests.fakes.clock import NOW
from tests.fakes.database import State
from tests.fakes.signing import SignedRequest
from tests.unit.application.world import World
from tests.unit.http.doors import DOORS, JSON, Case, Watched, reader
from tests.unit.http.site import PUBLIC_URL, Site, body_of, call_raw
from tests.unit.providers.ses import envelopes

RANDOM, FALSE, SIGNED, PATHS = 3_000, 4_000, 2_700, 300

Headers = Sequence[tuple[bytes, bytes]]
Answered = tuple[int, dict[str, str]]


def _share(count: int) -> settings:
    """A part of so many requests for each door."""
    # A loaded machine is no failure, and no file is shared between two runs at once.
    return settings(
        max_examples=math.ceil(count / len(DOORS)),
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@frozen
class Request:
    """What goes over the wire."""

    path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def without(self, name: bytes) -> "Request":
        """The same without a header."""
        return evolve(self, headers=tuple(header for header in self.headers if header[0] != name))


def parts(signed: SignedRequest) -> Request:
    """A request as bytes."""
    path, _, query = signed.url.removeprefix(PUBLIC_URL).partition("?")
    headers = tuple((name.encode(), value.encode()) for name, value in signed.headers.items())
    return Request(path.encode(), query.encode(), headers, signed.body)


@define
class Gate:
    """One app over one world for all requests of a test, behind a proxy that passes on whatever it is sent.

    Args:
        readers: the real ones, watched.
        world: whose database is emptied before each request.
    """

    readers: dict[str, Watched] = field(
        factory=lambda: {name: Watched(door.reader) for name, door in DOORS.items()}
    )
    world: World = field(factory=World)
    app: FastAPI = field(init=False)
    _runner: asyncio.Runner = field(factory=asyncio.Runner)

    @app.default
    def _app(self) -> FastAPI:
        options = HttpOptions(PUBLIC_URL, trusted_proxies=("127.0.0.1",))
        return evolve(Site(self.world).with_(readers=self.readers), options=options).app

    def call(self, request: Request, *, later: timedelta = timedelta(0)) -> Answered:
        """Send a request to an empty database, now or at another time; gives the status and headers."""
        self.world.database.state = State()
        return self.again(request, later=later)

    def again(self, request: Request, *, later: timedelta = timedelta(0)) -> Answered:
        """The same, while the database still has what came before."""
        self.world.clock.now = NOW + later
        self.world.telemetry.webhooks.clear()
        for watched in self.readers.values():
            watched.vouched = False
        pieces = body_of(request.body[:9], request.body[9:])
        status, answered, _ = self._runner.run(
            call_raw(self.app, request.path, request.query, request.headers, pieces)
        )
        return status, answered

    @property
    def state(self) -> State:
        """What is stored."""
        return self.world.database.state.copy()

    @property
    def keeps_nothing(self) -> bool:
        """Whether there is no trace in the database."""
        return self.world.database.state == State()

    def close(self) -> None:
        """End the loop."""
        self._runner.close()


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    """The app that is tried."""
    gate = Gate()
    yield gate
    gate.close()


EVERY_DOOR = pytest.mark.parametrize("name", sorted(DOORS))
EVERY_CASE = pytest.mark.parametrize(
    ("name", "case"),
    [
        pytest.param(name, case, id=f"{name}: {case.kind}")
        for name, door in sorted(DOORS.items())
        for case in door.cases
    ],
)


def test_every_vendor_with_callbacks_is_tried() -> None:
    """Who adds a vendor adds its door here, with at least one request of each kind."""
    assert {name for name, vendor in vendors().items() if vendor.callbacks is not None} == set(DOORS)
    assert all(door.cases for door in DOORS.values())


# Bytes that mean nothing ------------------------------------------------------------------------------------

_COMMON_NAMES = (
    b"authorization",
    b"content-type",
    b"content-length",
    b"content-encoding",
    b"host",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-forwarded-for",
    b"forwarded",
)


def _token(header: bytes, claims: bytes = b"{}") -> bytes:
    encoded = (base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, claims, b"sig"))
    return b"Bearer " + b".".join(encoded)


_TIMES = [
    b"",
    b"0",
    b"-1",
    b"+1894708800",
    b" 1894708800 ",
    b"1894708800.5",
    b"1e9",
    b"NaN",
    b"Infinity",
    b"9" * 400,
    b"9" * 5_000,
    "١٨٩٤٧٠٨٨٠٠".encode(),
    b"\xb2\xb3",
    b"yesterday",
    b"0001-01-01T00:00:00+23:59",
    b"9999-12-31T23:59:59-23:59",
    b"2030-01-15T12:00:00",
]
"""What is no time, or the wrong one."""

_PROOFS = [
    b"\xff",
    b"AAAA",
    b"AAA",
    b"v0=00",
    b"v1=,v1=",
    b"v1,AAAA v1a,\xc3\xa9",
    b"sha256=",
    b"Basic Og==",
    b"Basic \xff",
    b"Bearer",
    b"Bearer e30.e30.",
    _token(b'{"alg":"none"}'),
    _token(b'{"alg":["HS256"],"crit":{}}'),
    _token(b'{"alg":"HS256","kid":5,"b64":false}'),
    _token(b'{"alg":"HS256"}', b"["),
    _token(b"[" * 3_000),
    _token(b"[]"),
    b", ".join([b"v1=" + b"0" * 64] * 100),
]
_TYPES = [
    b"",
    b"text/html",
    b"\xff/\xff",
    b"application/json; charset=utf-16",
    b"application/x-www-form-urlencoded; charset=no-such",
    b"multipart/form-data",
    b"multipart/form-data; boundary=",
    b"multipart/form-data; boundary=" + b"x" * 300,
    b'multipart/form-data; boundary="\xe9',
    b"multipart/form-data; boundary=xYzZY",
]
_BODIES = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b'{"signature": {}, "event-data": {}}',
    b'{"signature": {"timestamp": NaN, "token": [], "signature": {}}, "event-data": 5}',
    b'{"Type": "Notification", "TopicArn": ["x"]}',
    b'{"a": 1e999, "b": ' + b"9" * 5_000 + b"}",
    b'{"a": "\\ud800"}',
    b"[" * 20_000,
    b'{"a":' * 10_000,
    b"a=1&" * 2_000,
    b"%ff=%00&sig=%ff",
    b"--xYzZY\r\n",
    b'--xYzZY\r\nContent-Disposition: form-data; name="timestamp"\r\n\r\n1',
    "\ufeff{}".encode(),
    '{"a": 1}'.encode("utf-16"),
]
_VALUES = st.one_of(st.binary(max_size=60), st.sampled_from(_TIMES + _PROOFS + _TYPES))
_QUERIES = st.one_of(
    st.binary(max_size=80),
    st.tuples(
        st.sampled_from([b"bodySHA256=", b"attempt=", b"seal=", b"menu=", b"amd=1&attempt="]),
        st.binary(max_size=40),
    ).map(b"".join),
)


def _headers(name: str) -> st.SearchStrategy[list[tuple[bytes, bytes]]]:
    """Headers that the door looks at, those that proxies write, none, and each of them several times."""
    own = {key.lower().encode() for case in DOORS[name].cases for key in case.genuine.headers}
    return st.lists(st.tuples(st.sampled_from([*sorted(own), *_COMMON_NAMES]), _VALUES), max_size=5)


@EVERY_DOOR
@_share(RANDOM)
@given(data=st.data())
def test_bytes_without_a_good_signature_are_refused_and_not_kept(
    gate: Gate, name: str, data: st.DataObject
) -> None:
    """Any query, headers and body end as 4xx; the database is not touched, and a counter remains."""
    body = data.draw(st.binary(max_size=200) | st.sampled_from(_BODIES))
    headers = tuple(data.draw(_headers(name)))
    request = Request(b"/webhooks/" + name.encode(), data.draw(_QUERIES), headers, body)

    status, _ = gate.call(request)

    assert 400 <= status < 500
    assert gate.keeps_nothing
    assert [counted for counted, _ in gate.world.telemetry.webhooks] == [name]


@settings(_share(PATHS), max_examples=PATHS)
@given(path=st.binary(max_size=80))
def test_any_path_is_answered_in_order(gate: Gate, path: bytes) -> None:
    """Paths that make no sense are not found."""
    status, headers = gate.call(Request(b"/" + path, b"", (), b""))

    assert 400 <= status < 500
    assert headers["content-type"] == "application/problem+json"
    assert gate.keeps_nothing


# Genuine requests that were tampered with -------------------------------------------------------------------

_JUNK = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(
        [b"\x00", b"\xff\xfe", b"%00", b"%ff", b'"', b"[" * 500, b"{}", b"1e999", b"\\ud800", b"&", b"="]
    ),
)


def _spliced(draw: st.DrawFn, given_: bytes) -> bytes:
    """Something is cut out, put in, replaced, repeated, cut off, or one bit of it flips."""
    begin, end = sorted((draw(st.integers(0, len(given_))), draw(st.integers(0, len(given_)))))
    way = draw(st.sampled_from(["insert", "cut", "replace", "repeat", "cut off", "flip"]))
    if way == "flip" and begin < len(given_):
        flipped = bytes([given_[begin] ^ 1 << draw(st.integers(0, 7))])
        return given_[:begin] + flipped + given_[begin + 1 :]
    if way == "cut off":
        return given_[:begin]
    middle = {"cut": b"", "replace": b"", "repeat": given_[begin:end] * 2}.get(way, given_[begin:end])
    return given_[:begin] + (draw(_JUNK) if way in ("insert", "replace") else b"") + middle + given_[end:]


def _with_other_header(draw: st.DrawFn, request: Request) -> Request:
    """One header is changed, is missing, or comes twice, the false one first or last."""
    place = draw(st.integers(0, len(request.headers) - 1))
    key, value = request.headers[place]
    false = (key, _spliced(draw, value) if draw(st.booleans()) else draw(_VALUES))
    kept = draw(st.sampled_from([(), (false,), (false, (key, value)), ((key, value), false)]))
    return evolve(request, headers=(*request.headers[:place], *kept, *request.headers[place + 1 :]))


@st.composite
def _false(draw: st.DrawFn, name: str) -> Request:
    """A genuine request with one or two things changed: a header, the query, the body."""
    request = parts(draw(st.sampled_from(DOORS[name].cases)).genuine)
    for _ in range(draw(st.integers(1, 2))):
        part = draw(st.sampled_from(["header", "header", "surplus", "query", "body", "body"]))
        if part == "header":
            request = _with_other_header(draw, request)
        elif part == "surplus":
            surplus = draw(st.tuples(st.sampled_from(_COMMON_NAMES), _VALUES))
            request = evolve(request, headers=(surplus, *request.headers))
        elif part == "query":
            request = evolve(request, query=_spliced(draw, request.query))
        else:
            request = evolve(request, body=_spliced(draw, request.body))
        if not request.headers:
            break
    return request


@EVERY_DOOR
@_share(FALSE)
@given(data=st.data())
def test_what_was_tampered_with_is_kept_only_where_its_reader_vouches_for_it(
    gate: Gate, name: str, data: st.DataObject
) -> None:
    """A change of what is not signed is no forgery; every other one is refused and leaves a counter alone."""
    status, _ = gate.call(data.draw(_false(name)))

    assert 200 <= status < 300 or 400 <= status < 500
    assert gate.keeps_nothing is not gate.readers[name].vouched
    assert status >= 400 or gate.readers[name].vouched


_IN_BODY = re.compile(rb'(?<![a-z])([Ss]ignature|sig)("\s*:\s*"|=|"\r\n\r\n)([^"&\r]+)')
"""Where the proof stands that is in the body."""


def _forged(case: Case) -> Iterator[Request]:
    """The request without each part of its proof, with an empty one, with others, and with a bit flipped."""
    request = parts(case.genuine)
    for proof in map(str.encode, case.proof):
        bare, right = request.without(proof), dict(request.headers)[proof]
        yield bare
        for value in (b"", b"Zm9yZ2Vk", right[:-1], right[:-6] + right[-5:] + right[-6:-5] + b"0", right * 2):
            yield evolve(bare, headers=(*bare.headers, (proof, value)))
        yield evolve(bare, headers=((proof, b"Zm9yZ2Vk"), *request.headers))
    if not case.proof:
        for value in (b"", b"Zm9yZ2Vk", rb"\g<3>0", b"\xff"):
            yield evolve(request, body=_IN_BODY.sub(rb"\g<1>\g<2>" + value, request.body))


@EVERY_CASE
def test_a_genuine_request_is_taken_and_none_without_its_proof(gate: Gate, name: str, case: Case) -> None:
    """What the others begin with is good; each part of its proof is needed, and needed as it is."""
    request = parts(case.genuine)
    taken = (*gate.call(request)[:1], gate.keeps_nothing, gate.readers[name].vouched)
    forged = list(_forged(case))
    refused = {(gate.call(each)[0], gate.keeps_nothing) for each in forged}

    assert taken == (200, False, True)
    assert request not in forged
    assert refused <= {(403, True), (400, True)}


@pytest.mark.parametrize(("name", "other"), [*permutations(sorted(DOORS), 2)])
def test_nobody_comes_in_with_what_another_vendor_has_signed(gate: Gate, name: str, other: str) -> None:
    """The other one's request, and ours with its headers, are refused by any door but its own."""
    refused = set()
    for foreign in (parts(case.genuine) for case in DOORS[other].cases):
        for own in (parts(case.genuine) for case in DOORS[name].cases[:2] if case.proof):
            gate.call(evolve(own, headers=foreign.headers))
            refused.add((gate.keeps_nothing, gate.readers[name].vouched))
        status, _ = gate.call(evolve(foreign, path=f"/webhooks/{name}".encode()))
        refused.add((gate.keeps_nothing and 400 <= status < 500, gate.readers[name].vouched))

    assert refused == {(True, False)}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://evil.example/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem",
        "https://sns.eu-west-1.amazonaws.com:99999/a.pem",
        "https://[::1/a.pem",
        "https://sns.\ud800.amazonaws.com/a.pem",
        "x" * 100_000,
        None,
        ["https://sns.eu-west-1.amazonaws.com/a.pem"],
    ],
    ids=range(10),
)
def test_a_certificate_that_was_made_up_lets_nobody_in(url: object) -> None:
    """Where SNS's certificate is not pinned, what an envelope names is fetched from SNS, or from nowhere."""
    fetching = Watched(reader("ses", topic_arn=(envelopes.TOPIC,)))
    gate = Gate({"ses": fetching})
    envelope = {**envelopes.fields("{}"), "Signature": "AAAA", "SigningCertURL": url}
    status, _ = gate.call(Request(b"/webhooks/ses", b"", (), json.dumps(envelope).encode()))
    gate.close()

    assert (status, gate.keeps_nothing, fetching.vouched) == (403, True, False)


# Genuine requests that come again ---------------------------------------------------------------------------


@EVERY_CASE
def test_a_repeat_is_taken_and_changes_nothing(gate: Gate, name: str, case: Case) -> None:
    """Vendors repeat what they do not know to be taken; so may anybody who has seen a request."""
    request = parts(case.genuine)
    gate.call(request)
    once = gate.state
    status, _ = gate.again(request)

    assert (status, gate.state) == (200, once)


@EVERY_CASE
def test_what_was_signed_too_long_ago_is_refused(gate: Gate, name: str, case: Case) -> None:
    """To the second, where there is a time in the signature; elsewhere a late one is as good as any."""
    age, request = DOORS[name].age, parts(case.genuine)
    late = timedelta(days=30) if age is None else age + timedelta(seconds=1)
    in_time, _ = gate.call(request, later=age or timedelta(0))
    too_late = (*gate.call(request, later=late)[:1], gate.keeps_nothing)

    assert in_time == 200
    assert too_late == ((200, False) if age is None else (403, True))


@EVERY_CASE
def test_what_was_signed_in_times_to_come_is_refused(gate: Gate, name: str, case: Case) -> None:
    """A vendor's clock may be five minutes ahead of ours."""
    request = parts(case.genuine)
    ahead, _ = gate.call(request, later=timedelta(seconds=-300))
    too_far = (*gate.call(request, later=timedelta(seconds=-301))[:1], gate.keeps_nothing)

    assert ahead == 200
    assert too_far == ((200, False) if DOORS[name].age is None else (403, True))


@pytest.mark.parametrize(
    ("name", "kind", "change"),
    [
        ("mailgun", "a failure", (b'"failed"', b'"complained"')),
        ("mailgun", "an e-mail", (b"Yes%21", b"STOP")),
    ],
)
def test_a_signature_that_is_not_over_the_body_is_good_once(
    gate: Gate, name: str, kind: str, change: tuple[bytes, bytes]
) -> None:
    """Whoever has seen one request cannot send another in its name."""
    request = next(parts(case.genuine) for case in DOORS[name].cases if case.kind == kind)
    other = evolve(request, body=request.body.replace(*change))
    gate.call(request)
    once = gate.state
    status, _ = gate.again(other)

    assert other != request
    assert (status, gate.state) == (403, once)


# Genuine senders of odd things ------------------------------------------------------------------------------

_MAILS = [
    "From: ana@example.com\nSubject: =?mär?q?x?=\n\nYes",
    "From: ana@example.com\nSubject: =?utf-8?b?A?=\nReferences: <attempt.\ud800@x>\n\n",
    "From: ana@example.com\nContent-Type: text/plain; charset*=a'b'%ff\n\n\xff",
    "From: ana@example.com\nContent-Type: multipart/mixed\nContent-Transfer-Encoding: base64\n\n=",
    "From: ana@example.com\nContent-Type: text/plain; charset=\x00\nContent-Transfer-Encoding: uu\n\nx",
    "From: =?utf-8?q?ana=40example=2Ecom?=\n\n",
    '[["Message-Id", 5], "x", {"Name": []}, [[], []]]',
    '{"from": "\ud800", "to": 5}',
]
"""E-mails, and what vendors tell of their headers, as strangers may write them."""

_ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(
        [10**400, -(10**20), 1e308, "", "\x00", "\ud800", "x" * 5_000, "0001-01-01T00:00:00+23:59"]
    ),
    st.sampled_from([[], {}, [[]], {"": {}}, [None], {"a": [1]}, "opened", "STOP", "failed", "received"]),
    st.sampled_from(_MAILS),
    st.text(max_size=20),
    st.recursive(
        st.none() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    ),
)


def _odd(draw: st.DrawFn, told: Any) -> Any:
    """What is told, with one thing somewhere in it of another type, missing, surplus, or incredible."""
    if isinstance(told, dict) and told and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(told)))
        way = draw(st.integers(0, 9))
        if way == 0:
            return {other: value for other, value in told.items() if other != key}
        if way == 1:
            return {**told, draw(st.text(max_size=10)): draw(_ODD)}
        return {**told, key: _odd(draw, told[key])}
    if isinstance(told, list) and told and draw(st.integers(0, 9)):
        place = draw(st.integers(0, len(told) - 1))
        return [*told[:place], _odd(draw, told[place]), *told[place + 1 :]]
    return draw(_ODD)


@st.composite
def _nonsense(draw: st.DrawFn, name: str) -> SignedRequest:
    """What a vendor has signed and would never send."""
    case = draw(st.sampled_from(DOORS[name].cases))
    way = draw(st.sampled_from(["odd", "odd", "spliced", "bytes"]))
    if way == "odd":
        told = case.told
        for _ in range(draw(st.integers(1, 3))):
            told = _odd(draw, told)
        return case.sign(case.encode(told), NOW)
    if way == "spliced":
        return case.sign(_spliced(draw, case.encode(case.told)), NOW)
    return case.sign(draw(st.binary(max_size=100) | st.sampled_from(_BODIES)), NOW)


@EVERY_DOOR
@_share(SIGNED)
@given(data=st.data())
def test_anything_with_a_good_signature_is_kept(gate: Gate, name: str, data: st.DataObject) -> None:
    """A genuine sender can send anything: it is stored, read or not, and never breaks the app.

    Where the proof is in the body, a body that cannot be read has none.
    """
    status, _ = gate.call(parts(data.draw(_nonsense(name))))

    kept = len(gate.world.database.state.webhooks)
    assert (status, kept) in ((200, 1), (400, 1), (403, 0))
    assert gate.readers[name].vouched is bool(kept)


_HUGE: Sequence[Callable[[bytes], bytes]] = [
    lambda _: b"[" * 100_000,
    lambda _: b'{"a":' * 50_000,
    lambda _: b"1" * 100_000,
    lambda _: b'{"id": ' + b"-" + b"9" * 100_000 + b"}",
    lambda _: b"&a=" * 300_000,
    lambda _: b"--xYzZY\r\n" * 100_000,
    lambda _: b"\xff" * 1_000_000,
    lambda body: body[:-1] + b" " * 1_000_000 + body[-1:],
    lambda body: body + b"\x00" * 900_000,
    lambda body: body.replace(b": ", b": " + b"[" * 50_000, 1),
]


@EVERY_CASE
@pytest.mark.parametrize("huge", _HUGE, ids=range(len(_HUGE)))
def test_what_is_deep_or_huge_is_answered_in_order(
    gate: Gate, name: str, case: Case, huge: Callable[[bytes], bytes]
) -> None:
    """Nesting and digits beyond what can be read are a sender's mistake, not ours."""
    signed = parts(case.sign(huge(case.encode(case.told)), NOW))
    status, _ = gate.call(signed)

    assert status in (200, 400, 403, 413)
    assert gate.keeps_nothing is not gate.readers[name].vouched


@EVERY_CASE
def test_what_is_longer_than_a_body_may_be_is_not_even_looked_at(gate: Gate, name: str, case: Case) -> None:
    """More than a megabyte, whether or not its length is told before, and however good its beginning is."""
    genuine = parts(case.genuine)
    long = evolve(genuine, body=genuine.body.ljust(1_048_577))
    told = evolve(long, headers=(*long.headers, (b"content-length", b"1048577")))
    answers = {(gate.call(each)[0], gate.keeps_nothing) for each in (long, told)}

    assert answers == {(413, True)}


@EVERY_CASE
@pytest.mark.parametrize("kind", [None, b"text/html", b"\xff", JSON.encode(), b"multipart/form-data"])
def test_another_content_type_is_no_way_in_and_no_way_to_break(
    gate: Gate, name: str, case: Case, kind: bytes | None
) -> None:
    """Some vendors are read whatever they call it; others are refused. Their words are never misread."""
    bare = parts(case.genuine).without(b"content-type")
    status, _ = gate.call(
        bare if kind is None else evolve(bare, headers=(*bare.headers, (b"content-type", kind)))
    )

    assert status in (200, 400, 403)
    assert gate.keeps_nothing is not gate.readers[name].vouched
