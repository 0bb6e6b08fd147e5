"""The sandbox end to end: our adapters send, it calls back, and our readers verify and read it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from adapters.providers.sandbox.faults import BY_CHANCE, FAULTS, Faults
from adapters.providers.sandbox.people import PERSONAS, People
from adapters.providers.sandbox.settings import from_environment
from adapters.providers.sandbox.vendor import Site
from application.environment import WrongSetting
from application.errors import OutcomeUnknown, TransientFault
from application.ports.callbacks import InboundText, StatusReport
from application.ports.messaging import Content, OutboundMessage, Refused
from domain.idempotency import AttemptKey
from domain.keywords import Keyword, Keywords
from domain.statuses import DeliveryStatus
from tests.fakes.sandbox import (
    ACCOUNT,
    API_KEY,
    AUTH_TOKEN,
    SLACK_TOKEN,
    RunningSandbox,
    free_port,
    open_accounts,
    running_sandbox,
)

PHONE, MAIL = "+12025550101", "ana@example.com"
EMAIL_CONTENT = Content("Hi", "Tea?")


def sms(key: str, to: str = PHONE) -> OutboundMessage:
    return OutboundMessage(AttemptKey(key, "s", 1), to, Content("Hi"))


def statuses(sandbox: RunningSandbox, key: str) -> list[str]:
    """What we were told about an attempt, in the order in which it came."""
    reports = [report for report in sandbox.receiver.reports if isinstance(report, StatusReport)]
    return [report.status.value for report in reports if report.attempt_key == key]


def highest(sandbox: RunningSandbox, key: str) -> str:
    """What becomes of an attempt after all that we were told of it."""
    return max(map(DeliveryStatus, statuses(sandbox, key)), key=lambda status: status.rank).value


@pytest.mark.parametrize(
    ("persona", "texted", "mailed", "called"),
    [
        ("replies", "delivered", "clicked", "answered"),
        ("clicks", "delivered", "clicked", "no_answer"),
        ("opens", "delivered", "opened", "no_answer"),
        ("ignores", "delivered", "delivered", "no_answer"),
        ("answers_call", "delivered", "delivered", "answered"),
        ("voicemail", "delivered", "delivered", "voicemail"),
        ("busy", "delivered", "delivered", "busy"),
        ("no_answer", "delivered", "delivered", "no_answer"),
        ("busy_then_answers", "delivered", "delivered", "busy"),
        ("stops", "delivered", "opted_out", "no_answer"),
        ("bounces", "delivered", "bounced", "no_answer"),
        ("undeliverable", "failed", "delivered", "failed"),
        ("unknown_number", "failed", "delivered", "failed"),
        ("complains", "delivered", "complained", "no_answer"),
        ("confirms_call", "delivered", "delivered", "replied"),
        ("asks_call_back", "delivered", "delivered", "replied"),
        ("refuses_calls", "delivered", "delivered", "opted_out"),
        ("writes_back", "delivered", "opened", "no_answer"),
        ("writes_stop", "delivered", "delivered", "no_answer"),
    ],
)
async def test_each_persona_reacts_on_each_channel_with_signed_callbacks(
    persona: str, texted: str, mailed: str, called: str
) -> None:
    """What our readers make of the verified callbacks is what the persona does."""
    async with running_sandbox() as sandbox:
        await sandbox.people(**{PHONE: persona, MAIL: persona})
        await sandbox.sms().send(sms("text"))
        await sandbox.email().send(OutboundMessage(AttemptKey("mail", "s", 1), MAIL, EMAIL_CONTENT))
        await sandbox.voice().send(OutboundMessage(AttemptKey("call", "s", 1), PHONE, Content("Hi")))
        page = await sandbox.settled()

    assert highest(sandbox, "text:s:1") == texted
    assert highest(sandbox, "mail:s:1") == mailed
    assert highest(sandbox, "call:s:1") == called
    assert page["callbacks"]["given_up"] == 0


@pytest.mark.parametrize(("persona", "stops"), [("replies", False), ("stops", True)])
async def test_a_reply_comes_as_an_inbound_message(persona: str, *, stops: bool) -> None:
    """The person's words come to the inbound address, and STOP is a word of theirs."""
    async with running_sandbox() as sandbox:
        await sandbox.people(**{PHONE: persona})
        await sandbox.sms().send(sms("text"))
        await sandbox.settled()
    [reply] = [report for report in sandbox.receiver.reports if isinstance(report, InboundText)]

    assert reply.sender == PHONE
    assert (Keywords().of(reply.text) is Keyword.STOP) is stops


async def test_somebody_who_was_busy_answers_the_second_call_and_not_the_repeated_first() -> None:
    """Calls are counted by attempt, so that a request repeated after a fault is no second call."""
    async with running_sandbox() as sandbox:
        await sandbox.people(**{PHONE: "busy_then_answers"})
        await sandbox.faults(**{PHONE: "rate_limited"})
        for key in ("first", "second"):
            message = OutboundMessage(AttemptKey(key, "c", 1), PHONE, Content("Hi"))
            with pytest.raises(TransientFault):
                await sandbox.voice().send(message)
            await sandbox.voice().send(message)
        page = await sandbox.settled()

    assert statuses(sandbox, "first:c:1") == ["queued", "sent", "busy"]
    assert statuses(sandbox, "second:c:1") == ["queued", "sent", "sent", "answered", "answered"]
    assert len(page["accepted"]) == 2


async def test_a_server_error_comes_after_the_message_was_taken() -> None:
    """Each vendor answers 500, has the message in its books once, and calls back about it."""
    async with running_sandbox() as sandbox:
        await sandbox.people(**{PHONE: "answers_call", MAIL: "opens"})
        await sandbox.faults(**{PHONE: "server_error", MAIL: "server_error"})
        for provider, message in (
            (sandbox.sms(), sms("text")),
            (sandbox.email(), OutboundMessage(AttemptKey("mail", "s", 1), MAIL, EMAIL_CONTENT)),
            (sandbox.voice(), OutboundMessage(AttemptKey("call", "s", 1), PHONE, Content("Hi"))),
        ):
            with pytest.raises(OutcomeUnknown, match="HTTP 500"):
                await provider.send(message)
        page = await sandbox.settled()

    assert [row["attempt"] for row in page["accepted"]] == ["text:s:1", "mail:s:1", "call:s:1"]
    assert statuses(sandbox, "text:s:1")[-1] == "delivered"
    assert statuses(sandbox, "mail:s:1")[-1] == "opened"
    assert statuses(sandbox, "call:s:1")[-1] == "answered"


async def test_a_person_who_opted_out_before_is_refused_or_dropped() -> None:
    """Twilio refuses the SMS with 21610; SendGrid takes the e-mail and drops it."""
    async with running_sandbox() as sandbox:
        await sandbox.people(**{PHONE: "opted_out_before", MAIL: "opted_out_before"})
        refused = await sandbox.sms().send(sms("text"))
        await sandbox.email().send(OutboundMessage(AttemptKey("mail", "s", 1), MAIL, EMAIL_CONTENT))
        page = await sandbox.settled()

    assert isinstance(refused, Refused)
    assert refused.suppresses
    assert [row["channel"] for row in page["accepted"]] == ["email"]
    assert statuses(sandbox, "mail:s:1") == ["queued", "opted_out"]


async def test_the_same_attempt_sent_twice_is_two_messages() -> None:
    """The vendors have no idempotency, so that a duplicate shows in their books."""
    async with running_sandbox() as sandbox:
        await sandbox.people(**{PHONE: "ignores"})
        refs = {await sandbox.sms().send(sms("twice")) for _ in range(2)}
        page = await sandbox.ledger()

    assert len(refs) == 2
    assert [row["attempt"] for row in page["accepted"]] == ["twice:s:1", "twice:s:1"]


async def test_scrambled_callbacks_are_the_same_requests_more_than_once() -> None:
    """Repeats carry the same bytes to the same address, and nothing new."""
    async with running_sandbox() as sandbox:
        await sandbox.people(**{MAIL: "clicks"})
        await sandbox.faults(**{MAIL: "scrambles"})
        await sandbox.email().send(OutboundMessage(AttemptKey("mail", "s", 1), MAIL, EMAIL_CONTENT))
        await sandbox.settled()
    copies = Counter(callback.body for callback in sandbox.receiver.callbacks)

    assert len(copies) == 3
    assert set(copies.values()) <= {2, 3}
    assert set(statuses(sandbox, "mail:s:1")) == {"queued", "delivered", "opened", "clicked"}


async def test_a_callback_that_is_not_taken_comes_again() -> None:
    """A 503 costs the vendor a repeat and us nothing."""
    async with running_sandbox(refusals=1) as sandbox:
        await sandbox.people(**{MAIL: "ignores"})
        await sandbox.email().send(OutboundMessage(AttemptKey("mail", "s", 1), MAIL, EMAIL_CONTENT))
        page = await sandbox.settled()

    assert page["callbacks"]["repeated"] == 1
    assert statuses(sandbox, "mail:s:1") == ["queued", "delivered"]


async def test_two_runs_with_one_seed_see_the_same_world() -> None:
    """Refusals, ids, replies and callbacks of unnamed people agree, with faults and at once."""

    async def run() -> tuple[set[tuple[str, str]], dict[str, Any], Counter[str]]:
        refused: Counter[str] = Counter()
        async with running_sandbox(fault_share=0.15, hold_seconds=0.05, seed="twice") as sandbox:

            async def send(nth: int) -> None:
                message, tries = sms(f"e{nth}", f"+1202555{nth:04d}"), 0
                while tries < 3:
                    tries += 1
                    try:
                        await sandbox.sms().send(message)
                    except TransientFault as fault:
                        refused[fault.reason] += 1
                    except OutcomeUnknown as fault:
                        refused[str(fault)] += 1
                        return
                    else:
                        return

            await asyncio.gather(*map(send, range(100, 140)))
            page = await sandbox.settled()
        taken = {(row["attempt"], row["provider_ref"]) for row in page["accepted"]}
        return taken, page["callbacks"], refused

    first, second = await run(), await run()

    assert first == second
    assert first[2]


async def test_the_ledger_shows_no_address_and_no_text() -> None:
    """What an account must agree with is ids and counts."""
    async with running_sandbox() as sandbox:
        await sandbox.people(**{PHONE: "replies"})
        await sandbox.sms().send(OutboundMessage(AttemptKey("e", "s", 1), PHONE, Content("our secret tea")))
        await sandbox.settled()
        page = (await sandbox.client.get(f"{sandbox.url}/sandbox/ledger")).text

    assert PHONE not in page
    assert "tea" not in page
    assert '"attempt":"e:s:1"' in page


@pytest.mark.parametrize("route", ["people", "faults"])
async def test_what_is_not_known_cannot_be_named(route: str) -> None:
    """A misspelled persona or fault is refused with the list of those there are."""
    async with running_sandbox() as sandbox:
        answer = await sandbox.client.put(f"{sandbox.url}/sandbox/{route}", json={PHONE: "sings"})

    assert answer.status_code == 422
    assert "'sings' is not one of" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "request_", "status", "says"),
    [
        ("/2010-04-01/Accounts/AC9/Messages.json", {"data": {"To": PHONE}}, 401, '"code":20003'),
        ("/2010-04-01/Accounts/AC9/Calls.json", {"auth": ("AC9", "x")}, 401, '"code":20003'),
        ("/v3/mail/send", {"json": {}}, 401, '"errors":[{"message"'),
        ("/api/chat.postMessage", {"json": {}}, 200, '"error":"invalid_auth"'),
    ],
)
async def test_strangers_are_turned_away_as_the_vendors_do(
    path: str, request_: dict[str, Any], status: int, says: str
) -> None:
    """Wrong credentials meet each vendor's own error, and nothing is taken."""
    async with running_sandbox() as sandbox:
        answer = await sandbox.client.post(f"{sandbox.url}{path}", **request_)
        page = await sandbox.ledger()

    assert answer.status_code == status
    assert says in answer.text
    assert page["accepted"] == page["handoffs"] == []


MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
TWILIO = {"auth": (ACCOUNT, AUTH_TOKEN)}
SENDGRID = {"headers": {"Authorization": f"Bearer {API_KEY}"}}
SLACK = {"headers": {"Authorization": f"Bearer {SLACK_TOKEN}"}}
TO_ANA = {"personalizations": [{"to": [{"email": MAIL}]}]}
FROM = {"from": {"email": "hello@example.com"}, "subject": "Tea?"}


@pytest.mark.parametrize(
    ("path", "request_", "status", "says"),
    [
        (MESSAGES, {"headers": {"Authorization": "Basic =not base64="}}, 401, '"code":20003'),
        (MESSAGES, {**TWILIO, "data": {"To": "Ana"}}, 400, '"code":21211'),
        (MESSAGES, {**TWILIO, "data": {"To": PHONE}}, 400, '"code":21603'),
        (MESSAGES, {**TWILIO, "data": {"To": PHONE, "From": PHONE}}, 400, '"code":21602'),
        (
            MESSAGES,
            {**TWILIO, "data": {"To": PHONE, "From": PHONE, "StatusCallback": "http://my_host/"}},
            400,
            '"code":21609',
        ),
        (CALLS, {**TWILIO, "data": {"To": PHONE}}, 400, '"code":21213'),
        (CALLS, {**TWILIO, "data": {"To": PHONE, "From": PHONE}}, 400, '"code":21205'),
        ("/v3/mail/send", {**SENDGRID, "content": b"["}, 400, '"field":"personalizations"'),
        (
            "/v3/mail/send",
            {**SENDGRID, "json": {"personalizations": [{"to": [{"email": "Ana"}]}]}},
            400,
            '"field":"personalizations.0.to.0.email"',
        ),
        (
            "/v3/mail/send",
            {**SENDGRID, "json": {"personalizations": [{"to": [{"email": MAIL}], "custom_args": {"a": 1}}]}},
            400,
            '"field":"personalizations.0.custom_args"',
        ),
        ("/v3/mail/send", {**SENDGRID, "json": TO_ANA}, 400, '"field":"from.email"'),
        ("/v3/mail/send", {**SENDGRID, "json": {**TO_ANA, **FROM}}, 400, '"field":"content"'),
        ("/v3/mail/send", {**SENDGRID, "json": {**TO_ANA, **FROM, "content": []}}, 400, '"field":"content"'),
        ("/api/chat.postMessage", {**SLACK, "content": b"[1]"}, 200, '"error":"invalid_json"'),
        ("/api/chat.postMessage", {**SLACK, "json": {"text": "Hi"}}, 200, '"error":"channel_not_found"'),
        ("/api/chat.postMessage", {**SLACK, "json": {"channel": "C1"}}, 200, '"error":"no_text"'),
    ],
)
async def test_faulty_requests_are_refused_as_the_vendors_do(
    path: str, request_: dict[str, Any], status: int, says: str
) -> None:
    """Each vendor's own error names what is wrong, and nothing is taken."""
    async with running_sandbox() as sandbox:
        answer = await sandbox.client.post(f"{sandbox.url}{path}", **request_)
        page = await sandbox.ledger()

    assert answer.status_code == status
    assert says in answer.text
    assert page["accepted"] == page["handoffs"] == []


async def test_only_the_call_progress_that_was_asked_for_comes_back() -> None:
    """Without StatusCallbackEvent there is the end alone; without StatusCallback there is nothing."""
    async with running_sandbox() as sandbox:
        await sandbox.people(**{PHONE: "voicemail"})
        call = {"To": PHONE, "From": "+15005550001", "Twiml": "<Response/>"}
        url = f"{sandbox.receiver.url}/webhooks/twilio?attempt=end:c:1"
        for data in (call, {**call, "StatusCallback": url}):
            answer = await sandbox.client.post(f"{sandbox.url}{CALLS}", **TWILIO, data=data)
            assert answer.status_code == 201
        page = await sandbox.settled()

    assert [row["attempt"] for row in page["accepted"]] == [None, "end:c:1"]
    assert statuses(sandbox, "end:c:1") == ["delivered"]


async def test_a_callback_that_nobody_takes_is_given_up_in_the_end() -> None:
    """Twilio tries a few times, and the ledger tells."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        async with running_sandbox() as sandbox:
            await sandbox.people(**{PHONE: "busy"})
            call = {"To": PHONE, "From": "+15005550001", "Twiml": "<Response/>", "StatusCallback": url}
            await sandbox.client.post(f"{sandbox.url}{CALLS}", **TWILIO, data=call)
            page = await sandbox.settled()

    assert (page["callbacks"]["repeated"], page["callbacks"]["given_up"]) == (2, 1)


def test_unnamed_people_and_faults_are_drawn_by_seed_in_their_shares() -> None:
    """Every persona occurs, a share of the addresses meets each fault, and another seed is another world."""
    addresses = [f"+1202{nth:07d}" for nth in range(2000)]
    one, other = People("one"), People("other")
    drawn = Counter(map(one.persona_of, addresses))
    faults = Counter(id(Faults("one", 0.06).fault_of(address, "sms")) for address in addresses)

    assert drawn.keys() == PERSONAS.keys()
    assert [one.persona_of(address) for address in addresses] != list(map(other.persona_of, addresses))
    assert all(60 < faults[id(FAULTS[name])] < 180 for name in BY_CHANCE)
    assert not any(faults[id(FAULTS[name])] for name in FAULTS.keys() - {"none", *BY_CHANCE})
    assert all(Faults("one", 0.0).fault_of(address, "sms") is FAULTS["none"] for address in addresses)
    assert one.persona_of("Ana@Example.com") == one.persona_of("ana@example.com")


def test_a_desk_neither_hangs_nor_fails_nor_scrambles_by_chance() -> None:
    """By chance a desk refuses for a while and no more, so that no case is handed over twice."""
    faults = [Faults("one", 0.2).fault_of(f"{nth}:handoff", "handoff") for nth in range(200)]

    assert any(fault.refusals for fault in faults)
    assert {fault.name for fault in faults} == {"none", "rate_limited", "unavailable"}


PREFIX = "DRUMBEAT_SANDBOX_"
VENDORS = ("twilio", "sendgrid", "slack")
ENVIRONMENT = {
    f"{PREFIX}VENDORS": ",".join(VENDORS),
    f"{PREFIX}PORT": "0",
    f"{PREFIX}CALLBACK_BASE_URL": "http://127.0.0.1:9",
    **open_accounts(VENDORS, Site("http://127.0.0.1:9", "http://127.0.0.1:9", free_port)),
}


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "http"), ("PORT", "70000"), ("SPEED", "0"), ("FAULT_SHARE", "0.5"), ("CALLBACK_BASE_URL", "x")],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    """One sentence names the variable and does not show a secret."""
    with pytest.raises(WrongSetting, match=f"^{PREFIX}{name} must be "):
        from_environment({**ENVIRONMENT, PREFIX + name: value})


def test_settings_come_from_the_environment() -> None:
    """Names are the fields' in capitals."""
    settings = from_environment({**ENVIRONMENT, f"{PREFIX}SPEED": "2.5", f"{PREFIX}SEED": "blue"})

    assert (settings.speed, settings.seed, settings.fault_share) == (2.5, "blue", 0.0)


@contextmanager
def process(**changes: str) -> Iterator["subprocess.Popen[str]"]:
    """The entrypoint as a child process, ended whatever happens."""
    environment = {**os.environ, **ENVIRONMENT, **changes}
    command = [sys.executable, "-W", "error", "-m", "adapters.providers.sandbox"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_entrypoint_serves_and_ends_quietly_when_told(number: signal.Signals) -> None:
    """Status 0 and not a word, on SIGTERM and on Ctrl-C."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with process(**{f"{PREFIX}PORT": str(port)}) as child:
        connecting_until_it_listens = httpx.AsyncHTTPTransport(retries=6)
        async with httpx.AsyncClient(transport=connecting_until_it_listens) as client:
            health = await client.get(f"http://127.0.0.1:{port}/sandbox/health")
        child.send_signal(number)
        said = child.communicate(timeout=10)[1]

    assert health.is_success
    assert (child.returncode, said) == (0, "")


async def test_the_entrypoint_can_cut_connections() -> None:
    """It is served so that an answer can be withheld altogether."""
    port = free_port()
    with process(**{f"{PREFIX}PORT": str(port)}):
        connecting_until_it_listens = httpx.AsyncHTTPTransport(retries=6)
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(transport=connecting_until_it_listens, base_url=url) as client:
            await client.put("/sandbox/faults", json={PHONE: "cut_before"})
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                await client.post(MESSAGES, **TWILIO, data={"To": PHONE, "From": PHONE, "Body": "Hi"})
            page = (await client.get("/sandbox/ledger")).json()

    assert (page["faults"], page["accepted"]) == ({"cut_before": 1}, [])


def test_the_entrypoint_says_in_a_sentence_why_it_cannot_start() -> None:
    """A missing setting and a port that is taken end with status 2 and no traceback."""
    with process(**{f"{PREFIX}SPEED": "fast"}) as wrong:
        wrong_said = wrong.communicate(timeout=30)[1]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with process(**{f"{PREFIX}PORT": port}) as late:
            late_said = late.communicate(timeout=30)[1]

    assert (wrong.returncode, late.returncode) == (2, 2)
    assert wrong_said.startswith(f"{PREFIX}SPEED must be a number")
    assert late_said.startswith(f"Port {port} cannot be used")
    assert wrong_said.count("\n") == late_said.count("\n") == 1
