"""Vendors' callbacks as others have recorded them, through our HTTP app.

The files are not part of this project. VENDOR_SAMPLES names a folder with one file for each callback: who
posts what, and what it means (``provider``, ``body``, ``content_type``, ``query``, ``headers``, ``expect``).
VENDOR_VECTORS names one with a file for each way to sign: cases with their secret, and whether they are
valid. Without them, they are skipped.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from attrs import define, evolve, field, frozen
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.http.app import HttpOptions
from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.common.desks import mark
from adapters.providers.common.mail import message_id
from adapters.providers.slack.message import RESOLVE
from adapters.providers.vonage.correlation import CallNote, event_url
from application.ports.attempts import Attempt
from application.ports.callbacks import CallbackReader
from application.ports.handoffs import Handoff
from domain.attempts import AttemptState
from domain.idempotency import AttemptKey, handoff_key
from domain.statuses import SUPPRESSING, Channel, DeliveryStatus
from tests.fakes.signing import SendGridAccount, SignedRequest
from tests.unit.application.world import World
from tests.unit.http.doors import (
    DOORS,
    FORM,
    JSON,
    desk_post,
    mailgun_event,
    postmark_post,
    reader,
    sendgrid_post,
    twilio_form,
    url_of,
    vonage_json,
    vonage_token,
)
from tests.unit.http.site import PUBLIC_URL, Site, body_of, call_raw
from tests.unit.providers.vonage.signing import SECRET

Read = Mapping[str, Any]


def _files(variable: str) -> Mapping[str, Read]:
    """The files of a folder that the environment names, by their names without the ending."""
    folder = os.environ.get(variable)
    files = sorted(Path(folder).glob("*.json")) if folder else []
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


SAMPLES = _files("VENDOR_SAMPLES")
VECTORS = {
    f"{scheme}: {case['name']}": (scheme, case)
    for scheme, file in _files("VENDOR_VECTORS").items()
    for case in file["cases"]
}
RECORDED = datetime.fromtimestamp(1795367405, UTC)
"""A little after the files' own times, where they need one."""

PHONE, MAILBOX = "+15005550006", "lead@example.com"
"""The person in the samples."""

HAS_SAMPLES = pytest.mark.skipif(not SAMPLES, reason="VENDOR_SAMPLES names no folder of callbacks")
HAS_VECTORS = pytest.mark.skipif(not VECTORS, reason="VENDOR_VECTORS names no folder of signed cases")

WORDS = {"help_requested": "help"}
"""What the samples call otherwise than we do."""

DIFFERS: Mapping[str, tuple[Sequence[str], str]] = {
    "twilio__sms_status_sending": (
        ["queued"],
        "Twilio's list has it between queued and sent: it is kept as a step on the way, and decides nothing.",
    ),
    "twilio__voice_amd_unknown": (
        [],
        "Twilio cannot tell who has picked up, so it is no proof of a person; the call's own end settles it.",
    ),
    "sendgrid__event_dropped": (
        ["opted_out"],
        "It was dropped for an Unsubscribed Address, which the sample's own note takes for an opt-out.",
    ),
    "slack__interactivity_block_actions": (
        [],
        "The button ``claim`` is none of ours: we have Resolve and Reassign (see the test of a press below).",
    ),
}
"""Where our reading is another one, and better: what it is, and why."""

UNCHECKED: Mapping[str, str] = {
    "note": "It is for people.",
    "permanent": "A failed attempt ends and its plan goes on; that an address is dead is what bounced says.",
    "attempt": "The correlation has another name with us: it is put in, in a second step.",
    "enrollment": "The same.",
}
"""What the samples expect beside it that is not looked at in what is stored, and why."""


class _Rewritten:
    """A server that finds our route whatever path was called: in the vectors it is another site's."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self.app, self.path = app, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, "path": self.path}, receive, send)


@define
class House:
    """Our app over an empty database, at a time.

    Args:
        readers: of callbacks, by vendor.
        now: the time.
        public_url: our address.
        world: behind the app.
    """

    readers: Mapping[str, CallbackReader] = field(
        factory=lambda: {name: door.reader for name, door in DOORS.items()}
    )
    now: datetime = RECORDED
    public_url: str = PUBLIC_URL
    world: World = field(factory=World)

    async def post(self, provider: str, signed: SignedRequest) -> tuple[int, str]:
        """Send a request; gives the answer's status and body."""
        self.world.clock.now = self.now
        site = Site(self.world, options=HttpOptions(self.public_url)).with_(readers=self.readers)
        parts = urlsplit(signed.url)
        headers = [(name.lower().encode(), value.encode()) for name, value in signed.headers.items()]
        app: Any = _Rewritten(site.app, f"/webhooks/{provider}")
        status, _, body = await call_raw(
            app, parts.path.encode(), parts.query.encode(), headers, body_of(signed.body)
        )
        return status, body.decode()

    @property
    def kinds(self) -> list[str]:
        """What is stored, in order."""
        return [row.kind for row in self.world.rows]


# Samples, as they are ---------------------------------------------------------------------------------------


def _vonage(url: str, _kind: str, body: bytes, at: datetime) -> SignedRequest:
    told = json.loads(body)
    if "messageId" not in told:
        return vonage_token(url, body, at)
    return vonage_json(json.dumps({name: told[name] for name in told if name != "sig"}).encode(), at)


def _mailgun(_url: str, _kind: str, body: bytes, at: datetime) -> SignedRequest:
    return mailgun_event(json.dumps(json.loads(body)["event-data"]).encode(), at)


SIGN: Mapping[str, Callable[[str, str, bytes, datetime], SignedRequest]] = {
    "twilio": lambda url, _kind, body, at: twilio_form(url, body, at),
    "vonage": _vonage,
    "sendgrid": lambda _url, kind, body, at: sendgrid_post(kind, body, at),
    "postmark": lambda _url, _kind, body, at: postmark_post(body, at),
    "mailgun": _mailgun,
    "slack": lambda _url, kind, body, at: desk_post("slack", kind, body, at),
}
"""How each vendor signs: what is called, the content type, the body, and when. A sample's own signature is
replaced, since nobody but its account has the secret."""


def signed(
    sample: Read, body: str | None = None, url: str | None = None, at: datetime = RECORDED
) -> SignedRequest:
    """A sample as its vendor posts it to us, or with another body or to another address."""
    to = url or url_of(sample["provider"], **sample["query"])
    raw = (sample["body"] if body is None else body).encode()
    request = SIGN[sample["provider"]](to, sample["content_type"], raw, at)
    return evolve(request, headers={**request.headers, **sample["headers"]})


def expected(name: str, expect: Read) -> Sequence[str]:
    """What is to be stored of a sample."""
    if name in DIFFERS:
        return DIFFERS[name][0]
    events = expect.get("events", [expect.get("event")])
    return [WORDS.get(event, event) for event in events if event is not None]


async def check(name: str, sample: Read) -> None:
    """What a sample means to us is what it is said to mean, each part of it that is said."""
    house, expect = House(), dict(sample["expect"])
    status, answer = await house.post(sample["provider"], signed(sample))
    rows = house.world.rows

    assert (status, house.kinds) == (200, expected(name, expect))
    assert all(row.status is None or row.status.value == row.kind for row in rows)
    for part, wanted in expect.items():
        if part in ("event", "events", *UNCHECKED):
            continue
        if part == "action":
            assert (wanted, answer) == ("echo challenge", json.loads(sample["body"])["challenge"])
        elif part == "error_code":
            assert [row.detail for row in rows] == [wanted]
        elif part == "seq":
            assert [row.key.rpartition(":")[2] for row in rows] == [str(wanted)]
        elif part == "duplicates":
            ids = [event["sg_event_id"] for event in json.loads(sample["body"])]
            assert len(ids) - len(set(ids)) == wanted
        elif part == "provider_message_id":
            assert all(row.key.startswith(f"{sample['provider']}:{wanted}:") for row in rows)
        else:
            assert part == "dedupe", f"nobody looks at {part}"


@HAS_SAMPLES
@pytest.mark.parametrize("name", SAMPLES)
async def test_a_sample_means_what_it_is_said_to_mean(name: str) -> None:
    """It is taken, and its status, kind or answer is the expected one, or the one that `DIFFERS` gives."""
    await check(name, SAMPLES[name])


@HAS_SAMPLES
@pytest.mark.parametrize("name", SAMPLES)
async def test_a_sample_that_comes_again_adds_nothing(name: str) -> None:
    """Signed anew a minute later, with another token or nonce: the event's own id tells."""
    house, sample = House(), SAMPLES[name]
    await house.post(sample["provider"], signed(sample))
    once = house.world.rows
    status, _ = await house.post(sample["provider"], signed(sample, at=RECORDED + timedelta(minutes=1)))

    assert (status, house.world.rows) == (200, once)


@HAS_SAMPLES
@pytest.mark.parametrize("name", SAMPLES)
async def test_a_sample_that_was_changed_on_its_way_is_refused(name: str) -> None:
    """One character of the signature is another one; nothing is stored."""
    house, sample = House(), SAMPLES[name]
    good = signed(sample)
    proofs = [name for name in good.headers if "signature" in name or name == "authorization"]
    headers = {key: value[:-6] + "AAAAA=" if key in proofs else value for key, value in good.headers.items()}
    told = json.loads(good.body) if not proofs else {}
    seal = told.get("sig") or told.get("signature", {}).get("signature") or "-"
    body = good.body.replace(seal.encode(), seal[::-1].encode())
    status, _ = await house.post(sample["provider"], evolve(good, headers=headers, body=body))

    assert (headers, body) != (dict(good.headers), good.body)
    assert (status, house.world.rows, house.world.database.state.webhooks) == (403, [], {})


OTHERWISE: Mapping[str, Any] = {
    "event": "busier",
    "events": ["busier"],
    "action": "echo nothing",
    "error_code": "0",
    "seq": 99,
    "duplicates": 99,
    "provider_message_id": "SM0",
}
"""Another value for each part that is looked at."""


@HAS_SAMPLES
@pytest.mark.parametrize(
    ("name", "part"),
    [(name, part) for name, sample in SAMPLES.items() for part in sample["expect"] if part in OTHERWISE],
)
async def test_the_check_can_fail(name: str, part: str) -> None:
    """A sample that is said to mean something else, in one part of it, is found."""
    spoiled = {**SAMPLES[name]["expect"], part: OTHERWISE[part]}
    # Where we differ, what is expected counts for nothing; so it is checked under another name.
    named = "another name" if name in DIFFERS and part == "event" else name
    with pytest.raises(AssertionError):
        await check(named, {**SAMPLES[name], "expect": spoiled})


@HAS_SAMPLES
def test_every_difference_is_one() -> None:
    """What is argued for is there, and is not what the sample expects."""
    for name, (kinds, reason) in DIFFERS.items():
        assert kinds != expected("another name", SAMPLES[name]["expect"]), name
        assert reason.endswith(".")


# Samples with our correlation in them -----------------------------------------------------------------------


@frozen
class Sent:
    """A message of ours that a sample tells of.

    Args:
        key: of its attempt.
        channel: on which channel.
    """

    key: AttemptKey
    channel: Channel

    @property
    def address(self) -> str:
        """Where it went."""
        return MAILBOX if self.channel is Channel.EMAIL else PHONE


def _channel(name: str) -> Channel:
    if name.startswith(("twilio__", "vonage__")):
        return Channel.VOICE if "__voice" in name else Channel.SMS
    return Channel.EMAIL


def _is_inbound(name: str) -> bool:
    return "inbound" in name


async def _send(house: House, name: str, sample: Read) -> Sent:
    """Have a message sent to the person in the samples; whether it was taken is in doubt till they answer."""
    world, channel = house.world, _channel(name)
    await world.publish()
    enrollment = await world.enroll(phone=PHONE, email=MAILBOX)
    key = AttemptKey(enrollment, "first", 1)
    async with world.database.transaction() as tx:
        await tx.attempts.claim(
            Attempt(key, channel, sample["provider"], AttemptState.CLAIMED, world.clock())
        )
        state = AttemptState.ACCEPTED if _is_inbound(name) else AttemptState.UNKNOWN
        await tx.attempts.record(key, state, world.clock())
    return Sent(key, channel)


def _correlated(sample: Read, key: AttemptKey) -> SignedRequest:
    """A sample that tells of an attempt of ours, wherever its vendor gives the key back."""
    body = sample["body"]
    for own in ("attempt_id", "client_ref", "client-ref"):
        ours = ATTEMPT if own == "attempt_id" else own
        for between in (":", ": "):
            body = body.replace(f'"{own}"{between}"att_1"', f'"{ours}"{between}"{key}"')
    body = body.replace("<att_1@mail.example.com>", message_id(key, "mail.example.com"))
    url = None
    if sample["query"]:
        by_vendor = {
            "twilio": url_of("twilio", **{**sample["query"], ATTEMPT: str(key)}),
            "vonage": event_url(PUBLIC_URL, CallNote(str(key)), SECRET),
        }
        url = by_vendor[sample["provider"]]
    return signed(sample, body, url)


@HAS_SAMPLES
@pytest.mark.parametrize("name", [name for name in SAMPLES if SAMPLES[name]["provider"] != "slack"])
async def test_a_sample_finds_the_message_that_it_tells_of(name: str) -> None:
    """Its rows are the enrollment's, what was in doubt is settled, and who must be left alone is."""
    house, sample = House(), SAMPLES[name]
    sent, kinds = await _send(house, name, sample), expected(name, sample["expect"])
    await house.post(sample["provider"], _correlated(sample, sent.key))
    attempt = await house.world.stored(sent.key)
    statuses = [DeliveryStatus(kind) for kind in kinds if kind in set(DeliveryStatus)]
    rows = [(row.kind, row.enrollment_id, row.step, row.attempt) for row in house.world.rows]

    assert rows == [(kind, sent.key.enrollment_id, "first", 1) for kind in kinds]
    assert attempt.delivery == max(statuses, key=lambda status: status.rank, default=None)
    known = AttemptState.ACCEPTED if statuses or _is_inbound(name) else AttemptState.UNKNOWN
    assert attempt.state is known
    assert await house.world.is_suppressed(sent.channel, sent.address) is bool(SUPPRESSING & set(statuses))
    if "provider_message_id" in sample["expect"]:
        assert attempt.provider_ref == sample["expect"]["provider_message_id"]


@HAS_SAMPLES
async def test_the_sample_of_a_start_takes_back_a_stop() -> None:
    """Who was left alone after their own word may be written to again, in the same world."""
    house = House()
    for name in ("twilio__sms_inbound_stop_default_keyword", "twilio__sms_inbound_start"):
        body = SAMPLES[name]["body"].replace("SMbbb", f"SM{len(name):03}")
        await house.post("twilio", signed(SAMPLES[name], body))
        was_stopped = await house.world.is_suppressed(Channel.SMS, PHONE)

        assert was_stopped is ("stop" in name)


@HAS_SAMPLES
async def test_the_sample_of_a_press_resolves_our_handoff_where_the_button_is_ours() -> None:
    """The same press with the ids that our message has in the place of those of another app."""
    house, sample = House(), SAMPLES["slack__interactivity_block_actions"]
    await house.world.publish()
    enrollment = await house.world.enroll()
    case = Handoff(handoff_key(enrollment), enrollment, "first", "unanswered", RECORDED, "slack")
    async with house.world.database.transaction() as tx:
        await tx.handoffs.add(case)
    told = json.loads(parse_qs(sample["body"])["payload"][0])
    told["actions"][0] |= {"action_id": RESOLVE, "block_id": f"0/{mark(case.key)}"}
    status, _ = await house.post("slack", signed(sample, urlencode({"payload": json.dumps(told)})))

    assert (status, house.kinds) == (200, ["handoff_resolved"])
    assert house.world.rows[0].enrollment_id == enrollment
    assert house.world.database.state.handoffs[case.key].resolved_at is not None


# Vectors ----------------------------------------------------------------------------------------------------


@frozen
class Scheme:
    """One way to sign.

    Args:
        provider: whose callbacks are signed so.
        given: the name of the secret in a case.
        setting: the name of the same in our settings.
        another: a secret that has signed nothing.
        content_type: of the bodies, where a case does not say.
    """

    provider: str
    given: str
    setting: str
    another: str
    content_type: str = JSON

    def house(self, case: Read, secret: str | None = None) -> House:
        """Our app with a case's secret, or with another one, at the case's time."""
        settings = {self.setting: secret or case[self.given]}
        parts = urlsplit(case.get("url", PUBLIC_URL))
        return House(
            readers={self.provider: reader(self.provider, **settings)},
            now=datetime.fromtimestamp(case["now"], UTC) if "now" in case else RECORDED,
            public_url=f"{parts.scheme}://{parts.netloc}",
        )

    def request(self, case: Read) -> SignedRequest:
        """A case as it is."""
        headers = {"content-type": case.get("content_type", self.content_type), **case.get("headers", {})}
        return SignedRequest(case.get("url", url_of(self.provider)), headers, case["body"].encode())


SCHEMES: Mapping[str, Scheme] = {
    "mailgun": Scheme("mailgun", "signing_key", "signing_key", "another"),
    "sendgrid": Scheme("sendgrid", "public_key", "public_key", SendGridAccount().public_key),
    "slack": Scheme("slack", "signing_secret", "signing_secret", "another", FORM),
    "standardwebhooks": Scheme("webhook", "secret", "secret", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"),
    "twilio": Scheme("twilio", "auth_token", "auth_token", "another"),
}


@HAS_VECTORS
@pytest.mark.parametrize("name", VECTORS)
async def test_a_vector_is_accepted_or_refused_as_marked(name: str) -> None:
    """With its own secret and at its own time; what is accepted is stored, read or not, and nothing else."""
    scheme, case = SCHEMES[VECTORS[name][0]], VECTORS[name][1]
    house = scheme.house(case)
    status, _ = await house.post(scheme.provider, scheme.request(case))

    assert status in ((200, 400) if case["valid"] else (403,))
    assert len(house.world.database.state.webhooks) == case["valid"]


@HAS_VECTORS
@pytest.mark.parametrize("name", [name for name, (_, case) in VECTORS.items() if case["valid"]])
async def test_a_good_vector_is_refused_with_another_secret(name: str) -> None:
    """It is the signature that lets it in, and nothing else."""
    scheme, case = SCHEMES[VECTORS[name][0]], VECTORS[name][1]
    house = scheme.house(case, scheme.another)
    status, _ = await house.post(scheme.provider, scheme.request(case))

    assert (status, house.world.database.state.webhooks) == (403, {})


@HAS_VECTORS
async def test_a_body_that_mailgun_did_not_sign_is_refused_once_its_token_is_used() -> None:
    """The signature is right whatever the body says, as the vectors mark it; but it is good for one delivery.

    So the forged event is taken only by those who have never seen the genuine one; after that it is refused,
    and so is the genuine one after it, while a repeat of what came first is taken.
    """
    scheme = SCHEMES["mailgun"]
    genuine, forged = (case for kind, case in VECTORS.values() if kind == "mailgun" and case["valid"])
    for first, second in ((genuine, forged), (forged, genuine)):
        house = scheme.house(first)
        answers = [(await house.post("mailgun", scheme.request(case)))[0] for case in (first, first, second)]

        assert answers == [200, 200, 403]
        assert len(house.world.database.state.webhooks) == 1
