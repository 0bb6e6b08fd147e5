"""Each fault of the sandbox at each vendor of messages, as our adapters and readers meet it."""

import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from attrs import frozen

from adapters.providers.sandbox.faults import FAULTS, NOT_HAD, SAY_NO_WAIT
from application.errors import OutcomeUnknown, TransientFault
from application.ports.callbacks import Callback, StatusReport
from application.ports.messaging import Accepted, Content, MessageProvider, OutboundMessage
from domain.idempotency import AttemptKey, webhook_key
from domain.statuses import Channel, DeliveryStatus
from tests.fakes.sandbox import RunningSandbox, running_sandbox

VENDORS = ("twilio", "vonage", "sendgrid", "postmark", "mailgun", "ses", "smtp")
SUBJECTS = (
    ("twilio", Channel.SMS),
    ("twilio", Channel.VOICE),
    ("vonage", Channel.SMS),
    ("vonage", Channel.VOICE),
    *((name, Channel.EMAIL) for name in VENDORS[2:]),
)
CALLING_BACK = [(name, channel) for name, channel in SUBJECTS if name != "smtp"]
LATE = 0.4
_COUNT = count()
_TAKEN_AND_LOST = ("server_error", "hangs", "cut_after")
_PERSONAS = {Channel.SMS: "replies", Channel.VOICE: "answers_call", Channel.EMAIL: "clicks"}


@frozen
class Case:
    """One message that meets a fault."""

    sandbox: RunningSandbox
    vendor: str
    channel: Channel
    message: OutboundMessage

    @property
    def attempt(self) -> str:
        """Its correlation."""
        return str(self.message.key)

    def provider(self, *, patience: float = 15.0) -> MessageProvider:
        """Our adapter."""
        return self.sandbox.impatient(patience).provider(self.vendor, self.channel)

    async def accepted(self) -> list[dict[str, Any]]:
        """What the vendor has of it."""
        return [row for row in (await self.sandbox.ledger())["accepted"] if row["attempt"] == self.attempt]

    async def told(self) -> list[dict[str, Any]]:
        """The ledger's rows of its callbacks, once all have gone, also of those that name somebody else."""
        await self.sandbox.settled()
        return [row for row in (await self.sandbox.ledger())["deliveries"] if self.is_about(row["attempt"])]

    def is_about(self, attempt: str | None) -> bool:
        """Whether it is named, or its stranger is."""
        return attempt in (self.attempt, self.stranger)

    @property
    def stranger(self) -> str:
        """Whose attempt stray callbacks name."""
        return f"stranger-{self.attempt}"

    def reports(self, attempt: str) -> list[StatusReport]:
        """What our readers made of its callbacks."""
        reports = self.sandbox.receiver.reports
        return [each for each in reports if isinstance(each, StatusReport) and each.attempt_key == attempt]


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(
        vendors=VENDORS, speed=5.0, hold_seconds=20.0, slow_seconds=0.3, late_seconds=LATE
    ) as running:
        yield running


async def arrange(sandbox: RunningSandbox, vendor: str, channel: Channel, fault: str) -> Case:
    """A message to somebody of their own, who meets the fault."""
    nth = next(_COUNT)
    to = f"p{nth}@example.com" if channel is Channel.EMAIL else f"+1202555{nth:04d}"
    key = AttemptKey(f"{nth}-{vendor}-{channel.value}-{fault}", "s", 1)
    case = Case(sandbox, vendor, channel, OutboundMessage(key, to, Content("Hi", "Tea?")))
    await sandbox.people(**{to: _PERSONAS[channel]})
    await sandbox.faults(**{to: fault})
    await sandbox.strangers({case.attempt: case.stranger})
    return case


@pytest.mark.parametrize(("vendor", "channel"), SUBJECTS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_our_adapters_tell_each_fault_for_what_it_is(
    sandbox: RunningSandbox, vendor: str, channel: Channel, fault: str
) -> None:
    """What may be sent again, what may have been taken, and what was; the vendor has counted the fault."""
    case = await arrange(sandbox, vendor, channel, fault)
    provider = case.provider(patience=0.6 if fault == "hangs" else 15.0)
    before = Counter((await sandbox.ledger())["faults"])

    if fault in ("rate_limited", "rate_limited_bare", "unavailable"):
        with pytest.raises(TransientFault) as refused:
            await provider.send(case.message)
        waits = fault == "rate_limited" and vendor not in SAY_NO_WAIT
        assert refused.value.retry_after == (timedelta(seconds=1) if waits else None)
        assert await case.accepted() == []
    elif fault == "cut_before" or fault in _TAKEN_AND_LOST:
        with pytest.raises(OutcomeUnknown):
            await provider.send(case.message)
        assert len(await case.accepted()) == (fault in _TAKEN_AND_LOST)
    else:
        accepted = await provider.send(case.message)
        [row] = await case.accepted()
        assert accepted == Accepted(row["provider_ref"])
        assert row["vendor"] == vendor

    met = Counter((await sandbox.ledger())["faults"]) - before
    assert met == ({} if fault in {"none", *NOT_HAD.get(vendor, ())} else {fault: 1})


@pytest.mark.parametrize("fault", ["cut_before", "cut_after"])
async def test_a_connection_that_is_cut_has_no_answer(sandbox: RunningSandbox, fault: str) -> None:
    """Not one byte of HTTP comes back."""
    case = await arrange(sandbox, "twilio", Channel.SMS, fault)
    account = sandbox.settings("twilio")
    request = sandbox.client.post(
        f"{sandbox.url}/2010-04-01/Accounts/{account.account_sid}/Messages.json",
        auth=(account.account_sid, account.auth_token),
        data={"To": case.message.to, "From": "+12025550100", "Body": "Hi"},
    )

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await request


@pytest.mark.parametrize(("vendor", "channel"), CALLING_BACK)
async def test_who_is_silent_never_calls_back(sandbox: RunningSandbox, vendor: str, channel: Channel) -> None:
    """The message is taken, and that is the last that is heard of it."""
    case = await arrange(sandbox, vendor, channel, "silent")
    await case.provider().send(case.message)

    assert await case.told() == []
    assert case.reports(case.attempt) == []


@pytest.mark.parametrize(("vendor", "channel"), CALLING_BACK)
async def test_an_early_callback_comes_before_the_answer(
    sandbox: RunningSandbox, vendor: str, channel: Channel
) -> None:
    """When our adapter has its answer, we have taken a callback about it."""
    case = await arrange(sandbox, vendor, channel, "early")
    known = len(sandbox.receiver.callbacks)
    await case.provider().send(case.message)

    assert case.reports(case.attempt), sandbox.receiver.callbacks[known:]


@pytest.mark.parametrize(("vendor", "channel"), CALLING_BACK)
async def test_late_callbacks_come_after_their_time(
    sandbox: RunningSandbox, vendor: str, channel: Channel
) -> None:
    """None comes before, whatever the speed; then all of them come."""
    case = await arrange(sandbox, vendor, channel, "late")
    began = time.monotonic()
    await case.provider().send(case.message)
    waiting = [row for row in (await sandbox.ledger())["deliveries"] if row["attempt"] == case.attempt]
    told = await case.told()

    assert waiting
    assert all(row["tries"] == 0 and row["status"] is None for row in waiting)
    assert time.monotonic() - began > LATE
    assert all(row["acknowledged"] for row in told)
    assert len(told) == len(waiting)


@pytest.mark.parametrize(("vendor", "channel"), CALLING_BACK)
async def test_a_callback_that_is_repeated_is_one_row_with_its_tries(
    sandbox: RunningSandbox, vendor: str, channel: Channel
) -> None:
    """Up to fifty times the same bytes, and all of them verify."""
    case = await arrange(sandbox, vendor, channel, "repeats")
    await case.provider().send(case.message)
    told = await case.told()
    came = Counter(key_of(callback) for callback in sandbox.receiver.callbacks)

    assert told
    assert all(2 <= row["tries"] <= 50 and row["acknowledged"] for row in told)
    assert {row["key"]: row["tries"] for row in told}.items() <= came.items()


@pytest.mark.parametrize(("vendor", "channel"), CALLING_BACK)
async def test_a_stray_callback_is_signed_and_names_somebody_elses_attempt(
    sandbox: RunningSandbox, vendor: str, channel: Channel
) -> None:
    """Our readers take it: it has the reference of the message that was sent, and the other's attempt."""
    case = await arrange(sandbox, vendor, channel, "stray")
    await case.provider().send(case.message)
    told = await case.told()

    assert {(row["kind"], row["attempt"]) for row in told} == {
        ("genuine", case.attempt),
        ("stray", case.stranger),
    }
    assert all(row["acknowledged"] for row in told)
    [row] = await case.accepted()
    assert {report.provider_ref for report in case.reports(case.stranger)} == {row["provider_ref"]}
    assert {report.provider_ref for report in case.reports(case.attempt)} == {row["provider_ref"]}


@pytest.mark.parametrize(("vendor", "channel"), CALLING_BACK)
async def test_a_forged_callback_is_turned_away(
    sandbox: RunningSandbox, vendor: str, channel: Channel
) -> None:
    """What somebody else says in the vendor's name is answered 403, once; the genuine ones are taken."""
    case = await arrange(sandbox, vendor, channel, "forged")
    await case.provider().send(case.message)
    told = await case.told()
    forged = [row for row in told if row["kind"] == "forged"]

    assert forged
    assert {(row["status"], row["tries"], row["acknowledged"]) for row in forged} == {(403, 1, False)}
    assert all(row["acknowledged"] for row in told if row["kind"] == "genuine")
    heard = {report.status for report in case.reports(case.attempt)}
    assert heard.isdisjoint({DeliveryStatus.OPTED_OUT, DeliveryStatus.BOUNCED, DeliveryStatus.FAILED})
    assert heard


async def test_who_nothing_was_said_of_is_told_of_in_the_place_of_nobody(sandbox: RunningSandbox) -> None:
    """The same step and attempt of an enrollment that there is not."""
    case = await arrange(sandbox, "twilio", Channel.SMS, "stray")
    key = AttemptKey("11111111-1111-5111-8111-111111111111", "s", 2)
    await case.provider().send(OutboundMessage(key, case.message.to, Content("Hi")))
    page = await sandbox.settled()
    genuine = [row for row in page["deliveries"] if row["attempt"] == str(key)]
    strays = [
        AttemptKey.parse(row["attempt"] or "")
        for row in page["deliveries"]
        if row["kind"] == "stray" and not (row["attempt"] or "").startswith("stranger-")
    ]

    assert genuine
    assert strays
    assert {
        (each.step, each.attempt, each.enrollment_id == key.enrollment_id) for each in strays if each
    } == {("s", 2, False)}


@pytest.mark.parametrize("attempts", [{"a:s:1": "b"}, {"b": "a:s:1"}])
async def test_only_attempts_can_be_strangers(sandbox: RunningSandbox, attempts: dict[str, str]) -> None:
    """What is no attempt key is refused with a sentence."""
    answer = await sandbox.client.put(f"{sandbox.url}/sandbox/strangers", json=attempts)

    assert answer.status_code == 422
    assert "'b' is not of the form enrollment:step:attempt" in answer.json()["detail"]


def key_of(callback: Callback) -> str:
    """Under which key our HTTP app would stage it."""
    parts = urlsplit(callback.url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return webhook_key(parts.path.rpartition("/")[2], target, callback.body)
