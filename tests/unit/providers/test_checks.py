"""What each vendor's check makes of answers that a right account in the sandbox does not give."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.providers import registry
from adapters.providers.common.http import Timeouts
from adapters.providers.common.vendor import Role, Wiring
from adapters.providers.sandbox.vendor import Site, sandbox_vendor
from application.environment import MissingSetting, read_group
from application.ports.checks import Checked, Finding
from tests.unit.providers.smtp.servers import certificate, mail_server

OK, WRONG, CANNOT_SEND = Finding.OK, Finding.WRONG_CREDENTIALS, Finding.CANNOT_SEND
NOT_REACHABLE, UNCLEAR = Finding.NOT_REACHABLE, Finding.CANNOT_BE_CHECKED

URL = "https://vendor.example"
Answers = Callable[[httpx.Request], httpx.Response]


async def checked(name: str, role: Role, answers: Answers, **changes: str) -> Checked:
    """What a check finds where the vendor answers so; changes are to the variables of its account."""
    site = Site(URL, URL, lambda: 2525)
    environ = {**sandbox_vendor(name).open_account(site).ours}
    environ |= {f"DRUMBEAT_{name.upper()}_{field.upper()}": value for field, value in changes.items()}
    vendor = registry.vendors()[name]
    settings = read_group(vendor.settings, name, environ)
    async with httpx.AsyncClient(transport=httpx.MockTransport(answers)) as client:
        asked = vendor.checkable(role, settings, Wiring(client, URL, Timeouts()))
        assert asked is not None
        return await asked.check()


def always(status: int, body: Any = None, **headers: str) -> Answers:
    return lambda _request: httpx.Response(
        status, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def by_path(answers: Mapping[str, Any]) -> Answers:
    """Answers with 200, by the end of the path."""

    def answer(request: httpx.Request) -> httpx.Response:
        [body] = [body for end, body in answers.items() if request.url.path.endswith(end)]
        return httpx.Response(200, json=body)

    return answer


NUMBER = "+12025550100"
ACTIVE = {"status": "active", "type": "Full"}


@pytest.mark.parametrize(
    ("name", "role", "answers", "finding", "says"),
    [
        ("twilio", Role.SMS, always(404, {"code": 20404}), WRONG, "no such account"),
        ("twilio", Role.SMS, always(200, {"status": "suspended"}), CANNOT_SEND, "suspended"),
        ("twilio", Role.SMS, always(200, []), NOT_REACHABLE, "not an answer"),
        ("vonage", Role.SMS, always(200, {"value": 0}), OK, "no credit is left"),
        ("vonage", Role.SMS, always(200, {"value": 0, "autoReload": True}), OK, "known;"),
        ("vonage", Role.SMS, always(200, {"value": "much"}), NOT_REACHABLE, "not an answer"),
        ("vonage", Role.VOICE, always(404, {}), NOT_REACHABLE, "HTTP 404"),
        (
            "sendgrid",
            Role.EMAIL,
            always(200, {"scopes": ["stats.read"]}),
            CANNOT_SEND,
            "may not send",
        ),
        ("sendgrid", Role.EMAIL, always(200, {"scopes": "all"}), NOT_REACHABLE, "not an answer"),
        ("sendgrid", Role.EMAIL, always(403, {}), WRONG, "HTTP 403"),
        ("postmark", Role.EMAIL, always(200, {"ID": 1, "DeliveryType": "Sandbox"}), OK, "a sandbox"),
        ("postmark", Role.EMAIL, always(200, {}), NOT_REACHABLE, "not an answer"),
        ("mailgun", Role.EMAIL, always(404, {}), CANNOT_SEND, "no such domain"),
        (
            "mailgun",
            Role.EMAIL,
            always(200, {"domain": {"state": "unverified"}}),
            CANNOT_SEND,
            "not v",
        ),
        ("mailgun", Role.EMAIL, always(200, {"domain": 1}), NOT_REACHABLE, "not an answer"),
        (
            "ses",
            Role.EMAIL,
            always(403, {}, x_amzn_errortype="AccessDeniedException"),
            UNCLEAR,
            "credentials are right",
        ),
        ("ses", Role.EMAIL, always(200, {"SendingEnabled": False}), CANNOT_SEND, "may not send"),
        ("ses", Role.EMAIL, always(200, {"SendingEnabled": True}), OK, "AWS's sandbox"),
        ("ses", Role.EMAIL, always(200, {}), NOT_REACHABLE, "not an answer"),
        (
            "slack",
            Role.DESK,
            always(200, {"ok": False, "error": "token_revoked"}),
            WRONG,
            "",
        ),
        (
            "slack",
            Role.DESK,
            always(200, {"ok": False, "error": "fatal_error"}),
            NOT_REACHABLE,
            "fatal",
        ),
        (
            "slack",
            Role.DESK,
            always(200, {"ok": True}, x_oauth_scopes="users:read"),
            CANNOT_SEND,
            "lacks",
        ),
        ("slack", Role.DESK, always(200, {"ok": True}), OK, "right"),
        ("slack", Role.DESK, always(401, {}), WRONG, "HTTP 401"),
        ("slack", Role.DESK, always(200, []), NOT_REACHABLE, "not an answer"),
        ("slack", Role.DESK, always(500, {}), NOT_REACHABLE, "HTTP 500"),
        ("zendesk", Role.DESK, always(401, {}), WRONG, "HTTP 401"),
        ("zendesk", Role.DESK, always(200, {}), NOT_REACHABLE, "not an answer"),
        (
            "zendesk",
            Role.DESK,
            always(200, {"user": {"id": 1, "role": "end-user"}}),
            CANNOT_SEND,
            "end user",
        ),
        ("linear", Role.DESK, always(403, {}), WRONG, "HTTP 403"),
        ("linear", Role.DESK, always(200, {"data": {}}), NOT_REACHABLE, "not an answer"),
        (
            "linear",
            Role.DESK,
            always(200, {"errors": [{"extensions": {"code": "INPUT_ERROR"}}]}),
            CANNOT_SEND,
            "INPUT_ERROR",
        ),
        ("jira", Role.DESK, always(200, {}), NOT_REACHABLE, "not an answer"),
        ("jira", Role.DESK, always(200, {"accountId": "1"}), CANNOT_SEND, "may not create"),
    ],
)
async def test_what_a_vendor_says_is_told_in_our_words(
    name: str, role: Role, answers: Answers, finding: Finding, says: str
) -> None:
    """By its status and codes; whatever is no answer of the vendor's is taken for another server's."""
    found = await checked(name, role, answers)

    assert found.finding is finding, found
    assert says in found.says
    assert found.finding.good or "DRUMBEAT_" in found.remedy or "console" in found.remedy


@pytest.mark.parametrize(
    ("role", "numbers", "callers", "finding", "says"),
    [
        (Role.SMS, [], [NUMBER], Finding.CANNOT_SEND, "not one of its own"),
        (Role.VOICE, [], [NUMBER], Finding.OK, "has the number"),
        (Role.VOICE, [], [], Finding.CANNOT_SEND, "not one of its own"),
        (Role.SMS, [NUMBER + "1"], [], Finding.CANNOT_SEND, "not one of its own"),
        (Role.SMS, None, [], Finding.CANNOT_BE_CHECKED, "does not list"),
    ],
)
async def test_a_number_must_be_the_accounts_or_for_calls_verified(
    role: Role, numbers: list[str] | None, callers: list[str], finding: Finding, says: str
) -> None:
    """Only the very number counts, not one that contains it."""

    def rows(of: list[str] | None) -> Any:
        return None if of is None else [{"phone_number": each} for each in of]

    answers = by_path(
        {
            "IncomingPhoneNumbers.json": {"incoming_phone_numbers": rows(numbers)},
            "OutgoingCallerIds.json": {"outgoing_caller_ids": rows(callers)},
        }
        | {f"{letter}.json": ACTIVE for letter in "0123456789abcdef"}
    )
    found = await checked("twilio", role, answers)

    assert found.finding is finding, found
    assert says in found.says


async def test_a_number_that_cannot_do_the_channel_is_told() -> None:
    """With the setting."""
    able = [{"phone_number": NUMBER, "capabilities": {"sms": False, "voice": True}}]

    def answers(request: httpx.Request) -> httpx.Response:
        listed = "Numbers" in request.url.path
        return httpx.Response(200, json={"incoming_phone_numbers": able} if listed else ACTIVE)

    found = await checked("twilio", Role.SMS, answers)

    assert (found.finding, "DRUMBEAT_TWILIO_SMS_FROM" in found.remedy) == (Finding.CANNOT_SEND, True)


@pytest.mark.parametrize("sender", ["MG" + "0" * 32, "Acme", "72975"])
async def test_a_sender_that_is_no_number_is_not_asked_about(sender: str) -> None:
    """A trial account is told all the same."""
    found = await checked(
        "twilio", Role.SMS, always(200, {"status": "active", "type": "Trial"}), sms_from=sender
    )

    assert found.finding is Finding.OK
    assert "not asked" in found.says
    assert "on trial" in found.says


@pytest.mark.parametrize(
    ("status", "finding"),
    [(403, Finding.CANNOT_BE_CHECKED), (401, Finding.WRONG_CREDENTIALS)],
)
async def test_a_narrow_token_at_zendesk_is_not_called_wrong(status: int, finding: Finding) -> None:
    """An OAuth token that may only write tickets may not ask who it is."""
    found = await checked("zendesk", Role.DESK, always(status, {}), email="")

    assert found.finding is finding


async def test_without_any_aws_credentials_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Told as wrong credentials, with the settings that give some."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    found = await checked("ses", Role.EMAIL, always(500), access_key_id="", secret_access_key="")

    assert found.finding is Finding.WRONG_CREDENTIALS
    assert "DRUMBEAT_SES_ACCESS_KEY_ID" in found.remedy


@pytest.mark.parametrize(
    ("fault", "says"),
    [(httpx.ConnectError("x"), "ConnectError"), (httpx.ReadTimeout("x"), "ReadTimeout")],
)
@pytest.mark.parametrize("name", ["sendgrid", "slack"])
async def test_a_vendor_that_does_not_answer_is_not_reachable(name: str, fault: Exception, says: str) -> None:
    """Whether it is asked by GET or by POST."""

    def answers(_request: httpx.Request) -> httpx.Response:
        raise fault

    found = await checked(name, Role.EMAIL if name == "sendgrid" else Role.DESK, answers)

    assert (found.finding, says in found.says) == (Finding.NOT_REACHABLE, True)


async def test_a_setting_that_the_role_needs_is_missed_before_anybody_is_asked() -> None:
    """By its name."""
    with pytest.raises(MissingSetting, match="DRUMBEAT_TWILIO_VOICE_FROM"):
        await checked("twilio", Role.VOICE, always(200), voice_from="")


async def test_a_mail_server_whose_certificate_is_not_trusted_is_told(tmp_path: Path) -> None:
    """With the settings that say how TLS is done; no password was sent."""
    async with mail_server(object(), certificate(tmp_path).context()) as port:
        found = await checked(
            "smtp", Role.EMAIL, always(500), host="localhost", port=str(port), security="starttls"
        )

    assert found.finding is Finding.NOT_REACHABLE
    assert "DRUMBEAT_SMTP_CA_FILE" in found.says


async def test_a_mail_server_that_lets_in_without_a_login_is_ok() -> None:
    """What it would say to a sender is not asked."""
    async with mail_server(object()) as port:
        found = await checked("smtp", Role.EMAIL, always(500), port=str(port), username="", password="")

    assert (found.finding, "asks for no login" in found.says) == (Finding.OK, True)


async def test_a_desk_whose_certificate_is_not_trusted_is_not_reachable(tmp_path: Path) -> None:
    """It could be anybody; nothing is said to it."""
    heard: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0, ssl=certificate(tmp_path).context())
    async with server:
        port = server.sockets[0].getsockname()[1]
        found = await checked("webhook", Role.DESK, always(500), url=f"https://127.0.0.1:{port}/desk")

    assert found.finding is Finding.NOT_REACHABLE
    assert "certificate is not trusted" in found.says
    assert heard == []
