"""Contacts over the API."""

from typing import Any
from urllib.parse import quote

import pytest

from adapters.files.addresses import FileAddresses
from adapters.http.api.contacts import ContactsApi
from application.find_contacts import FindContacts
from application.keep_contacts import KeepContacts
from domain.statuses import DeliveryStatus
from tests.fakes.clock import Counter
from tests.unit.application.world import PHONE, TENANT, World, delivery
from tests.unit.http.api.api_site import OTHERS, ApiSite

ANN = {"external_id": "ann", "phone": "+1 202 555 0123", "email": "Ann@Example.com"}
SHOWN = {
    "id": "contact-1",
    "external_id": "ann",
    "phone": "+12025550123",
    "email": "Ann@example.com",
    "timezone": None,
    "attributes": {},
}


@pytest.fixture
async def world() -> World:
    world = World()
    await world.publish()
    return world


@pytest.fixture
def site(world: World) -> ApiSite:
    keep = KeepContacts(world.database, world.clock, Counter("contact"))
    find = FindContacts(world.database)
    api = ContactsApi(keep, find, world.export_contact, world.erase_contact, FileAddresses())
    return ApiSite(world, [api])


def _said(channel: str, at: str | None = None, *, given: bool = True) -> dict[str, Any]:
    return {"channel": channel, "given": given, "source": "form", "at": at}


def _errors(answer: Any) -> list[str]:
    return [f"{each['path']}: {each['detail']}" for each in answer.json()["errors"]]


async def test_a_contact_is_stored_and_replaced(site: ApiSite) -> None:
    """The first time it is made, with its place; then all details are replaced, and the id stays."""
    first = await site("POST", "/v1/contacts", key="write", json=ANN | {"attributes": {"a": "b"}})
    second = await site("POST", "/v1/contacts", json=ANN | {"timezone": "europe/london"})
    read = await site("GET", first.headers["location"], key="read")

    assert (first.status_code, first.json()) == (201, SHOWN | {"attributes": {"a": "b"}})
    assert (second.status_code, second.json()) == (200, SHOWN | {"timezone": "Europe/London"})
    assert "location" not in second.headers
    assert (read.status_code, read.json()) == (200, second.json())


@pytest.mark.parametrize(
    ("body", "name"),
    [({"phone": "+12025550123", "email": "a@example.com"}, "+12025550123"), ({"email": "a@x.de"}, "a@x.de")],
)
async def test_a_contact_without_an_id_is_known_by_its_address(
    site: ApiSite, body: dict[str, str], name: str
) -> None:
    """By the phone, else by the e-mail address."""
    stored = await site("POST", "/v1/contacts", json=body)

    assert stored.json()["external_id"] == name


@pytest.mark.parametrize(
    "name", ["a b", "a/b", "50%", "ä?#", "a:b", "consents", "export/x", "..;x", "a+b@c.d"]
)
async def test_an_id_may_be_any_text(site: ApiSite, name: str) -> None:
    """It is encoded where it stands in a path."""
    path = f"/v1/contacts/{quote(name, safe='')}"
    made = await site("PUT", path, json={"phone": "+12025550123"})
    again = await site("PUT", made.headers["location"], json={"phone": "+12025550124"})
    read = await site("GET", path)
    found = await site("GET", "/v1/contacts", params={"external_id": name})

    assert (made.status_code, again.status_code) == (201, 200)
    assert (read.json()["external_id"], read.json()["phone"]) == (name, "+12025550124")
    assert [each["external_id"] for each in found.json()["items"]] == [name]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, ["body.phone: Phone and email are both empty; one of them is needed."]),
        ({"phone": "12"}, ["body.phone: Phone has no known country code"]),
        ({"email": "x", "timezone": "Mars"}, ["body.email: Email is not", "body.timezone: Timezone is not"]),
        ({"phone": "1", "country": "XX"}, ["body.country: Country is not a two-letter country code"]),
        (
            {"email": "a@b.de", "attributes": {"phone": "1"}},
            ["body.attributes: Phone: no attribute"],
        ),
        ({"email": "a@b.de", "phon": "1"}, ["body.phon: Extra inputs are not permitted."]),
        (
            {"email": "a@b.de", "consents": [_said("sms", "0001-01-01T00:00:00+14:00")]},
            ["body.consents[0].at: Write a year after 1900."],
        ),
    ],
)
async def test_wrong_details_are_told_by_their_place(
    site: ApiSite, body: dict[str, Any], errors: list[str]
) -> None:
    """Each with its path and a sentence, and nothing is stored."""
    answer = await site("PUT", "/v1/contacts/ann", json=body)
    told = _errors(answer)

    assert answer.status_code == 422
    assert len(told) == len(errors)
    assert all(each.startswith(start) for each, start in zip(told, errors, strict=True))
    assert (await site("GET", "/v1/contacts/ann")).status_code == 404


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("erased:1", "External_id begins like that of an erased contact; give another one."),
        (" x", "An id has no blanks around it."),
    ],
)
async def test_some_ids_cannot_be_given(site: ApiSite, name: str, told: str) -> None:
    """The answer says why."""
    answer = await site("PUT", f"/v1/contacts/{quote(name)}", json={"email": "a@example.com"})

    assert _errors(answer) == [f"path.external_id: {told}"]


async def test_many_contacts_are_stored_at_once(site: ApiSite) -> None:
    """In their order; who was there keeps the id."""
    await site("POST", "/v1/contacts", json=ANN)
    people = [{"external_id": "bob", "email": "bob@example.com", "consents": []}, ANN]
    answer = await site("POST", "/v1/contacts:batch", key="write", json={"contacts": people})

    assert answer.status_code == 200
    assert answer.json()["contacts"] == [
        {"id": "contact-2", "external_id": "bob", "created": True},
        {"id": "contact-1", "external_id": "ann", "created": False},
    ]


async def test_of_many_contacts_all_are_stored_or_none(site: ApiSite) -> None:
    """Everything that is wrong is named at once, and who is there twice."""
    wrong = [ANN, {"phone": "12"}, {"email": "x", "external_id": "erased:1"}]
    answer = await site("POST", "/v1/contacts:batch", json={"contacts": wrong})
    twice = await site(
        "POST", "/v1/contacts:batch", json={"contacts": [ANN, {"email": "b@example.com"}, ANN]}
    )
    too_many = await site("POST", "/v1/contacts:batch", json={"contacts": [ANN] * 1001})
    listed = await site("GET", "/v1/contacts")

    places = [each["path"] for each in answer.json()["errors"]]
    assert places == ["body.contacts[1].phone", "body.contacts[2].external_id", "body.contacts[2].email"]
    assert _errors(twice) == ["body.contacts[2]: It is the same contact as contacts[0]."]
    assert (answer.status_code, twice.status_code, too_many.status_code) == (422, 422, 422)
    assert listed.json() == {"items": [], "next": None}


async def test_contacts_are_listed_and_searched(site: ApiSite) -> None:
    """Page by page; numbers and addresses are read as people write them."""
    people = [{"external_id": f"p{n}", "phone": f"+1202555010{n}", "email": f"p{n}@x.de"} for n in range(5)]
    await site("POST", "/v1/contacts:batch", json={"contacts": people})

    async def names(**query: Any) -> list[str]:
        answer = await site("GET", "/v1/contacts", key="read", params=query)
        return [each["external_id"] for each in answer.json()["items"]]

    first = (await site("GET", "/v1/contacts", params={"limit": 3})).json()
    bare = await site("GET", "/v1/contacts?phone=+12025550104")

    assert [each["external_id"] for each in first["items"]] == ["p0", "p1", "p2"]
    assert await names(limit=3, cursor=first["next"]) == ["p3", "p4"]
    assert await names(phone="+1 (202) 555-0103") == ["p3"]
    assert await names(email="p2@X.de") == ["p2"]
    assert await names(q="P4") == ["p4"]
    assert await names(q="+1202") == ["p0", "p1", "p2", "p3", "p4"]
    assert [each["external_id"] for each in bare.json()["items"]] == ["p4"]


@pytest.mark.parametrize("query", ["phone=12", "email=x", "cursor=x", "limit=0", "q="])
async def test_a_search_that_cannot_be_read_is_told(site: ApiSite, query: str) -> None:
    """With the parameter at fault."""
    answer = await site("GET", f"/v1/contacts?{query}")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == f"query.{query.partition('=')[0]}"


async def test_consents_are_noted_and_listed(site: ApiSite) -> None:
    """Every word is kept, none later than now; they come in pages."""
    await site("POST", "/v1/contacts", json=ANN | {"consents": [_said("sms", "2030-01-01T00:00:00Z")]})
    added = await site("POST", "/v1/contacts/ann/consents", key="write", json=_said("sms", given=False))
    future = await site("POST", "/v1/contacts/ann/consents", json=_said("email", "2999-01-01T00:00:00+01:00"))
    first = (await site("GET", "/v1/contacts/ann/consents?limit=2", key="read")).json()
    rest = (await site("GET", "/v1/contacts/ann/consents", params={"cursor": first["next"]})).json()

    assert (added.status_code, added.json()["at"]) == (201, "2030-01-15T12:00:00.000000Z")
    assert future.json()["at"] == "2030-01-15T12:00:00.000000Z"
    assert [(each["channel"], each["given"]) for each in first["items"] + rest["items"]] == [
        ("sms", True),
        ("email", True),
        ("sms", False),
    ]
    assert rest["next"] is None


async def test_everything_on_a_contact_is_given_out(site: ApiSite, world: World) -> None:
    """What was sent, answered and agreed to, and the callbacks in which they are found."""
    enrollment = await world.enroll(attributes={"first_name": "Ann"})
    await world.attempt(enrollment)
    await world.ingest(delivery(b"From=%2B15550100001&Body=Yes"), [world.text("Yes")])
    await world.ingest(delivery(f"attempt={enrollment}:text:1".encode()), [])
    await world.suppress()
    await site("POST", "/v1/contacts/ann/consents", json=_said("sms"))
    answer = await site("GET", "/v1/contacts/ann/export")
    document = answer.json()

    assert answer.status_code == 200
    assert document["contact"]["attributes"] == {"first_name": "Ann"}
    assert [each["source"] for each in document["consents"]] == ["form"]
    assert [(each["address"], each["reason"]) for each in document["suppressions"]] == [(PHONE, "opted_out")]
    [held] = document["enrollments"]
    assert (held["id"], held["campaign"], held["finished_at"]) == (enrollment, "spring", None)
    assert [each["state"] for each in held["attempts"]] == ["accepted"]
    assert [(each["kind"], each["text"]) for each in held["interactions"]] == [("replied", "Yes")]
    assert [each["body"] for each in document["webhooks"]] == [f"attempt={enrollment}:text:1"]


async def test_a_contact_is_erased(site: ApiSite, world: World) -> None:
    """The answer tells what that came to; afterwards nobody is there."""
    enrollment = await world.enroll()
    await world.hear(world.status(await world.attempt(enrollment), DeliveryStatus.DELIVERED))
    erased = await site("DELETE", "/v1/contacts/ann")
    again = await site("DELETE", "/v1/contacts/ann")

    assert erased.status_code == 200
    assert erased.json() | {"webhooks": 0} == {
        "contact_id": "contact-ann",
        "enrollments_ended": 1,
        "consents": 0,
        "audience_members": 0,
        "interactions": 0,
        "attempts": 1,
        "handoffs": 0,
        "webhooks": 0,
        "idempotent_answers": 0,
        "suppressions_hashed": 0,
        "suppressions_added": 3,
        "tickets": [],
    }
    assert again.status_code == 404


async def test_a_repeat_does_not_tell_of_whom_was_erased(site: ApiSite) -> None:
    """Not even by an answer that has neither our id nor an address in it."""
    once = {"Idempotency-Key": "k-1"}
    await site("POST", "/v1/contacts", json=ANN)
    said = await site("POST", "/v1/contacts/ann/consents", json=_said("sms"), headers=once)
    erased = await site("DELETE", "/v1/contacts/ann")
    repeat = await site("POST", "/v1/contacts/ann/consents", json=_said("sms"), headers=once)

    assert (said.status_code, said.json()["external_id"]) == (201, "ann")
    assert erased.json()["idempotent_answers"] == 1
    assert (repeat.status_code, repeat.json()["type"]) == (410, "/problems/answer-erased")


@pytest.mark.parametrize(
    ("method", "path", "needs"),
    [
        ("GET", "/v1/contacts/ann", "read"),
        ("GET", "/v1/contacts/ann/consents", "read"),
        ("POST", "/v1/contacts/ann/consents", "write"),
        ("GET", "/v1/contacts/ann/export", "admin"),
        ("DELETE", "/v1/contacts/ann", "admin"),
    ],
)
async def test_another_tenants_contact_is_nobody(site: ApiSite, method: str, path: str, needs: str) -> None:
    """To its keys; and a key of the tenant needs the scope."""
    await site("POST", "/v1/contacts", json=ANN)
    body = {"json": _said("sms")} if method == "POST" else {}
    others = await site(method, path, key=OTHERS, **body)
    weaker = {"read": None, "write": "read", "admin": "write"}[needs]
    refused = await site(method, path, key=weaker, **body)
    allowed = await site(method, path, key=needs, **body)

    assert others.status_code == 404
    assert others.json()["type"] == "/problems/not-found"
    assert refused.status_code == (401 if weaker is None else 403)
    assert allowed.status_code in (200, 201)


async def test_another_tenants_contact_of_the_same_name_is_somebody_else(site: ApiSite, world: World) -> None:
    """Storing it changes nobody else's."""
    await site("PUT", "/v1/contacts/ann", json={"email": "a@example.com"})
    made = await site("PUT", "/v1/contacts/ann", key=OTHERS, json={"email": "b@example.com"})
    async with world.database.transaction() as tx:
        mine = await tx.contacts.by_external_id(TENANT, "ann")

    assert made.status_code == 201
    assert mine is not None
    assert mine.email == "a@example.com"
