"""The parts of the sandbox's faults that need no vendor: what goes how often, in whose name, and when."""

import asyncio
from collections import Counter

import httpx
import pytest
from fastapi import FastAPI

from adapters.providers.sandbox.answering import Answering, Fate, fate
from adapters.providers.sandbox.callbacks import Courier, Delivery
from adapters.providers.sandbox.faults import FAULTS, NOT_HAD, CallsBack
from adapters.providers.sandbox.ledger import Ledger
from adapters.providers.sandbox.people import PERSONAS
from adapters.providers.sandbox.rounds import MOST_REPEATS, mixed, repeated, scrambled
from adapters.providers.sandbox.strangers import Strangers
from adapters.providers.sandbox.telling import Kind, Telling, forged, stray
from adapters.providers.sandbox.wire import with_query

URL = "http://127.0.0.1:9/webhooks/twilio?attempt=e%3As%3A1"


def delivery(body: bytes, kind: Kind = Kind.GENUINE, copies: int = 1) -> Delivery:
    return Delivery("twilio", ["sent"], URL, {}, body, 0.0, (0.0,), attempt="e:s:1", kind=kind, copies=copies)


MESSAGES = [delivery(body) for body in (b"a", b"b", b"c")]


def test_repeats_go_up_to_fifty_times_and_some_of_them_at_one_moment() -> None:
    """The seed decides how often; every number from 2 to 50 can be, and no other."""
    times = Counter[int]()
    for seed in map(str, range(400)):
        going = repeated(MESSAGES, seed)
        assert [going[0].body, going[-1].body] == [b"a", b"c"], "in their order"
        for message in MESSAGES:
            copies = [each.copies for each in going if each.body == message.body]
            assert max(copies) >= 2
            times[sum(copies)] += 1

    assert times.keys() == set(range(2, MOST_REPEATS + 1))
    assert repeated(MESSAGES, "one") == repeated(MESSAGES, "one") != repeated(MESSAGES, "other")


def test_scrambled_ones_go_twice_or_thrice_in_another_order() -> None:
    """All of them, the same for the same seed."""
    orders = {tuple(each.body for each in scrambled(MESSAGES, seed)) for seed in map(str, range(30))}

    assert len(orders) > 10
    assert all(set(Counter(order).values()) <= {2, 3} and len(set(order)) == 3 for order in orders)


def test_others_go_among_the_genuine_ones_and_no_order_is_changed() -> None:
    """Before and after them, as the seed decides."""
    others = [delivery(body, Kind.STRAY) for body in (b"x", b"y")]
    orders = ["".join(each.body.decode() for each in mixed(MESSAGES, others, str(n))) for n in range(50)]

    assert {"".join(sorted(order, key="abc".find)) for order in orders} == {"xyabc"}
    assert all(order.index("x") < order.index("y") for order in orders)
    assert len(set(orders)) == 4


@pytest.mark.parametrize("channel", ["sms", "email", "voice"])
@pytest.mark.parametrize("persona", PERSONAS)
def test_what_is_forged_has_not_happened(persona: str, channel: str) -> None:
    """Or the forged body could be the genuine one; something remains to be forged for everybody."""
    told = PERSONAS[persona]
    happened = {"sms": told.sms, "email": told.email, "voice": told.voice[-1]}[channel]
    made_up = forged(Telling("e:s:1", happened), channel)

    assert made_up.reaction
    assert set(made_up.reaction).isdisjoint(happened)
    assert (made_up.attempt, made_up.kind) == ("e:s:1", Kind.FORGED)


def test_only_the_forger_signs_with_another_secret() -> None:
    """A stray callback comes from the vendor; what people write themselves is not said of a stranger."""
    genuine = Telling("e:s:1", ("sent", "delivered", "received:STOP"))
    astray = stray(genuine, "f:s:1")

    assert astray == Telling("f:s:1", ["sent", "delivered"], Kind.STRAY)
    assert genuine.secret("own") == astray.secret("own") == "own"
    assert forged(genuine, "sms").secret("own") != "own"


def test_a_stranger_is_whoever_was_named_or_nobody_at_all() -> None:
    """Of the others it is the same step and attempt of an enrollment that there is not, always the same."""
    strangers = Strangers("seed")
    strangers.name({"e:s:1": "f:t:2"})
    nobody = strangers.of("e:s:2")

    assert strangers.of("e:s:1") == "f:t:2"
    assert nobody.endswith(":s:2")
    assert not nobody.startswith("e:")
    assert nobody == Strangers("seed").of("e:s:2") != Strangers("other").of("e:s:2")
    assert strangers.of("a handoff") == "a handoff"


@pytest.mark.parametrize(
    ("url", "value", "expected"),
    [
        ("http://a/b?attempt=e%3As%3A1&amd=1", "f:s:1", "http://a/b?attempt=f%3As%3A1&amd=1"),
        ("http://a/b?attempt=e:s:1", "e:s:1", "http://a/b?attempt=e:s:1"),
        ("http://a/b?attempt=e:s:1", None, "http://a/b?attempt=e:s:1"),
        ("http://a/b?other=", "f:s:1", "http://a/b?other="),
        ("http://a/b", "f:s:1", "http://a/b"),
    ],
)
def test_a_parameter_that_is_not_there_is_not_put_there(url: str, value: str | None, expected: str) -> None:
    """And an address that stays the same stays so to the letter, since it is signed."""
    assert with_query(url, "attempt", value) == expected


def test_nothing_comes_back_from_a_mail_server() -> None:
    """Just the faults of callbacks cannot be had there."""
    assert NOT_HAD["smtp"] == {
        name for name, fault in FAULTS.items() if fault.calls_back is not CallsBack.USUALLY
    }


async def test_copies_go_at_the_same_moment_and_are_one_row() -> None:
    """The second is under way before the first has its answer; the ledger counts both."""
    both = asyncio.Barrier(2)

    async def answer(_request: httpx.Request) -> httpx.Response:
        async with asyncio.timeout(5):
            await both.wait()
        return httpx.Response(204)

    ledger = Ledger()
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        courier = Courier(client, ledger, 1.0)
        await asyncio.wait_for(courier.dispatch([delivery(b"a", copies=2)]).wait(), 10)
        await courier.close()
    page = ledger.page(courier.pending)

    [row] = page["deliveries"]
    assert (row["tries"], row["status"], row["acknowledged"]) == (2, 204, True)
    assert page["callbacks"]["pending"] == 0


@pytest.mark.parametrize(
    ("kind", "tries", "given_up"), [(Kind.GENUINE, 2, 1), (Kind.STRAY, 2, 1), (Kind.FORGED, 1, 0)]
)
async def test_a_forger_tries_once_and_counts_for_nobody(kind: Kind, tries: int, given_up: int) -> None:
    """A vendor comes again, and its callback is given up in the end; neither was acknowledged."""
    ledger = Ledger()
    transport = httpx.MockTransport(lambda _request: httpx.Response(403))
    async with httpx.AsyncClient(transport=transport) as client:
        courier = Courier(client, ledger, 1.0)
        taken = courier.dispatch([delivery(b"a", kind)])
        while courier.pending:  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0)
        await courier.close()
    page = ledger.page(courier.pending)

    [row] = page["deliveries"]
    assert (row["kind"], row["tries"], row["status"], row["acknowledged"]) == (kind.value, tries, 403, False)
    assert page["callbacks"]["given_up"] == given_up
    assert not taken.is_set()


def test_what_is_on_its_way_is_in_the_ledger() -> None:
    """Before its first try, under the key of its body and target, with nothing personal."""
    ledger = Ledger()
    ledger.telling(delivery(b"To=%2B12025550101").told())
    [row] = ledger.page(1)["deliveries"]

    assert row.pop("key") == delivery(b"To=%2B12025550101").told().key
    assert row == {
        "provider": "twilio",
        "attempt": "e:s:1",
        "event": "sent",
        "kind": "genuine",
        "tries": 0,
        "status": None,
        "acknowledged": False,
    }


async def test_an_answer_that_nothing_precedes_goes_out_in_the_end() -> None:
    """And the fault was not met."""
    told, met = Fate(), list[str]()
    told.come_after(asyncio.Event(), 0.01, lambda: met.append("early"))
    await told.wait()

    assert met == []


async def test_a_server_that_cannot_cut_says_so() -> None:
    """No answer goes out in place of a cut."""
    app = FastAPI()
    app.add_middleware(Answering)

    @app.get("/")
    async def root() -> None:
        fate().cut = True

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a") as client:
        with pytest.raises(RuntimeError, match="CuttableProtocol"):
            await client.get("/")
