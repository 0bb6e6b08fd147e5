"""Suppressions over the API."""

from typing import Any

import pytest

from adapters.files.addresses import FileAddresses
from adapters.http.api.suppressions import SuppressionsApi
from application.check_suppression import CheckSuppression
from application.control_suppressions import ControlSuppressions
from application.import_suppressions import ImportSuppressions
from application.ports.suppressions import EVERYBODY
from domain.statuses import Channel
from tests.unit.application.world import TENANT, World
from tests.unit.http.api.api_site import OTHERS, ApiSite

PHONE = "+12025550123"
ALL = "/v1/suppressions"
ONE = {"channel": "sms", "address": PHONE}


@pytest.fixture
async def world() -> World:
    world = World()
    await world.publish()
    return world


@pytest.fixture
def site(world: World) -> ApiSite:
    add = ImportSuppressions(world.database, world.dispatch, world.clock)
    control = ControlSuppressions(world.database)
    return ApiSite(world, [SuppressionsApi(add, CheckSuppression(world.database), control, FileAddresses())])


async def _for_everybody(world: World) -> None:
    async with world.database.transaction() as tx:
        await tx.suppressions.add(EVERYBODY, Channel.SMS, PHONE, "imported", world.clock())


async def test_an_address_is_suppressed(site: ApiSite, world: World) -> None:
    """The second time it is known; whoever is being reached there is left alone."""
    enrollment = await world.enroll(phone=PHONE)
    first = await site("POST", ALL, key="write", json=ONE | {"address": "+1 202 555 0123"})
    second = await site("POST", ALL, json=ONE)
    checked = await site("GET", f"{ALL}/check", key="read", params=ONE)
    free = await site("GET", f"{ALL}/check", params=ONE | {"channel": "voice"})

    assert (first.status_code, first.json()) == (201, {"added": 1, "known": 0})
    assert (second.status_code, second.json()) == (200, {"added": 0, "known": 1})
    assert world.runs.opted_out == [enrollment]
    assert checked.json() == ONE | {
        "suppressed": True,
        "reasons": [{"reason": "requested", "everybody": False, "since": "2030-01-15T12:00:00.000000Z"}],
    }
    assert (free.json()["suppressed"], free.json()["reasons"]) == (False, [])


async def test_many_addresses_are_suppressed_all_or_none(site: ApiSite) -> None:
    """One for all channels that it is good for; what is wrong is named by its place."""
    people = [ONE | {"channel": "all"}, {"channel": "all", "address": "ann@example.com", "reason": "bounced"}]
    wrong = await site("POST", f"{ALL}:batch", json={"suppressions": [*people, ONE | {"address": "x"}]})
    nothing = await site("GET", ALL)
    added = await site("POST", f"{ALL}:batch", key="write", json={"suppressions": people})
    listed = await site("GET", ALL, key="read")

    assert [each["path"] for each in wrong.json()["errors"]] == ["body.suppressions[2].address"]
    assert nothing.json()["items"] == []
    assert added.json() == {"added": 2, "known": 0}
    assert [(each["channel"], each["address"], each["reason"]) for each in listed.json()["items"]] == [
        ("email", "ann@example.com", "bounced"),
        ("sms", PHONE, "requested"),
        ("voice", PHONE, "requested"),
    ]


async def test_suppressions_come_in_pages(site: ApiSite, world: World) -> None:
    """First those for all tenants; on one channel where that is asked for."""
    await _for_everybody(world)
    await site("POST", ALL, json=ONE | {"channel": "all"})
    first = (await site("GET", ALL, params={"limit": 2})).json()
    rest = (await site("GET", ALL, params={"cursor": first["next"]})).json()
    calls = (await site("GET", ALL, params={"channel": "voice"})).json()

    assert [(each["channel"], each["everybody"]) for each in first["items"] + rest["items"]] == [
        ("sms", True),
        ("sms", False),
        ("voice", False),
    ]
    assert len(calls["items"]) == 1


async def test_who_was_erased_is_shown_as_a_hash(site: ApiSite, world: World) -> None:
    """And is still found by the address, and can be freed by it."""
    await world.enroll(phone=PHONE, email=None)
    await world.erase_contact(TENANT, "ann")
    listed = (await site("GET", ALL, params={"channel": "sms"})).json()["items"]
    checked = await site("GET", f"{ALL}/check", params=ONE)
    lifted = await site("DELETE", ALL, params=ONE)

    assert [(each["address"], each["hash"][:5], each["reason"]) for each in listed] == [
        (None, "hash:", "erased")
    ]
    assert checked.json()["suppressed"]
    assert lifted.status_code == 204


async def test_a_suppression_is_lifted(site: ApiSite) -> None:
    """Whatever its reason, once, by who may."""
    await site("POST", ALL, json=ONE | {"reason": "complained"})
    weak = await site("DELETE", ALL, key="write", params=ONE)
    others = await site("DELETE", ALL, key=OTHERS, params=ONE)
    lifted = await site("DELETE", ALL, params=ONE)
    again = await site("DELETE", ALL, params=ONE)

    assert [each.status_code for each in (weak, others, lifted, again)] == [403, 404, 204, 404]
    assert again.json()["detail"] == "The address is not suppressed on sms."


async def test_what_holds_for_all_tenants_is_not_a_tenants_to_lift(site: ApiSite, world: World) -> None:
    """The answer says so."""
    await _for_everybody(world)
    answer = await site("DELETE", ALL, params=ONE)

    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("The address is suppressed for all tenants")


@pytest.mark.parametrize(
    ("method", "query"),
    [
        ("GET", "/check?channel=sms&address=x"),
        ("GET", "/check?channel=fax&address=x"),
        ("GET", "/check?channel=email&address=%2B12025550123"),
        ("GET", "?cursor=WyIqIiwiZmF4IiwiYSJd"),
        ("DELETE", "?channel=sms"),
        ("DELETE", "?channel=sms&address=12"),
    ],
)
async def test_a_query_that_cannot_be_read_is_told(site: ApiSite, method: str, query: str) -> None:
    """With the parameter at fault."""
    answer = await site(method, ALL + query)

    assert answer.status_code == 422
    assert all(each["path"].startswith("query.") for each in answer.json()["errors"])


@pytest.mark.parametrize(
    "body",
    [{}, ONE | {"reason": "Two words"}, ONE | {"channel": "fax"}, ONE | {"x": 1}, ONE | {"address": "1"}],
)
async def test_a_suppression_that_cannot_be_read_is_told(site: ApiSite, body: dict[str, Any]) -> None:
    """With its place."""
    answer = await site("POST", ALL, json=body)

    assert answer.status_code == 422
    assert all(each["path"].startswith("body.") for each in answer.json()["errors"])


async def test_another_tenant_sees_its_own_only(site: ApiSite) -> None:
    """What one suppresses holds for nobody else."""
    await site("POST", ALL, json=ONE)
    listed = await site("GET", ALL, key=OTHERS)
    checked = await site("GET", f"{ALL}/check", key=OTHERS, params=ONE)

    assert listed.json()["items"] == []
    assert not checked.json()["suppressed"]
