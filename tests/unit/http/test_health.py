"""Probes."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from adapters.http.health import Check, Detail, HealthEndpoints
from application.errors import DatabaseUnavailable
from tests.unit.http.site import Site


async def _well() -> None:
    return None


async def _says_no() -> str:
    return "the disk is nearly full"


async def _raises() -> None:
    raise DatabaseUnavailable("the database is not migrated; run: drumbeat db upgrade")


async def _breaks() -> None:
    raise LookupError("secret detail")


async def _hangs() -> None:
    await asyncio.Event().wait()


async def _circuits() -> Mapping[str, Any]:
    return {"sms/twilio": "closed", "email/sendgrid": "open until 12:05"}


async def _detail_breaks() -> Mapping[str, Any]:
    raise LookupError("secret detail")


async def _detail_raises() -> Mapping[str, Any]:
    raise DatabaseUnavailable("the database does not answer")


async def _cannot_be_shown() -> Mapping[str, Any]:
    return {"set": {1}, "nan": float("nan"), "half": "\ud800"}


async def _detail_hangs() -> Mapping[str, Any]:
    await asyncio.Event().wait()
    return {}


async def _ready(site: Site, **checks: Check) -> httpx.Response:
    return await site.with_(checks=checks).request("GET", "/readyz")


async def test_a_process_that_answers_is_alive(site: Site) -> None:
    """Liveness asks nothing of others: a restart would not mend them."""
    answer = await site.with_(checks={"database": _raises}).request("GET", "/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def test_all_checks_pass(site: Site) -> None:
    """Ready, with each check named."""
    answer = await _ready(site, database=_well, disk=_well)

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {"database": {"ok": True, "detail": "ok"}, "disk": {"ok": True, "detail": "ok"}},
    }


async def test_one_failing_check_makes_the_process_unready(site: Site) -> None:
    """Each check says in a sentence what is wrong, whether it gives it back or raises it."""
    answer = await _ready(site, well=_well, disk=_says_no, database=_raises)

    assert answer.status_code == 503
    assert answer.json()["status"] == "not ready"
    assert answer.json()["checks"] == {
        "well": {"ok": True, "detail": "ok"},
        "disk": {"ok": False, "detail": "the disk is nearly full"},
        "database": {"ok": False, "detail": "the database is not migrated; run: drumbeat db upgrade"},
    }


async def test_a_check_that_breaks_fails_without_telling_more_than_its_type(site: Site) -> None:
    """What a stray exception says may be for our eyes only."""
    answer = await _ready(site, odd=_breaks)

    assert answer.status_code == 503
    assert "LookupError" in answer.text
    assert "secret" not in answer.text


async def test_a_check_that_hangs_fails(site: Site) -> None:
    """A probe is answered in time, whatever the checked thing does."""
    answer = await HealthEndpoints({"stuck": _hangs}, patience=timedelta(milliseconds=10)).ready()

    assert answer.status_code == 503
    assert b"no answer within 0.01 s" in answer.body


async def test_details_are_shown_beside_the_checks(site: Site) -> None:
    """People who watch see more than what decides on being ready."""
    answer = await site.with_(details={"providers": _circuits}).request("GET", "/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {},
        "details": {"providers": {"sms/twilio": "closed", "email/sendgrid": "open until 12:05"}},
    }


@pytest.mark.parametrize(
    ("detail", "error"),
    [
        (_detail_raises, "the database does not answer"),
        (_detail_breaks, "the check itself failed with LookupError; the log says more"),
        (_cannot_be_shown, "the check itself failed with TypeError; the log says more"),
    ],
)
async def test_a_detail_that_cannot_be_told_changes_nothing_else(
    site: Site, detail: Detail, error: str
) -> None:
    """It says so in its place; the process is as ready as its checks say, and the other details stand."""
    watched = site.with_(checks={"well": _well}, details={"odd": detail, "providers": _circuits})
    with capture_logs() as lines:
        answer = await watched.request("GET", "/readyz")

    assert answer.status_code == 200
    assert answer.json()["details"] == {"odd": {"error": error}, "providers": await _circuits()}
    assert [line["check"] for line in lines] == (["odd"] if "itself" in error else [])


async def test_a_detail_that_hangs_is_given_up() -> None:
    """A probe is answered in time."""
    endpoints = HealthEndpoints({}, {"stuck": _detail_hangs}, timedelta(milliseconds=10))

    answer = await endpoints.ready()

    assert answer.status_code == 200
    assert b"no answer within 0.01 s" in answer.body


async def test_details_do_not_make_up_for_a_check(site: Site) -> None:
    """An unready process shows them all the same."""
    answer = await site.with_(checks={"database": _raises}, details={"providers": _circuits}).request(
        "GET", "/readyz"
    )

    assert answer.status_code == 503
    assert "sms/twilio" in answer.json()["details"]["providers"]
