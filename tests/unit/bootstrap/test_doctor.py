"""The doctor on real settings: what is missing is named, and nothing that hangs or fails ends it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from application.check_system import Diagnosis
from bootstrap import schema
from bootstrap.doctor import diagnose
from bootstrap.settings import load
from tests.unit.bootstrap.test_container import ENVIRON

ELSEWHERE = {"TEMPORAL_ADDRESS": "127.0.0.1:1", "DRUMBEAT_HTTP_PUBLIC_URL": "https://hooks.example.com"}


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """All that is chosen is set; Temporal is nowhere."""
    for name, value in ELSEWHERE.items():
        monkeypatch.setenv(name, value)  # Temporal's client reads them from the process
    return {
        **ENVIRON,
        **ELSEWHERE,
        "DRUMBEAT_DATABASE_URL": f"sqlite:///{tmp_path}/drumbeat.db",
        "DRUMBEAT_LINKS_SECRET": "s" * 32,
    }


async def found(environ: Mapping[str, str]) -> dict[str, list[Diagnosis]]:
    lines: dict[str, list[Diagnosis]] = {}
    for each in await diagnose(environ):
        lines.setdefault(each.check, []).append(each)
    return lines


async def test_everything_has_a_line(environ: dict[str, str]) -> None:
    """What is well is ok, and what is not says why, beside each other."""
    await schema.upgrade(load(environ))
    lines = await found(environ)
    wrong = {name for name, each in lines.items() if not each[0].ok}

    assert wrong == {"temporal", "search attributes", "queues", "temporal clock"}
    assert "at 127.0.0.1:1: start it, or set TEMPORAL_ADDRESS" in lines["temporal"][0].says
    assert {"settings", "links", "public url", "database", "migrations", "database clock"} <= set(lines)
    assert {"enrollment overdue", "handoff unclaimed", "circuits"} <= set(lines)
    assert "twilio, sendgrid, slack" in lines["settings"][0].says


async def test_a_database_that_is_not_migrated(environ: dict[str, str], tmp_path: Path) -> None:
    """Each line that needs it says what to run, and the others stand."""
    (tmp_path / "drumbeat.db").touch()
    lines = await found(environ)

    assert lines["database"][0].ok
    assert lines["migrations"][0].says.endswith("run: drumbeat db upgrade")
    assert not lines["stuck"][0].ok
    assert lines["settings"][0].ok


async def test_what_is_missing_is_named_at_once(environ: dict[str, str]) -> None:
    """All variables of each provider, not only the first one."""
    for name in ("DRUMBEAT_TWILIO_ACCOUNT_SID", "DRUMBEAT_TWILIO_AUTH_TOKEN", "DRUMBEAT_SLACK_TOKEN"):
        del environ[name]
    said = [each.says for each in (await found(environ))["settings"]]

    assert "twilio needs DRUMBEAT_TWILIO_ACCOUNT_SID, DRUMBEAT_TWILIO_AUTH_TOKEN" in said
    assert "slack needs DRUMBEAT_SLACK_TOKEN" in said


async def test_what_cannot_be_used_is_not_shown(environ: dict[str, str]) -> None:
    """A key of the wrong form is named by its vendor."""
    environ["DRUMBEAT_SENDGRID_PUBLIC_KEY"] = "not-a-key"
    [said] = [each.says for each in (await found(environ))["settings"]]

    assert said.startswith("the settings DRUMBEAT_SENDGRID_* cannot be used")
    assert "not-a-key" not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [("DRUMBEAT_HTTP_PORT", "eighty"), ("DRUMBEAT_NONSENSE", "1"), ("DRUMBEAT_DATABASE_URL", "sqlite:///")],
)
async def test_settings_that_cannot_be_read(environ: dict[str, str], name: str, value: str) -> None:
    """Then that is what is to mend first, or the line that depends on it says so."""
    environ[name] = value
    lines = await found(environ)

    assert any(not each.ok for each in [*lines["settings"], *lines.get("migrations", [])])


async def test_metrics_of_a_worker_on_the_same_host_are_not_in_the_way(environ: dict[str, str]) -> None:
    """A command serves no metrics: the ports belong to the processes that go on."""
    environ |= {"DRUMBEAT_TELEMETRY_EXPORT": "prometheus", "DRUMBEAT_TELEMETRY_METRICS_PORT": "1"}

    assert (await found(environ))["settings"][0].ok


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://hooks.example.com", None),
        ("https://8.8.8.8", None),
        ("http://hooks.example.com", "is not https"),
        ("http://127.0.0.1:8000", "only this machine or network"),
        ("https://localhost", "only this machine or network"),
        ("https://10.1.2.3", "only this machine or network"),
        ("https://[::1]:8443", "only this machine or network"),
        ("https://drumbeat", "only this machine or network"),
    ],
)
async def test_an_address_that_others_cannot_reach(
    environ: dict[str, str], address: str, says: str | None
) -> None:
    """As far as its form tells."""
    [line] = (await found(environ | {"DRUMBEAT_HTTP_PUBLIC_URL": address}))["public url"]

    assert line.ok is (says is None)
    assert says is None or says in line.says


@pytest.mark.parametrize(("changes", "ok"), [({}, False), ({"DRUMBEAT_PROVIDERS_EMAIL": "none"}, True)])
async def test_links_are_for_emails(environ: dict[str, str], changes: dict[str, str], ok: bool) -> None:
    """Without a secret they are missed where e-mails are sent."""
    del environ["DRUMBEAT_LINKS_SECRET"]
    [line] = (await found(environ | changes))["links"]

    assert line.ok is ok
