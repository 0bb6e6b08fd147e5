"""Vonage as the registry sees it: settings in, parts out."""

import httpx
import pytest

from adapters.providers import registry
from adapters.providers.common.http import Timeouts
from adapters.providers.common.vendor import Role, Wiring
from adapters.providers.vonage.vendor import VONAGE, VonageSettings
from application.environment import MissingSetting, WrongSetting, read_group, variables
from domain.statuses import Channel
from tests.fakes.coroutines import finished
from tests.unit.providers.vonage.account import PEM
from tests.unit.providers.vonage.signing import NOW, PREVIOUS, REF, SECRET, with_token

WIRING = Wiring(httpx.AsyncClient(), "https://hooks.example.com", Timeouts())
ENVIRON = {
    "DRUMBEAT_VONAGE_API_KEY": "abcd1234",
    "DRUMBEAT_VONAGE_API_SECRET": "s3cret-api",
    "DRUMBEAT_VONAGE_SIGNATURE_SECRET": SECRET,
    "DRUMBEAT_VONAGE_PREVIOUS_SIGNATURE_SECRET": PREVIOUS,
    "DRUMBEAT_VONAGE_SMS_FROM": "AcmeInc",
    "DRUMBEAT_VONAGE_APPLICATION_ID": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
    "DRUMBEAT_VONAGE_PRIVATE_KEY": PEM,
    "DRUMBEAT_VONAGE_VOICE_FROM": "+12025550100",
    "DRUMBEAT_VONAGE_SMS_PER_SECOND": "30",
}


def settings(**changes: str) -> VonageSettings:
    """The settings with some variables changed."""
    changed = {f"DRUMBEAT_VONAGE_{name.upper()}": value for name, value in changes.items()}
    return read_group(VonageSettings, "vonage", {**ENVIRON, **changed})


def test_vonage_carries_sms_and_calls() -> None:
    """It is known by its name, for these channels and no other role."""
    assert registry.vendors()["vonage"] is VONAGE
    assert [role for role in Role if VONAGE.can(role)] == [Role.SMS, Role.VOICE]
    assert VONAGE.message_provider(Channel.SMS, settings(), WIRING).name == "vonage"
    assert VONAGE.message_provider(Channel.VOICE, settings(), WIRING).channel is Channel.VOICE
    assert VONAGE.per_second(Channel.SMS, settings()) == 30.0


@pytest.mark.parametrize(("reports", "can_look_up"), [("true", True), ("false", False)])
def test_sms_are_looked_up_where_the_account_has_the_reports_api(reports: str, *, can_look_up: bool) -> None:
    """It is paid for, so that it is used only when told to."""
    provider = VONAGE.message_provider(Channel.SMS, settings(reports=reports), WIRING)

    assert provider.can_look_up is can_look_up


def test_both_secrets_verify_while_one_is_replaced() -> None:
    """The reader takes the current and the previous signature secret of the settings."""
    reader = VONAGE.callback_reader(settings(), WIRING)
    for secret in (SECRET, PREVIOUS):
        callback = with_token({"uuid": REF, "status": "busy"}, secret=secret)

        assert finished(reader.read(callback, NOW)).reports


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VOICE])
def test_a_missing_setting_is_named(channel: Channel) -> None:
    """Each part names what it needs, by its variable."""
    with pytest.raises(MissingSetting, match="DRUMBEAT_VONAGE_"):
        VONAGE.message_provider(channel, VonageSettings(), WIRING)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("signature_method", "crc32"),
        ("machine_detection", "perhaps"),
        ("base_url", "rest.nexmo.com"),
        ("sms_per_second", "-1"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    """The error names the variable and what would be right."""
    with pytest.raises(WrongSetting, match=f"DRUMBEAT_VONAGE_{name.upper()} must be"):
        settings(**{name: value})


def test_a_private_key_that_is_none_is_named_and_not_shown() -> None:
    """Whoever mends it sees which setting it is, and nobody sees a key."""
    with pytest.raises(WrongSetting, match="private_key must be an RSA key") as caught:
        VONAGE.message_provider(Channel.VOICE, settings(private_key="k3y"), WIRING)

    assert "k3y" not in str(caught.value)


def test_no_secret_shows() -> None:
    """Neither in the settings' repr nor in the list of variables and defaults."""
    shown = repr(settings()) + repr(variables(VonageSettings, "vonage"))

    assert not any(secret in shown for secret in ("s3cret", SECRET, PREVIOUS, "PRIVATE KEY"))
