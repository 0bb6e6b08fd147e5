"""Settings come from the environment, and a wrong one is named."""

from pathlib import Path

import pytest

from bootstrap.settings import Settings, WrongSetting, load, require, variables

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
        ("DRUMBEAT_PROVIDERS_TIMEOUT_SECONDS", "soon", "must be a number of seconds"),
        ("DRUMBEAT_WORKER_DRAIN_SECONDS", "-1", "must be a number of seconds"),
        ("DRUMBEAT_TELEMETRY_EXPORT", "carrier", "must be one of none, otlp, prometheus"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(name: str, value: str, says: str) -> None:
    """The message names the variable and says what it must be."""
    with pytest.raises(WrongSetting, match=f"^{name} {says}"):
        load({name: value})


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


def test_what_a_provider_needs_is_asked_for_by_name() -> None:
    """A missing credential is named as the variable that would hold it."""
    require(load({"DRUMBEAT_SLACK_TOKEN": "x"}).slack, "slack", "token")
    with pytest.raises(WrongSetting, match=r"^DRUMBEAT_SLACK_CHANNEL is not set"):
        require(Settings().slack, "slack", "channel")


def test_the_documentation_lists_every_setting_with_its_default() -> None:
    """docs/settings.md and the code agree."""
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = {
        line.split("|")[1].strip(): line.split("|")[2].strip()
        for line in text.splitlines()
        if "| `DRUM" in line
    }

    assert rows == {f"`{name}`": f"`{value}`" if value else "" for name, value in variables().items()}
