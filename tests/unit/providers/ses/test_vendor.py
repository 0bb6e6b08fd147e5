"""Amazon SES by its settings."""

import httpx
import pytest

from adapters.providers.common.http import Timeouts
from adapters.providers.common.vendor import Role, Wiring
from adapters.providers.ses.email import SesEmailProvider
from adapters.providers.ses.sns import FetchedKeys, PinnedKeys
from adapters.providers.ses.vendor import SES, SesSettings
from application.environment import MissingSetting, WrongSetting, read_group
from domain.statuses import Channel
from tests.unit.providers.ses.envelopes import TOPIC, certificate

WIRING = Wiring(httpx.AsyncClient(), "https://hooks.example.com", Timeouts())
RIGHT = {
    "DRUMBEAT_SES_REGION": "eu-west-1",
    "DRUMBEAT_SES_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "DRUMBEAT_SES_SECRET_ACCESS_KEY": "s3cret",
    "DRUMBEAT_SES_SENDER": "Tea House <hello@example.com>",
    "DRUMBEAT_SES_TOPIC_ARN": f"{TOPIC}, {TOPIC}s",
    "DRUMBEAT_SES_CONTACT_LIST_TOPIC": "Reminders",
    "DRUMBEAT_SES_EMAIL_PER_SECOND": "14",
}


def settings(**changes: str) -> SesSettings:
    changed = {f"DRUMBEAT_SES_{name.upper()}": value for name, value in changes.items()}
    return read_group(SesSettings, "ses", {**RIGHT, **changed})


def test_settings_make_an_adapter_and_a_reader() -> None:
    """E-mail and callbacks are what it can do, at a rate, and no secret is shown."""
    provider = SES.message_provider(Channel.EMAIL, settings(), WIRING)
    reader = SES.callback_reader(settings(), WIRING)

    assert isinstance(provider, SesEmailProvider)
    assert (provider.sender.name, provider.sender.address) == ("Tea House", "hello@example.com")
    assert [role for role in Role if SES.can(role)] == [Role.EMAIL]
    assert SES.per_second(Channel.EMAIL, settings()) == 14.0
    assert reader.topics == (TOPIC, f"{TOPIC}s")
    assert reader.contact_list_topic == provider.contact_list_topic == "Reminders"
    assert isinstance(reader.keys, FetchedKeys)
    assert "s3cret" not in repr(settings()) + repr(provider) + repr(reader)


def test_certificates_may_be_given_instead_of_fetched() -> None:
    """Two of them while one takes the other's place."""
    given = settings(sns_certificate=certificate(), previous_sns_certificate=certificate())
    reader = SES.callback_reader(given, WIRING)

    assert isinstance(reader.keys, PinnedKeys)
    assert len(reader.keys.keys) == 2


@pytest.mark.parametrize("name", ["region", "sender"])
def test_what_an_email_needs_is_named(name: str) -> None:
    """A worker starts without, and says so."""
    with pytest.raises(MissingSetting, match=f"DRUMBEAT_SES_{name.upper()} is not set"):
        SES.message_provider(Channel.EMAIL, settings(**{name: ""}), WIRING)


def test_what_callbacks_need_is_named() -> None:
    """Without a topic anybody's envelopes would be read."""
    with pytest.raises(MissingSetting, match="DRUMBEAT_SES_TOPIC_ARN is not set"):
        SES.callback_reader(settings(topic_arn=""), WIRING)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sender": "Ana"}, "must be an e-mail address"),
        ({"region": "moon"}, "region must be"),
        ({"secret_access_key": ""}, "must both be set"),
        ({"reply_to": "Ana"}, "reply_to must be"),
    ],
)
def test_a_wrong_setting_is_named_and_no_secret_shown(changes: dict[str, str], says: str) -> None:
    """One sentence, when the program starts."""
    with pytest.raises(WrongSetting, match=says) as caught:
        SES.message_provider(Channel.EMAIL, settings(**changes), WIRING)

    assert "s3cret" not in str(caught.value)
