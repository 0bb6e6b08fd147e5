"""Amazon SES: our adapter and reader against its counterpart in the sandbox, and against moto."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from attrs import evolve
from botocore.awsrequest import AWSPreparedRequest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.botocore_stubber import BotocoreStubber
from moto.sesv2.models import sesv2_backends

from adapters.providers.common.vendor import Wiring
from adapters.providers.sandbox.app import create_app
from adapters.providers.sandbox.keys import new_key_pair
from adapters.providers.sandbox.people import PERSONAS
from adapters.providers.sandbox.ses import SNS_PRIVATE_KEY
from adapters.providers.sandbox.settings import SandboxSettings
from adapters.providers.ses.email import SesEmailProvider
from adapters.providers.ses.vendor import SES, SesSettings
from application.environment import WrongSetting
from application.errors import OutcomeUnknown, TransientFault
from application.ports.callbacks import StatusReport
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage, Refused
from application.send_message import SendStatus
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.sandbox import TIMEOUTS, RunningSandbox, running_sandbox
from tests.fakes.serving import cut_before_answer
from tests.unit.application.world import World

TO = "ana@example.com"
CONTENT = Content("Hi Ana", "Téa?", "<p>Hi Ana</p>")


def mail(key: str, content: Content = CONTENT, to: str = TO) -> OutboundMessage:
    return OutboundMessage(AttemptKey(key, "mail", 1), to, content)


def ses(sandbox: RunningSandbox, **changes: Any) -> MessageProvider:
    return sandbox.provider("ses", Channel.EMAIL, **changes)


def reports(sandbox: RunningSandbox, key: str) -> list[StatusReport]:
    """What we were told about an attempt, in the order in which it came."""
    told = [report for report in sandbox.receiver.reports if isinstance(report, StatusReport)]
    return [report for report in told if report.attempt_key == f"{key}:mail:1"]


def taken(page: dict[str, Any], *keys: str) -> list[dict[str, Any]]:
    """The rows of the ledger about some attempts."""
    return [row for row in page["accepted"] if row["attempt"] in [f"{key}:mail:1" for key in keys]]


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(vendors=["ses"], refusals=1, hold_seconds=20.0) as running:
        yield running


async def test_the_sandbox_takes_refuses_and_loses_the_line_as_ses_does(sandbox: RunningSandbox) -> None:
    """Taken once; a wrong secret waits; no text is refused; a cut line is unknown and in the books once."""
    async with cut_before_answer(sandbox.url) as cut:
        accepted = await ses(sandbox).send(mail("right"))
        refused = await ses(sandbox).send(mail("empty", Content("", "Tea?")))
        with pytest.raises(TransientFault, match="credentials"):
            await ses(sandbox, secret_access_key="wrong").send(mail("wrong"))
        with pytest.raises(TransientFault, match="credentials"):
            await ses(sandbox, region="eu-west-1").send(mail("elsewhere"))
        with pytest.raises(OutcomeUnknown):
            await ses(sandbox, base_url=cut).send(mail("cut"))
        rows = taken(await sandbox.ledger(), "right", "empty", "wrong", "elsewhere", "cut")

    assert refused == Refused("HTTP 400 BadRequestException")
    assert [row["attempt"] for row in rows] == ["right:mail:1", "cut:mail:1"]
    assert accepted == Accepted(rows[0]["provider_ref"])


async def test_an_attempt_in_doubt_is_not_sent_again_when_its_activity_is_repeated(
    sandbox: RunningSandbox,
) -> None:
    """The line is cut after SES took it: the attempt is unknown, and stays the only one at SES."""
    world = World()
    await world.publish()
    key = AttemptKey(await world.enroll(email=TO), "mail", 1)
    async with cut_before_answer(sandbox.url) as cut:
        send = evolve(world.send, providers={Channel.EMAIL: [ses(sandbox, base_url=cut)]})
        first = await send(key, Channel.EMAIL)
        again = await evolve(send, providers={Channel.EMAIL: [ses(sandbox)]})(key, Channel.EMAIL)

    assert (first.status, again.status) == (SendStatus.UNKNOWN, SendStatus.UNKNOWN)
    assert len(taken(await sandbox.ledger(), key.enrollment_id)) == 1


_READ = ["sent", "delivered", "opened"]
_TOLD: Mapping[str, list[str]] = {
    "replies": [*_READ, "clicked"],
    "clicks": [*_READ, "clicked"],
    "opens": _READ,
    "writes_back": _READ,
    "stops": ["sent", "delivered", "opted_out"],
    "bounces": ["sent", "bounced"],
    "complains": ["sent", "delivered", "complained"],
    "opted_out_before": ["sent", "bounced"],
}


@pytest.mark.parametrize("persona", PERSONAS)
async def test_each_persona_reacts_with_signed_envelopes(sandbox: RunningSandbox, persona: str) -> None:
    """What our reader makes of the verified envelopes is what the persona does, and names the e-mail."""
    address = f"{persona}@example.com"
    await sandbox.people(**{address: persona})
    accepted = await ses(sandbox).send(mail(persona, to=address))
    await sandbox.settled()

    assert [told.status.value for told in reports(sandbox, persona)] == _TOLD.get(persona, _READ[:2])
    assert {Accepted(str(told.provider_ref)) for told in reports(sandbox, persona)} == {accepted}


async def test_events_that_come_twice_and_in_any_order_have_the_same_ids(sandbox: RunningSandbox) -> None:
    """A repeated delivery is recognised by SNS's MessageId."""
    address = "scrambled@example.com"
    await sandbox.people(**{address: "clicks"})
    await sandbox.faults(**{address: "scrambles"})
    await ses(sandbox).send(mail("scrambled", to=address))
    await sandbox.settled()

    told = reports(sandbox, "scrambled")
    ids = {report.event_id: report.status.value for report in told}
    assert len(told) > len(ids)
    assert sorted(ids.values()) == ["clicked", "delivered", "opened", "sent"]


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ("rate_limited", TransientFault, "HTTP 429"),
        ("unavailable", TransientFault, "HTTP 503"),
        ("server_error", OutcomeUnknown, "HTTP 500"),
        ("hangs", OutcomeUnknown, "ReadTimeout"),
    ],
)
async def test_faults_come_as_ses_has_them(
    sandbox: RunningSandbox, fault: str, error: type[Exception], says: str
) -> None:
    """What was refused is not in the books; what failed or hung after it was taken is, and calls back."""
    address = f"{fault}@example.com"
    await sandbox.faults(**{address: fault})
    await sandbox.people(**{address: "opens"})
    with pytest.raises(error, match=says):
        await ses(sandbox.impatient(0.3)).send(mail(fault, to=address))
    page = await sandbox.settled()

    assert len(taken(page, fault)) == (1 if error is OutcomeUnknown else 0)
    assert [told.status.value for told in reports(sandbox, fault)] == (
        _READ if error is OutcomeUnknown else []
    )


async def test_without_a_configuration_set_nothing_comes_back(sandbox: RunningSandbox) -> None:
    """SES publishes events for configuration sets alone."""
    await ses(sandbox, configuration_set="").send(mail("unheard"))
    page = await sandbox.settled()

    assert len(taken(page, "unheard")) == 1
    assert reports(sandbox, "unheard") == []


SEND = "/v2/email/outbound-emails"
SIMPLE = {"Subject": {"Data": "Tea?"}, "Body": {"Text": {"Data": "Hi"}}}
RIGHT = {
    "FromEmailAddress": "hello@example.com",
    "Destination": {"ToAddresses": [TO]},
    "Content": {"Simple": SIMPLE},
}


@pytest.mark.parametrize("authorization", ["", "Bearer x", "AWS4-HMAC-SHA256 Credential=AKIA/x"])
async def test_strangers_are_turned_away_as_aws_does(sandbox: RunningSandbox, authorization: str) -> None:
    """A request that is not signed meets AWS's own error."""
    headers = {"Authorization": authorization}
    answer = await sandbox.client.post(f"{sandbox.url}{SEND}", json=RIGHT, headers=headers)

    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (403, "InvalidSignatureException:")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**RIGHT, "Destination": {"ToAddresses": []}},
        {**RIGHT, "Destination": {"ToAddresses": ["Ana"]}},
        {**RIGHT, "FromEmailAddress": "Ana"},
        {**RIGHT, "Content": {"Simple": {**SIMPLE, "Body": {}}}},
        {**RIGHT, "Content": {"Simple": {**SIMPLE, "Subject": {"Data": ""}}}},
        {**RIGHT, "EmailTags": [{"Name": "attempt", "Value": "7b1b2f:mail:1"}]},
        {**RIGHT, "EmailTags": [7]},
    ],
)
async def test_faulty_requests_are_refused_as_ses_does(sandbox: RunningSandbox, body: dict[str, Any]) -> None:
    """A request with something missing, or a tag that cannot be one, meets a bad request."""
    provider = ses(sandbox)
    assert isinstance(provider, SesEmailProvider)
    auth = await provider.signer.auth()
    answer = await sandbox.client.post(f"{sandbox.url}{SEND}", json=body, auth=auth)

    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, "BadRequestException:")


async def test_a_signature_that_leaves_the_host_out_is_none(sandbox: RunningSandbox) -> None:
    """It could have been made for another one."""
    scope = f"{sandbox.environ['DRUMBEAT_SES_ACCESS_KEY_ID']}/20261122/us-east-1/ses/aws4_request"
    claim = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=content-type, Signature={'0' * 64}"
    answer = await sandbox.client.post(f"{sandbox.url}{SEND}", json=RIGHT, headers={"Authorization": claim})

    assert answer.status_code == 403


@pytest.mark.parametrize("key", ["", "x", new_key_pair()[0]])
async def test_the_sandbox_needs_the_key_that_sns_signs_with(sandbox: RunningSandbox, key: str) -> None:
    """It is an RSA key; another one is named at once."""
    with pytest.raises(WrongSetting, match=f"{SNS_PRIVATE_KEY} is not a private key"):
        create_app(SandboxSettings(("ses",), "http://127.0.0.1:9"), {**sandbox.environ, SNS_PRIVATE_KEY: key})


def _moto(request: httpx.Request) -> httpx.Response:
    """What moto's Amazon Web Services answer."""
    prepared = AWSPreparedRequest(
        request.method, str(request.url), dict(request.headers), request.content, stream_output=False
    )
    answer = BotocoreStubber().process_request(prepared)
    assert answer is not None
    status, headers, body = answer
    return httpx.Response(status, headers={k: str(v) for k, v in headers.items()}, content=body)


async def test_moto_takes_what_we_send_from_a_verified_sender_alone() -> None:
    """An independent SES reads the request, names the message, and rejects a sender that nobody verified."""
    client = httpx.AsyncClient(transport=httpx.MockTransport(_moto))
    settings = SesSettings(
        region="eu-west-1",
        access_key_id="AKIAEXAMPLE",
        secret_access_key="s3cret",
        sender="Tea House <hello@example.com>",
    )
    provider = SES.message_provider(
        Channel.EMAIL, settings, Wiring(client, "https://h.example.com", TIMEOUTS)
    )
    with mock_aws():
        rejected = await provider.send(mail("7b1b2f"))
        backend = sesv2_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"]
        backend.create_email_identity("hello@example.com", None, None, None)
        accepted = await provider.send(mail("7b1b2f"))
        [sent] = backend.core_backend.sent_messages

    assert rejected == Refused("HTTP 400 MessageRejected")
    assert accepted == Accepted(sent.id)
    assert (sent.subject, sent.body) == ("Téa?", "<p>Hi Ana</p>")
    assert sent.destinations == {"ToAddresses": [TO]}
