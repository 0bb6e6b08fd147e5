"""Who is asked by ``drumbeat provider check``: everybody whom the settings name."""

import httpx
import pytest

from application.check_providers import CheckProviders
from application.ports.checks import Finding
from bootstrap.providers import in_use, wiring
from bootstrap.settings import load


@pytest.fixture
def environ() -> dict[str, str]:
    return {
        "DRUMBEAT_PROVIDERS_SMS": "vonage,twilio",
        "DRUMBEAT_PROVIDERS_EMAIL": "smtp",
        "DRUMBEAT_PROVIDERS_VOICE": "none",
        "DRUMBEAT_PROVIDERS_DESK": "jira",
    }


async def test_all_in_use_are_asked_and_a_missing_setting_is_named(environ: dict[str, str]) -> None:
    """Nobody is called whose settings are not whole; the desk comes last."""
    settings = load(environ)
    async with httpx.AsyncClient() as client:
        found = await CheckProviders(in_use(settings, wiring(settings, client)))()

    assert [(each.provider, each.role) for each in found] == [
        ("vonage", "sms"),
        ("twilio", "sms"),
        ("smtp", "email"),
        ("jira", "desk"),
    ]
    assert {each.checked.finding for each in found} == {Finding.NOT_CONFIGURED}
    assert "DRUMBEAT_VONAGE_API_KEY is not set" in found[0].checked.says


async def test_a_setting_that_cannot_be_used_is_told_by_the_check_alone(environ: dict[str, str]) -> None:
    """The others are asked all the same."""
    settings = load(
        {
            **environ,
            "DRUMBEAT_SMTP_HOST": "localhost",
            "DRUMBEAT_SMTP_SENDER": "nobody",
            "DRUMBEAT_PROVIDERS_SMS": "none",
        }
    )
    async with httpx.AsyncClient() as client:
        found = await CheckProviders(in_use(settings, wiring(settings, client)))(["smtp"])

    assert [each.checked.finding for each in found] == [Finding.NOT_CONFIGURED]
    assert "DRUMBEAT_SMTP_*" in found[0].checked.says
