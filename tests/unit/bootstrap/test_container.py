"""The wiring: adapters are chosen by settings, can be swapped, and say what they lack."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from adapters.db.database import SqlDatabase
from adapters.providers.common.unconfigured import UnconfiguredProvider
from adapters.providers.sandbox.keys import new_key_pair
from adapters.providers.twilio.sms import TwilioSmsProvider
from application.environment import WrongSetting
from application.errors import TransientFault
from application.ports.handoffs import Ticket
from application.ports.messaging import Content, OutboundMessage
from bootstrap import schema
from bootstrap.container import Container, running
from bootstrap.providers import channel_rates, rates
from bootstrap.settings import Settings, load
from domain.circuit import Circuit
from domain.contact_rules import Cap
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from domain.stuck import StuckKind
from tests.fakes.providers import FakeProvider

ENVIRON = {
    "DRUMBEAT_DATABASE_URL": "sqlite:///:memory:",
    "DRUMBEAT_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "DRUMBEAT_TWILIO_AUTH_TOKEN": "token",
    "DRUMBEAT_TWILIO_SMS_FROM": "+12025550100",
    "DRUMBEAT_TWILIO_VOICE_FROM": "+12025550100",
    "DRUMBEAT_SENDGRID_API_KEY": "key",
    "DRUMBEAT_SENDGRID_SENDER": "us@example.com",
    "DRUMBEAT_SENDGRID_PUBLIC_KEY": new_key_pair()[1],
    "DRUMBEAT_SLACK_TOKEN": "token",
    "DRUMBEAT_SLACK_CHANNEL": "C1",
}

UNSENT = (
    "DRUMBEAT_TWILIO_SMS_FROM",
    "DRUMBEAT_TWILIO_VOICE_FROM",
    "DRUMBEAT_SENDGRID_API_KEY",
    "DRUMBEAT_SENDGRID_SENDER",
)


async def test_everything_can_be_wired_while_temporal_is_down() -> None:
    """All entrypoints find what they need; nothing is connected before it is used."""
    async with running(load(ENVIRON), "test") as wired:
        send_message = wired.send_message()
        services = wired.http_services()

        [sms] = send_message.providers[Channel.SMS]
        assert isinstance(sms, TwilioSmsProvider)
        assert isinstance(send_message.database, SqlDatabase)
        assert set(send_message.providers) == set(Channel)
        assert set(services.readers) == {"twilio", "sendgrid"}
        assert wired.http_options().public_url == "http://127.0.0.1:8000"
        assert wired.create_handoff().desk.name == "slack"
        assert wired.relay_events() is wired.relay_events()


async def test_the_health_of_every_chosen_provider_can_be_seen(tmp_path: Path) -> None:
    """What the workers have noted of each; one of which nothing was ever noted is well."""
    settings = load(
        {
            **ENVIRON,
            "DRUMBEAT_DATABASE_URL": f"sqlite:///{tmp_path / 'drumbeat.db'}",
            "DRUMBEAT_PROVIDERS_SMS": "vonage,twilio",
            "DRUMBEAT_VONAGE_SIGNATURE_SECRET": "secret",
        }
    )
    await schema.upgrade(settings)
    async with running(settings, "test") as wired:
        async with wired.database().transaction() as tx:
            later = datetime.now(UTC) + timedelta(minutes=5)
            await tx.circuits.note(
                Channel.SMS, "vonage", Circuit(), Circuit(faults=5, open_until=later, opened=1)
            )
        seen = await wired.http_services().details["providers"]()

    assert seen == {
        "sms/vonage": "open",
        "sms/twilio": "closed",
        "email/sendgrid": "closed",
        "voice/twilio": "closed",
    }


async def test_the_gate_knows_places_links_and_the_deployments_caps() -> None:
    """What the settings say of every campaign reaches the sends; without a secret there are no links."""
    caps = {"DRUMBEAT_CAPS": "2 messages per day, 1 sms per day"}
    secret = {"DRUMBEAT_LINKS_SECRET": "s" * 32}
    key = AttemptKey("e", "text", 1)
    async with running(load(ENVIRON), "test") as wired:
        plain = wired.send_message().gate
    async with running(load(ENVIRON | caps | secret), "test") as wired:
        gate = wired.send_message().gate

        assert wired.prepare_step().places is gate.places

    assert (plain.caps, plain.links.unsubscribe(key)) == ((), None)
    assert gate.caps == (Cap(2, timedelta(days=1)), Cap(1, timedelta(days=1), Channel.SMS))
    assert (gate.links.unsubscribe(key) or "").startswith("http://127.0.0.1:8000/u/")
    assert gate.places.calendar.country_of("+4930123456") == "DE"


async def test_a_worker_can_ask_the_books() -> None:
    """What a run asks while it waits is answered from the database that its sends use."""
    async with running(load(ENVIRON), "test") as wired:
        database = wired.send_message().database

        assert wired.prepare_step().database is database
        assert wired.check_wait().database is database


async def test_an_adapter_can_be_swapped() -> None:
    """Another environment, or a test, puts its own adapter in one place."""
    fake = FakeProvider(Channel.SMS)
    async with running(load(ENVIRON), "test") as wired:
        with wired.message_providers.override({Channel.SMS: [fake]}):
            assert wired.send_message().providers == {Channel.SMS: [fake]}


async def test_a_deployment_may_have_one_channel_only() -> None:
    """What is not used needs no credentials; its webhooks have no route."""
    names = ("DRUMBEAT_DATABASE_URL", "DRUMBEAT_SLACK_TOKEN", "DRUMBEAT_SLACK_CHANNEL")
    sms = {name: value for name, value in ENVIRON.items() if name in names or "_TWILIO_" in name}
    nobody = {"DRUMBEAT_PROVIDERS_EMAIL": "none", "DRUMBEAT_PROVIDERS_VOICE": "none"}
    async with running(load(sms | nobody), "test") as wired:
        chosen = wired.send_message().providers
        assert {channel: len(providers) for channel, providers in chosen.items() if providers} == {
            Channel.SMS: 1
        }
        assert set(wired.http_services().readers) == {"twilio"}


async def test_a_worker_of_one_channel_has_the_providers_of_that_channel() -> None:
    """Of the others it needs no settings: a process can be kept from their credentials."""
    async with running(load(ENVIRON | {"DRUMBEAT_WORKER_QUEUES": "sms,bulk"}), "test") as wired:
        assert set(wired.send_message().providers) == {Channel.SMS}


async def test_the_http_app_looks_for_what_is_stuck() -> None:
    """As often, and with as much patience, as the settings say."""
    patience = {"DRUMBEAT_STUCK_LOOK_SECONDS": "7", "DRUMBEAT_STUCK_HANDOFF_SECONDS": "60"}
    async with running(load(ENVIRON | patience), "test") as wired:
        watch = wired.http_services().watch
        limits = wired.find_stuck().limits

        assert watch is not None
        assert (watch.look, watch.every) == (wired.observe_stuck(), timedelta(seconds=7))
        assert limits.longest[StuckKind.HANDOFF_UNCLAIMED] == timedelta(minutes=1)
        assert limits.longest[StuckKind.EVENT_NOT_DISPATCHED] == timedelta(minutes=5)


@pytest.mark.parametrize("missing", ["DRUMBEAT_TWILIO_AUTH_TOKEN", "DRUMBEAT_SENDGRID_PUBLIC_KEY"])
async def test_webhooks_need_what_verifies_them(missing: str) -> None:
    """An app that could not tell a genuine callback does not start, and says what it lacks."""
    settings = load({name: value for name, value in ENVIRON.items() if name != missing})
    async with running(settings, "test") as wired:
        with pytest.raises(WrongSetting, match=f"^{missing} is not set"):
            wired.http_services()


@pytest.mark.parametrize("missing", UNSENT)
async def test_a_provider_without_its_settings_sends_nothing_and_says_what_it_lacks(missing: str) -> None:
    """A worker starts all the same; its campaigns wait for the setting, nobody is rejected."""
    settings = load({name: value for name, value in ENVIRON.items() if name != missing})
    message = OutboundMessage(AttemptKey("e", "text", 1), "+12025550101", Content("Hello"))
    async with running(settings, "test") as wired:
        chosen = [provider for each in wired.send_message().providers.values() for provider in each]
        [lacking] = [provider for provider in chosen if isinstance(provider, UnconfiguredProvider)]
        with pytest.raises(TransientFault, match=f"^{missing} is not set"):
            await lacking.send(message)

        assert await lacking.find(message) is None


async def test_a_worker_can_start_without_any_settings() -> None:
    """On a fresh machine it idles, and each adapter knows what it lacks."""
    async with running(load({"DRUMBEAT_DATABASE_URL": "sqlite:///:memory:"}), "test") as wired:
        desk = wired.create_handoff().desk
        with pytest.raises(TransientFault, match="^DRUMBEAT_SLACK_TOKEN is not set"):
            await desk.open(Ticket("key", "e", "hello", "unanswered", "Please call"))

        assert set(wired.send_message().providers) == set(Channel)


def test_a_limit_is_of_a_provider_on_a_channel_and_the_channel_has_the_highest() -> None:
    """A channel without a limit on every one of its providers has none: the other one may carry all."""
    settings = load(
        {
            "DRUMBEAT_PROVIDERS_SMS": "twilio",
            "DRUMBEAT_PROVIDERS_EMAIL": "none",
            "DRUMBEAT_TWILIO_SMS_PER_SECOND": "12.5",
            "DRUMBEAT_SENDGRID_EMAIL_PER_SECOND": "3",
        }
    )

    assert rates(settings) == {("twilio", Channel.SMS): 12.5}
    assert channel_rates(settings) == {Channel.SMS: 12.5}


async def test_a_credential_that_cannot_be_used_is_named_without_its_value() -> None:
    """A key of the wrong form is a setting to mend, not a traceback; it is not shown."""
    settings = load({**ENVIRON, "DRUMBEAT_SENDGRID_PUBLIC_KEY": "not-a-key"})
    async with running(settings, "test") as wired:
        with pytest.raises(WrongSetting, match="^The settings DRUMBEAT_SENDGRID_") as caught:
            _make_all(wired)

    assert "not-a-key" not in str(caught.value)


async def test_a_database_address_that_cannot_be_read_is_named() -> None:
    """The address is not shown, since it may hold a password."""
    settings = Settings(database_url="oracle://u:hush@h/d")
    with pytest.raises(WrongSetting, match="^DRUMBEAT_DATABASE_URL") as caught:
        async with running(settings, "test"):
            pass

    assert "hush" not in str(caught.value)


def _make_all(wired: Container) -> None:
    wired.send_message()
    wired.create_handoff()
    wired.http_services()


def test_the_container_asks_for_what_must_be_opened() -> None:
    """Nothing is constructed at import time: an empty container refuses to wire."""
    with pytest.raises(Exception, match="Dependency"):
        Container(settings=Settings(), http_client=httpx.AsyncClient()).send_message()
