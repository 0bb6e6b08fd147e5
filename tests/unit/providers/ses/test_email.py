"""The adapter for Amazon SES over a mocked transport: shape, signature, classification."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from attrs import evolve
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.providers.common.http import Timeouts
from adapters.providers.common.sender import Sender
from adapters.providers.ses.aws import AwsKeys, signer
from adapters.providers.ses.email import SesEmailProvider
from adapters.providers.ses.tags import key_text_of, tag_of
from application.errors import ApplicationError, OutcomeUnknown, TransientFault
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage, Refused
from domain.idempotency import AttemptKey
from domain.statuses import Channel

TO = "ana@example.com"
KEY = AttemptKey("7b1b2f", "mail", 1)
MESSAGE = OutboundMessage(KEY, TO, Content("Hi Ana", "Téa?", "<p>Hi Ana</p>"))
KEYS = AwsKeys("AKIAEXAMPLE", "s3cret", "t0ken")

Handler = Callable[[httpx.Request], httpx.Response]


def email_over(handler: Handler, **changes: Any) -> SesEmailProvider:
    region = changes.get("region", "eu-west-1")
    given: dict[str, Any] = {
        "client": httpx.AsyncClient(transport=httpx.MockTransport(handler)),
        "signer": signer(region, KEYS, Timeouts()),
        "region": region,
        "sender": Sender("hello@example.com"),
    }
    return SesEmailProvider(**{**given, **changes})


def answering(status: int, json: Any = None, **headers: str) -> Handler:
    return lambda _request: httpx.Response(
        status, json=json, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


async def request_of(message: OutboundMessage = MESSAGE, **changes: Any) -> httpx.Request:
    """The one request by which a message is sent."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"MessageId": "0100-1"})

    assert await email_over(handle, **changes).send(message) == Accepted("0100-1")
    [request] = seen
    return request


def assert_right(body: dict[str, Any]) -> None:
    """See to it that a body is what Amazon's own model of SendEmail takes."""
    model = ServiceModel(Loader().load_service_model("sesv2", "service-2"))
    shape = model.operation_model("SendEmail").input_shape
    assert ParamValidator().validate(body, shape).generate_report() == ""


async def test_an_email_is_one_signed_json_post_with_its_key_as_a_tag() -> None:
    """The request is what Amazon's model of SendEmail takes, and the attempt key is an e-mail tag."""
    request = await request_of(sender=Sender("hello@example.com", "Tea, House"), configuration_set="events")
    body = json.loads(request.content)

    assert str(request.url) == "https://email.eu-west-1.amazonaws.com/v2/email/outbound-emails"
    assert body == {
        "FromEmailAddress": '"Tea, House" <hello@example.com>',
        "Destination": {"ToAddresses": [TO]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Téa?", "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": "Hi Ana", "Charset": "UTF-8"},
                    "Html": {"Data": "<p>Hi Ana</p>", "Charset": "UTF-8"},
                },
            }
        },
        "EmailTags": [{"Name": "attempt", "Value": tag_of(KEY)}],
        "ConfigurationSetName": "events",
    }
    assert_right(body)


async def test_the_signature_is_that_of_botocore_for_the_bytes_on_the_wire() -> None:
    """What arrives verifies again, over its own body, for the region and with the session's token."""
    request = await request_of()
    again = AWSRequest(request.method, str(request.url), data=request.content)
    for name in ("Content-Type", "X-Amz-Date", "X-Amz-Security-Token"):
        again.headers[name] = request.headers[name]
    again.context["timestamp"] = request.headers["x-amz-date"]
    check = SigV4Auth(Credentials(KEYS.access_key_id, KEYS.secret_access_key, "t0ken"), "ses", "eu-west-1")
    right = check.signature(check.string_to_sign(again, check.canonical_request(again)), again)

    assert request.headers["x-amz-security-token"] == "t0ken"
    assert "/eu-west-1/ses/aws4_request" in request.headers["authorization"]
    assert request.headers["authorization"].endswith(f"Signature={right}")


async def test_replies_and_unsubscriptions_have_a_place_to_go() -> None:
    """Replies go to the address given, and so does a mail program's unsubscription by STOP."""
    body = json.loads((await request_of(reply_to="in@example.com")).content)

    assert body["ReplyToAddresses"] == ["in@example.com"]
    assert body["Content"]["Simple"]["Headers"] == [
        {"Name": "List-Unsubscribe", "Value": "<mailto:in@example.com?subject=STOP>"}
    ]
    assert_right(body)


async def test_one_click_opts_out_where_there_is_a_link() -> None:
    """The link stands before the address for STOP, and one POST to it is enough (RFC 8058)."""
    message = evolve(MESSAGE, unsubscribe_url="https://d.example.com/u/t")
    body = json.loads((await request_of(message, reply_to="in@example.com")).content)

    assert body["Content"]["Simple"]["Headers"] == [
        {
            "Name": "List-Unsubscribe",
            "Value": "<https://d.example.com/u/t>, <mailto:in@example.com?subject=STOP>",
        },
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]
    assert_right(body)


@pytest.mark.parametrize(
    ("topic", "options"),
    [
        ("", {"ContactListName": "guests"}),
        ("tea", {"ContactListName": "guests", "TopicName": "tea"}),
    ],
)
async def test_with_a_contact_list_ses_keeps_the_unsubscriptions(topic: str, options: dict[str, str]) -> None:
    """SES adds its own links, so there is no header of ours."""
    changes = {"contact_list": "guests", "contact_list_topic": topic, "reply_to": "in@example.com"}
    message = evolve(MESSAGE, unsubscribe_url="https://d.example.com/u/t")
    body = json.loads((await request_of(message, **changes)).content)

    assert body["ListManagementOptions"] == options
    assert "Headers" not in body["Content"]["Simple"]
    assert_right(body)


async def test_an_email_without_html_has_one_part() -> None:
    """Plain text alone is sent alone, and without a session there is no token."""
    client_signer = signer("eu-west-1", evolve(KEYS, session_token=""), Timeouts())
    plain = OutboundMessage(KEY, TO, Content("Hi", "Tea?"))
    request = await request_of(plain, signer=client_signer)

    assert list(json.loads(request.content)["Content"]["Simple"]["Body"]) == ["Text"]
    assert "x-amz-security-token" not in request.headers


@pytest.mark.parametrize(
    ("region", "base_url", "host"),
    [
        ("us-east-1", "", "email.us-east-1.amazonaws.com"),
        ("cn-north-1", "", "email.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "", "email.us-gov-west-1.amazonaws.com"),
        ("us-east-1", "https://vpce-1.example.com/", "vpce-1.example.com"),
    ],
)
async def test_a_region_has_an_endpoint(region: str, base_url: str, host: str) -> None:
    """China's has another suffix, and a private one can be named."""
    assert (await request_of(region=region, base_url=base_url)).url.host == host


@pytest.mark.parametrize("region", ["", "moon", "eu-west-1.evil.example", "EU-WEST-1", "eu_west_1/"])
def test_what_is_no_region_is_refused_at_once(region: str) -> None:
    """It would become a part of the host's name."""
    with pytest.raises(ValueError, match="region must be"):
        email_over(answering(200), region=region)


@pytest.mark.parametrize(
    "reply_to", ["Ana", "a@example.com, b@example.com", "a@example.com\r\nBcc: b@example.com"]
)
def test_replies_go_to_one_plain_address(reply_to: str) -> None:
    """Anything else is a wrong setting."""
    with pytest.raises(ValueError, match="reply_to must be"):
        email_over(answering(200), reply_to=reply_to)


@pytest.mark.parametrize(
    ("handler", "fault"),
    [
        (answering(200), OutcomeUnknown),
        (answering(200, {"MessageId": [7]}), OutcomeUnknown),
        (answering(200, {"MessageId": ""}), OutcomeUnknown),
        (answering(200, ["no", "object"]), OutcomeUnknown),
        (answering(403, None, x_amzn_errortype="InvalidSignatureException:http://x/"), TransientFault),
        (answering(401), TransientFault),
        (answering(429, None, x_amzn_errortype="TooManyRequestsException"), TransientFault),
        (answering(503), TransientFault),
        (answering(500), OutcomeUnknown),
        (answering(502), OutcomeUnknown),
        (answering(400, None, x_amzn_errortype="SendingPausedException:"), TransientFault),
        (answering(400, None, x_amzn_errortype="AccountSuspendedException:"), TransientFault),
        (answering(400, None, x_amzn_errortype="MailFromDomainNotVerifiedException:"), TransientFault),
        (answering(400, None, x_amzn_errortype="LimitExceededException"), TransientFault),
        (answering(404, None, x_amzn_errortype="NotFoundException"), TransientFault),
        (answering(400, {"__type": "ThrottlingException", "message": "Rate exceeded"}), TransientFault),
        (answering(400, {"__type": "com.amazon.coral.service#RequestExpired"}), TransientFault),
        (answering(400, {"code": "IncompleteSignature"}), TransientFault),
    ],
)
async def test_faults_say_whether_the_email_may_be_sent_again(
    handler: Handler, fault: type[ApplicationError]
) -> None:
    """What is about the account or the moment is transient; an acceptance that names nothing is unknown."""
    with pytest.raises(fault) as caught:
        await email_over(handler).send(MESSAGE)

    assert TO not in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (
            answering(400, {"message": f"no {TO}"}, x_amzn_errortype="MessageRejected:http://x/"),
            "MessageRejected",
        ),
        (
            answering(400, {"message": f"no {TO}"}, x_amzn_errortype="BadRequestException"),
            "BadRequestException",
        ),
        (answering(400, {"__type": "com.amazonaws.sesv2#MessageRejected"}), "MessageRejected"),
        (answering(400, {"__type": "SomethingNew"}), "SomethingNew"),
        (answering(400, {"__type": f"no {TO}"}), ""),
        (answering(400, {"__type": ["MessageRejected"]}), ""),
        (answering(400, "bad"), ""),
        (answering(400), ""),
    ],
)
async def test_a_refusal_names_the_error_and_never_quotes_the_vendor(handler: Handler, reason: str) -> None:
    """A 4xx about the message is permanent, and suppresses nobody."""
    assert await email_over(handler).send(MESSAGE) == Refused(f"HTTP 400 {reason}".rstrip())


async def test_the_adapter_keeps_its_secret_and_says_what_it_cannot_do() -> None:
    """No repr shows a credential, the port is met, and nothing can be looked up."""
    provider: MessageProvider = email_over(answering(200))

    assert "s3cret" not in repr(provider) + repr(KEYS)
    assert "t0ken" not in repr(provider) + repr(KEYS)
    assert (provider.name, provider.channel) == ("ses", Channel.EMAIL)
    assert (provider.honours_key, provider.can_look_up) == (False, False)
    assert await provider.find(MESSAGE) is None


KEY_PARTS = st.text(st.characters(exclude_categories=["C"], exclude_characters=":"), min_size=1, max_size=15)


@settings(deadline=None)  # the machine may be busy
@given(st.builds(AttemptKey, KEY_PARTS, KEY_PARTS, st.integers(1, 999_999_999)))
def test_a_key_comes_back_out_of_its_tag(key: AttemptKey) -> None:
    """A tag has the few characters that are allowed, and says the same afterwards."""
    tag = tag_of(key)

    assert tag.replace("-", "").replace("_", "").isalnum()
    assert tag.isascii()
    assert len(tag) <= 256
    assert key_text_of(tag) == str(key)


def test_the_longest_key_fits_into_a_tag() -> None:
    """An enrollment's id and a step's key have 36 and 40 characters at most."""
    assert len(tag_of(AttemptKey("e" * 36, "s" * 40, 999_999_999))) <= 256


@settings(deadline=None)  # the machine may be busy
@given(st.none() | st.integers() | st.text() | st.text("AZaz09-_", max_size=300))
def test_any_tag_is_a_text_or_none(value: object) -> None:
    """Nothing raises, whatever came."""
    assert isinstance(key_text_of(value), str | None)
