"""Settings come from the environment, and a wrong one is named."""

from pathlib import Path

import pytest

from adapters.providers.slack.vendor import SlackSettings
from application.environment import WrongSetting, require
from bootstrap.settings import Settings, load, variables

DOCUMENT = Path(__file__).parents[3] / "docs" / "settings.md"


def test_an_empty_environment_gives_the_defaults() -> None:
    """Nothing needs to be set to begin with."""
    assert load({}) == Settings()


def test_a_groups_name_is_part_of_the_variable() -> None:
    """Each setting is read from DRUMBEAT_, its group and its name."""
    settings = load(
        {
            "DRUMBEAT_TENANT": "acme",
            "DRUMBEAT_HTTP_PORT": "9000",
            "DRUMBEAT_HTTP_PUBLIC_URL": "https://hooks.example.com/",
            "DRUMBEAT_PROVIDERS_TIMEOUT_SECONDS": "2.5",
            "HOME": "/somewhere",
        }
    )

    assert settings.tenant == "acme"
    assert settings.http.port == 9000
    assert settings.http.public_url == "https://hooks.example.com"
    assert settings.providers.timeout_seconds == 2.5


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DRUMBEAT_HTTP_PORT", "eighty", "must be a port number"),
        ("DRUMBEAT_HTTP_PORT", "70000", "must be a port number"),
        ("DRUMBEAT_HTTP_PUBLIC_URL", "hooks.example.com", "must be an address that begins with http"),
        ("DRUMBEAT_HTTP_PUBLIC_URL", "http://[", "must be an address"),
        ("DRUMBEAT_DATABASE_URL", "mysql://db", "must be sqlite:///PATH or postgresql://"),
        ("DRUMBEAT_PROVIDERS_SMS", "pigeon", "must be one of twilio"),
        ("DRUMBEAT_PROVIDERS_SMS", "slack", "must be one of twilio"),
        ("DRUMBEAT_PROVIDERS_EMAIL", "sendgrid,sendgrid", "must be one of sendgrid"),
        ("DRUMBEAT_PROVIDERS_VOICE", "twilio,none", "must be one of twilio"),
        ("DRUMBEAT_PROVIDERS_DESK", "twilio", "must be one of slack"),
        ("DRUMBEAT_TWILIO_SMS_PER_SECOND", "fast", "must be a number, 0 to 10000"),
        ("DRUMBEAT_HTTP_TRUSTED_PROXIES", "10.0.0.0/8, proxy", "must be addresses or networks"),
        (
            "DRUMBEAT_WORKER_QUEUES",
            "sms,pigeon",
            "must be one or several of campaigns, sms, email, voice, bulk",
        ),
        ("DRUMBEAT_WORKER_HEALTH_PORT", "off", "must be a port number"),
        ("DRUMBEAT_LINKS_SECRET", "s" * 31, "must have at least 32 characters"),
        ("DRUMBEAT_LINKS_PREVIOUS_SECRET", "short", "must have at least 32 characters"),
        ("DRUMBEAT_CALLS_MENU", "yes", "must be true or false"),
        ("DRUMBEAT_CALLS_RING_SECONDS", "0", "must be a number, 1 to 120"),
        ("DRUMBEAT_REPLIES_LANGUAGES", "xx", "must be of"),
        ("DRUMBEAT_REPLIES_STOP_WORDS", "STOPP", "must be LANGUAGE:WORD"),
        ("DRUMBEAT_PROVIDERS_TIMEOUT_SECONDS", "soon", "must be a number of seconds"),
        ("DRUMBEAT_WORKER_DRAIN_SECONDS", "-1", "must be a number of seconds"),
        ("DRUMBEAT_WORKER_CACHED_RUNS", "0", "must be a whole number, 1 to 1000000"),
        ("DRUMBEAT_TELEMETRY_EXPORT", "carrier", "must be one of none, otlp, prometheus"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(name: str, value: str, says: str) -> None:
    """The message names the variable and says what it must be."""
    with pytest.raises(WrongSetting, match=f"^{name} {says}"):
        load({name: value}).replies.keywords()


def test_lists_are_separated_by_commas() -> None:
    """Providers in the order in which they are tried, networks, and nobody at all."""
    settings = load(
        {
            "DRUMBEAT_PROVIDERS_EMAIL": "none",
            "DRUMBEAT_HTTP_TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::1",
        }
    )

    assert settings.providers.email == ()
    assert [str(network) for network in settings.http.trusted_proxies] == ["10.0.0.0/8", "2001:db8::1/128"]


@pytest.mark.parametrize("alone", ["DRUMBEAT_WORKER_DEPLOYMENT", "DRUMBEAT_WORKER_BUILD_ID"])
def test_a_release_has_a_name_and_a_build(alone: str) -> None:
    """One without the other would be no version of anything."""
    with pytest.raises(WrongSetting, match="go together: set both, or neither"):
        load({alone: "1.0"})


def test_a_misspelt_variable_is_pointed_out() -> None:
    """A setting that nobody reads would silently do nothing, so it is refused."""
    with pytest.raises(
        WrongSetting, match="DRUMBEAT_HTTP_PROT is not a setting: did you mean DRUMBEAT_HTTP_P"
    ):
        load({"DRUMBEAT_HTTP_PROT": "80"})


def test_the_sandbox_has_settings_of_its_own() -> None:
    """What the sandbox reads is not ours to judge."""
    assert load({"DRUMBEAT_SANDBOX_PORT": "1"}) == Settings()


def test_secrets_are_not_shown() -> None:
    """Neither the repr of the settings nor a complaint about a secret shows its value."""
    shown = repr(
        load({"DRUMBEAT_TWILIO_AUTH_TOKEN": "hush", "DRUMBEAT_DATABASE_URL": "postgresql://u:hush@h/d"})
    )

    assert "hush" not in shown
    with pytest.raises(WrongSetting) as caught:
        load({"DRUMBEAT_DATABASE_URL": "mysql://u:hush@h/d"})
    assert "hush" not in str(caught.value)
    with pytest.raises(WrongSetting) as caught:
        load({"DRUMBEAT_LINKS_SECRET": "hush"})
    assert "hush" not in str(caught.value)
    assert "hush" not in repr(load({"DRUMBEAT_LINKS_SECRET": "hush" * 8}))


def test_what_a_provider_needs_is_asked_for_by_name() -> None:
    """A missing credential is named as the variable that would hold it."""
    require(load({"DRUMBEAT_SLACK_TOKEN": "x"}).vendors["slack"], "slack", "token")
    with pytest.raises(WrongSetting, match=r"^DRUMBEAT_SLACK_CHANNEL is not set"):
        require(SlackSettings(), "slack", "channel")


def test_the_documentation_lists_every_setting_with_its_default() -> None:
    """docs/settings.md and the code agree."""
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = {
        line.split("|")[1].strip(): line.split("|")[2].strip()
        for line in text.splitlines()
        if "| `DRUM" in line
    }

    assert rows == {f"`{name}`": f"`{value}`" if value else "" for name, value in variables().items()}
