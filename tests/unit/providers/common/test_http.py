"""Every provider's way to the wire: how much of an answer is read, and what goes along with a request."""

import gzip
import zlib
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from attrs import define, field

from adapters.providers.common.answers import LARGEST_ANSWER
from adapters.providers.common.http import Timeouts, Wire, reference
from application.errors import ApplicationError, OutcomeUnknown, TransientFault

URL = "https://api.example.com/messages"
PIECE = 65_536


@define
class Body:
    """A body that comes piece by piece, and knows how much of it was taken.

    Args:
        piece: each of them.
        pieces: how many.
    """

    piece: bytes
    pieces: int
    taken: int = field(default=0, init=False)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.taken < self.pieces:
            self.taken += 1
            yield self.piece


Handler = Callable[[httpx.Request], httpx.Response]


def wire_over(handler: Handler) -> Wire:
    return Wire(httpx.AsyncClient(transport=httpx.MockTransport(handler)), "vendor", "sms", Timeouts())


def answering(status: int, body: Body, coding: str = "identity") -> Wire:
    return wire_over(
        lambda _request: httpx.Response(status, headers={"Content-Encoding": coding}, content=body)
    )


@pytest.mark.parametrize("status", [200, 201, 400, 404])
async def test_an_answer_that_does_not_end_is_not_read_to_its_end(status: int) -> None:
    """Beyond the limit nothing is taken: a message is in doubt, a question can be asked again."""
    posted, asked = Body(b" " * PIECE, 10_000), Body(b" " * PIECE, 10_000)
    with pytest.raises(OutcomeUnknown, match=f"HTTP {status}, too much to read"):
        await answering(status, posted).post(URL, json={})
    with pytest.raises(TransientFault, match=f"HTTP {status}, too much to read"):
        await answering(status, asked).get(URL)

    assert posted.taken == asked.taken == LARGEST_ANSWER // PIECE + 1


async def test_an_answer_as_long_as_may_be_is_read() -> None:
    """The limit itself is not beyond it."""
    response = await answering(200, Body(b" " * PIECE, LARGEST_ANSWER // PIECE)).post(URL, json={})

    assert len(response.content) == LARGEST_ANSWER


@pytest.mark.parametrize(
    ("status", "fault"),
    [(503, TransientFault), (401, TransientFault), (302, TransientFault), (500, OutcomeUnknown)],
)
async def test_a_status_that_says_it_all_needs_no_body(status: int, fault: type[ApplicationError]) -> None:
    """However long the body is, it is not taken."""
    body = Body(b" " * PIECE, 10_000)
    with pytest.raises(fault, match=f"HTTP {status}"):
        await answering(status, body).post(URL, json={})

    assert body.taken == 0


async def test_a_small_answer_that_becomes_large_is_not_read() -> None:
    """What counts is the length after decompression."""
    body = Body(gzip.compress(bytes(3 * LARGEST_ANSWER)), 1)
    with pytest.raises(OutcomeUnknown, match="too much to read"):
        await answering(200, body, "gzip").post(URL, json={})


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "GZIP,deflate"])
async def test_a_coding_that_knows_no_limit_is_not_decompressed(coding: str) -> None:
    """Nobody has asked for it."""
    body = Body(b"x", 1)
    with pytest.raises(OutcomeUnknown, match="too much to read"):
        await answering(200, body, coding).post(URL, json={})

    assert body.taken == 0


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_compressed_answer_is_read_although_none_was_asked_for(
    coding: str, pack: Callable[[bytes], bytes]
) -> None:
    """We ask for none; a vendor may do it all the same, and has taken the message."""
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["accept-encoding"])
        body = Body(pack(b'{"sid": "SM1"}'), 1)
        return httpx.Response(
            201, headers=[(b"Content-Encoding", coding.encode()), (b"X-Name", b"\xe4")], content=body
        )

    response = await wire_over(handle).post(URL, json={})

    assert response.json() == {"sid": "SM1"}
    assert response.headers["x-name"] == "\u00e4"
    assert asked == ["identity"]


async def test_a_compressed_answer_that_breaks_off_is_unknown() -> None:
    """What cannot be decompressed tells nothing."""
    with pytest.raises(OutcomeUnknown, match="DecodingError"):
        await answering(201, Body(b"no gzip", 1), "gzip").post(URL, json={})


async def test_no_cookie_goes_from_one_call_to_another() -> None:
    """One client serves all vendors and all messages; nothing ties one call to the next."""
    sent: list[str | None] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers.get("cookie"))
        return httpx.Response(200, json={}, headers={"Set-Cookie": "session=abc; Path=/"})

    wire = wire_over(handle)
    await wire.post(URL, json={})
    await wire.get(URL)
    await wire.post("https://sub.api.example.com/", json={})

    assert sent == [None] * 3


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_a_redirect_is_not_followed_and_took_nothing(status: int) -> None:
    """A person can mend the base URL; until then neither messages nor credentials go elsewhere."""
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(status, headers={"Location": "https://elsewhere.example.com/"})

    with pytest.raises(TransientFault, match=f"HTTP {status}, not followed"):
        await wire_over(handle).post(URL, json={})
    with pytest.raises(TransientFault, match=f"HTTP {status}, not followed"):
        await wire_over(handle).get(URL)

    assert asked == [URL, URL]


@pytest.mark.parametrize(("value", "ref"), [("SM1", "SM1"), (35436, "35436")])
def test_a_reference_is_a_text_or_a_number(value: object, ref: str) -> None:
    """Some vendors number what they take."""
    assert reference("vendor", value) == ref


@pytest.mark.parametrize("value", [None, "", True, 1.5, [], {}, "a\nb", "x" * 201])
def test_success_without_a_reference_is_unknown(value: object) -> None:
    """It says that something was taken, and not what."""
    with pytest.raises(OutcomeUnknown, match="vendor: an answer of success that names nothing"):
        reference("vendor", value)
