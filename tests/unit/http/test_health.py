"""Probes."""

import asyncio
from datetime import timedelta

import httpx

from adapters.http.health import Check, HealthEndpoints
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
    answer = await HealthEndpoints({"stuck": _hangs}, timedelta(milliseconds=10)).ready()

    assert answer.status_code == 503
    assert b"no answer within 0.01 s" in answer.body
