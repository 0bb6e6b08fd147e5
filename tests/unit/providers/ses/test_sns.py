"""What we ask SNS itself: certificates and confirmations, at its own addresses alone."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from adapters.providers.common.http import Timeouts
from adapters.providers.ses.callbacks import SesCallbackReader
from adapters.providers.ses.sns import FetchedKeys, SnsEndpoint
from application.errors import BadSignature, TransientFault
from application.ports.callbacks import Reading
from tests.unit.providers.ses.envelopes import (
    CERTIFICATE_URL,
    TOPIC,
    confirmation,
    fields,
    pem,
    posted,
    signed,
)

NOW = datetime.now(UTC)
MESSAGE = '{"eventType": "Open", "open": {}}'
HOST = "https://sns.eu-west-1.amazonaws.com"

Handler = Callable[[httpx.Request], httpx.Response]


class Amazon:
    """SNS, as far as we ask it; keeps what it was asked."""

    def __init__(self, answer: Handler = lambda _request: httpx.Response(200, content=pem())) -> None:
        self.asked: list[str] = []
        self.answer = answer

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        self.asked.append(str(request.url))
        return self.answer(request)

    def reader(
        self, timeouts: Timeouts | None = None, topics: tuple[str, ...] = (TOPIC,)
    ) -> SesCallbackReader:
        """A reader that asks it."""
        client = httpx.AsyncClient(transport=httpx.MockTransport(self), follow_redirects=True)
        sns = SnsEndpoint(client, timeouts or Timeouts())
        return SesCallbackReader(topics, FetchedKeys(sns), sns)


async def test_the_certificate_is_fetched_once_and_remembered() -> None:
    """Envelopes that come at once wait for one fetch, and those that follow for none."""
    amazon = Amazon()
    reader = amazon.reader()
    callback = posted(signed(fields(MESSAGE)))
    readings = await asyncio.gather(*(reader.read(callback, NOW) for _ in range(5)))
    readings.append(await reader.read(callback, NOW))

    assert [len(reading.reports) for reading in readings] == [1] * 6
    assert amazon.asked == [CERTIFICATE_URL]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem",
        "https://user@sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com:444/a.pem",
        "https://sns.amazonaws.com/a.pem",
        "https://sns.s3-us-west-2.amazonaws.com/a.pem",
        "https://sns.execute-api.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com.cn/a.pem",
        "https://sns.cn-north-1.amazonaws.com.cn/a.pem",
        "https://s3.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com/?Action=Publish&x=.pem",
        "https://sns.eu-west-1.amazonaws.com/a.pem?x=1",
        "https://sns.eu-west-1.amazonaws.com/a.pem#x",
        "https://sns.eu-west-1.amazonaws.com/../a.pem",
        "https://sns.eu-west-1.amazonaws.com/a.pem\n",
        "https://sns.eu-west-1.amazonaws.com/a.txt",
        "https://sns.evil.example\\.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1\u3002amazonaws.com/a.pem",
        "https://[::1/a.pem",
        "file:///etc/passwd",
        7,
        None,
    ],
)
async def test_a_certificate_from_elsewhere_is_refused_and_not_fetched(url: Any) -> None:
    """Whoever names their own certificate could sign anything, or have us call anybody."""
    amazon = Amazon()
    with pytest.raises(BadSignature, match="address is not one of SNS"):
        await amazon.reader().read(posted(signed(fields(MESSAGE, SigningCertURL=url))), NOW)

    assert amazon.asked == []


async def test_chinas_addresses_are_sns_too() -> None:
    """Theirs have another suffix, and serve its own topics alone."""
    topic = "arn:aws-cn:sns:cn-north-1:123456789012:drumbeat"
    url = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem"
    amazon = Amazon()
    reader = amazon.reader(topics=(topic, TOPIC))
    there = signed(fields(MESSAGE, TopicArn=topic, SigningCertURL=url))
    reading = await reader.read(posted(there), NOW)

    assert len(reading.reports) == 1
    with pytest.raises(BadSignature, match="address is not one of SNS"):
        await reader.read(posted(signed(fields(MESSAGE, SigningCertURL=url))), NOW)
    assert amazon.asked == [url]


@pytest.mark.parametrize(
    "envelope",
    [
        signed(fields(MESSAGE, TopicArn=TOPIC + "s")),
        {**signed(fields(MESSAGE)), "Type": "Anything"},
        {name: value for name, value in signed(fields(MESSAGE)).items() if name != "MessageId"},
    ],
)
async def test_nothing_is_fetched_for_what_is_refused_anyway(envelope: dict[str, Any]) -> None:
    """A stranger cannot make us call SNS without so much as the topic's name."""
    amazon = Amazon()
    with pytest.raises(BadSignature):
        await amazon.reader().read(posted(envelope), NOW)

    assert amazon.asked == []


def raising(error: Exception) -> Handler:
    def handle(_request: httpx.Request) -> httpx.Response:
        raise error

    return handle


def of_another_kind() -> bytes:
    """A certificate whose key is no RSA key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW - timedelta(1), NOW + timedelta(1))
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (raising(httpx.ConnectError("no")), TransientFault),
        (raising(httpx.ReadTimeout("no")), TransientFault),
        (raising(httpx.RemoteProtocolError("no")), TransientFault),
        (lambda _request: httpx.Response(500), TransientFault),
        (lambda _request: httpx.Response(503), TransientFault),
        (lambda _request: httpx.Response(429), TransientFault),
        (lambda _request: httpx.Response(403), TransientFault),
        (lambda _request: httpx.Response(404), BadSignature),
        (lambda _request: httpx.Response(302, headers={"location": "https://evil.example/"}), BadSignature),
        (lambda _request: httpx.Response(200, content=b"x" * 16_385), BadSignature),
        (lambda _request: httpx.Response(200, content=b"<html>"), BadSignature),
        (lambda _request: httpx.Response(200, content=b""), BadSignature),
        (lambda _request: httpx.Response(200, content=pem()[:-60]), BadSignature),
        (lambda _request: httpx.Response(200, content=of_another_kind()), BadSignature),
    ],
)
async def test_a_certificate_that_does_not_come_is_waited_for_and_a_wrong_one_is_not(
    answer: Handler, error: type[Exception]
) -> None:
    """While SNS does not answer, it must come again; what is no certificate is a bad signature."""
    amazon = Amazon(answer)
    reader = amazon.reader()
    for _ in range(2):
        with pytest.raises(error):
            await reader.read(posted(signed(fields(MESSAGE))), NOW)

    assert amazon.asked == [CERTIFICATE_URL] * 2


@pytest.mark.parametrize("at", [NOW - timedelta(days=3), NOW + timedelta(days=400)])
async def test_a_certificate_is_good_for_its_own_time_alone(at: datetime) -> None:
    """Before and after that it verifies nothing."""
    with pytest.raises(BadSignature, match="not valid at this time"):
        await Amazon().reader().read(posted(signed(fields(MESSAGE))), at)


async def test_only_some_certificates_are_remembered() -> None:
    """Nine others make the first one forgotten, so that made-up names fill no memory."""
    amazon = Amazon()
    reader = amazon.reader()
    urls = [f"{HOST}/SimpleNotificationService-{nth}.pem" for nth in range(9)]
    for url in [*urls, urls[8], urls[0]]:
        await reader.read(posted(signed(fields(MESSAGE, SigningCertURL=url))), NOW)

    assert amazon.asked == [*urls, urls[0]]


async def test_a_subscription_to_our_topic_is_confirmed() -> None:
    """The address that SNS names is called once, and that is all."""
    amazon = Amazon()
    envelope = confirmation()
    reading = await amazon.reader().read(posted(signed(envelope)), NOW)

    assert reading == Reading()
    assert amazon.asked == [CERTIFICATE_URL, envelope["SubscribeURL"]]


QUESTION = f"Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37"


@pytest.mark.parametrize(
    "url",
    [
        f"https://evil.example/?{QUESTION}",
        f"https://sns.us-east-1.amazonaws.com/?{QUESTION}",
        f"https://sns.s3-us-west-2.amazonaws.com/?{QUESTION}",
        f"https://sns.eu-west-1.amazonaws.com.cn/?{QUESTION}",
        f"http://sns.eu-west-1.amazonaws.com/?{QUESTION}",
        f"https://sns.eu-west-1.amazonaws.com:444/?{QUESTION}",
        f"https://user@sns.eu-west-1.amazonaws.com/?{QUESTION}",
        f"{HOST}/path?{QUESTION}",
        f"{HOST}/?{QUESTION}&Action=DeleteTopic",
        f"{HOST}/?{QUESTION}&More=1",
        f"{HOST}/?{QUESTION.replace('Confirm', 'Delete')}",
        f"{HOST}/?{QUESTION}0",
        f"{HOST}/",
        "https://[::1/",
        f"{HOST}\u00e9/?{QUESTION}",
    ],
)
async def test_nothing_but_a_confirmation_of_this_subscription_is_called(url: str) -> None:
    """Even where it is signed."""
    amazon = Amazon()
    with pytest.raises(BadSignature, match="address to confirm"):
        await amazon.reader().read(posted(signed(confirmation(SubscribeURL=url))), NOW)

    assert amazon.asked == [CERTIFICATE_URL]


@pytest.mark.parametrize(
    "changes",
    [
        {"SubscribeURL": f"\x00{HOST}/?{QUESTION}"},
        {"SubscribeURL": f"{HOST}/?{QUESTION}{'0' * 70_000}", "Token": f"2336412f37{'0' * 70_000}"},
    ],
    ids=["a control character", "too long"],
)
async def test_an_address_that_nobody_can_call_is_refused(changes: dict[str, str]) -> None:
    """To ask for another try would be in vain."""
    amazon = Amazon()
    with pytest.raises(BadSignature, match="can be called"):
        await amazon.reader().read(posted(signed(confirmation(**changes))), NOW)

    assert amazon.asked == [CERTIFICATE_URL]


async def test_a_subscription_that_cannot_be_confirmed_now_is_asked_about_again() -> None:
    """SNS repeats its question where we do not answer with a success."""

    def answer(request: httpx.Request) -> httpx.Response:
        return (
            httpx.Response(200, content=pem()) if request.url.path.endswith(".pem") else httpx.Response(500)
        )

    with pytest.raises(TransientFault, match="HTTP 500"):
        await Amazon(answer).reader().read(posted(signed(confirmation())), NOW)


async def test_a_subscription_that_sns_did_not_sign_is_not_confirmed() -> None:
    """Nobody else can subscribe us."""
    amazon = Amazon()
    with pytest.raises(BadSignature):
        await amazon.reader().read(posted({**signed(confirmation()), "Token": "x"}), NOW)

    assert amazon.asked == [CERTIFICATE_URL]
