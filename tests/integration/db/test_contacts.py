"""The contacts table: one row for each external id, which keeps its id."""

import asyncio

import pytest

from adapters.db.database import SqlDatabase
from application.ports.contacts import ContactSearch
from application.ports.database import Database
from domain.statuses import Channel
from tests.integration.db.rows import contact, enrolled, enrollment


async def test_contacts_are_read_back(database: Database) -> None:
    """A contact comes back with everything that was given."""
    ada = contact("ada", attributes={"first_name": "Ada", "note": "\N{SNOWMAN}"})

    async with database.transaction() as tx:
        ids = await tx.contacts.upsert("acme", [ada, contact("bob", phone=None)])
        found = await tx.contacts.get(ids["ada"])
        nobody = await tx.contacts.get("c-nobody")

    assert ids == {"ada": "c-ada", "bob": "c-bob"}
    assert found == ada
    assert nobody is None


async def test_a_known_contact_keeps_its_id_and_gets_new_details(database: Database) -> None:
    """The second time, the details change and the id stays, also where a detail is taken away."""
    async with database.transaction() as tx:
        await tx.contacts.upsert("acme", [contact("ada")])

    async with database.transaction() as tx:
        ids = await tx.contacts.upsert(
            "acme", [contact("ada", id="c-2", phone="+15550100002", email=None, attributes={"a": "b"})]
        )
        found = await tx.contacts.get("c-ada")
        new = await tx.contacts.get("c-2")

    assert ids == {"ada": "c-ada"}
    assert found == contact("ada", phone="+15550100002", email=None, attributes={"a": "b"})
    assert new is None


async def test_the_same_external_id_is_another_person_to_another_tenant(database: Database) -> None:
    """External ids are unique per tenant."""
    async with database.transaction() as tx:
        first = await tx.contacts.upsert("acme", [contact("ada")])
        second = await tx.contacts.upsert("other", [contact("ada", id="c-2")])

    assert (first, second) == ({"ada": "c-ada"}, {"ada": "c-2"})


async def test_one_batch_may_name_a_person_twice(database: Database) -> None:
    """Of two rows with one external id, the first one's id and the last one's details count."""
    async with database.transaction() as tx:
        ids = await tx.contacts.upsert(
            "acme", [contact("ada"), contact("ada", id="c-2", timezone="Asia/Tokyo")]
        )
        found = await tx.contacts.get("c-ada")

    assert ids == {"ada": "c-ada"}
    assert found is not None
    assert found.timezone == "Asia/Tokyo"


async def test_no_contacts_are_no_trouble(database: Database) -> None:
    """An empty batch stores nothing."""
    async with database.transaction() as tx:
        ids = await tx.contacts.upsert("acme", [])

    assert ids == {}


async def test_thousands_go_in_at_once(database: Database) -> None:
    """A batch larger than one statement's parameters is stored whole."""
    people = [contact(f"p{number}") for number in range(6000)]

    async with database.transaction() as tx:
        ids = await tx.contacts.upsert("acme", people)

    assert ids == {person.external_id: person.id for person in people}


async def test_crossing_batches_do_not_block_each_other(database: Database) -> None:
    """Batches with the same people in opposite orders, at the same time, agree on every id."""
    people = [contact(f"p{number}") for number in range(300)]

    async def store(mark: str, batch: list[object]) -> dict[str, str]:
        async with database.transaction() as tx:
            return await tx.contacts.upsert(
                "acme", [contact(p.external_id, id=f"{p.id}-{mark}") for p in batch]
            )

    first, second = await asyncio.gather(store("a", people), store("b", people[::-1]))

    assert first == second


async def test_tenants_are_found_by_the_address_of_a_contact(database: Database) -> None:
    """Each tenant with a contact at this address is named once; the channel tells which address is meant."""
    async with database.transaction() as tx:
        await tx.contacts.upsert("other", [contact("ada", id="c-1")])
        await tx.contacts.upsert("acme", [contact("ada", id="c-2"), contact("ann", id="c-3")])
        await tx.contacts.upsert("third", [contact("bob", id="c-4", phone="+15550100002")])
        by_phone = await tx.contacts.tenants_at(Channel.VOICE, "+15550100001")
        by_email = await tx.contacts.tenants_at(Channel.EMAIL, "ada@example.com")
        nobody = await tx.contacts.tenants_at(Channel.SMS, "ada@example.com")

    assert by_phone == ["acme", "other"]
    assert by_email == ["acme", "other", "third"]
    assert nobody == []


async def test_a_contact_is_found_by_the_tenants_name_for_it(database: Database) -> None:
    """The same name is another person, or nobody, to another tenant."""
    async with database.transaction() as tx:
        await tx.contacts.upsert("acme", [contact("ada")])
        await tx.contacts.upsert("other", [contact("ada", id="c-2")])
        found = [await tx.contacts.by_external_id(tenant, "ada") for tenant in ("acme", "other", "third")]

    assert found == [contact("ada"), contact("ada", id="c-2"), None]


async def test_a_lock_lets_one_transaction_in_at_a_time(database: Database) -> None:
    """Who locks a contact reads what the one before has written; nobody to lock is no trouble."""
    async with database.transaction() as tx:
        await tx.contacts.upsert("acme", [contact("ada", attributes={"count": "0"})])
        await tx.contacts.lock("c-nobody")

    async def raise_count() -> None:
        async with database.transaction() as tx:
            await tx.contacts.lock("c-ada")
            known = await tx.contacts.get("c-ada")
            assert known is not None
            count = str(int(known.attributes["count"]) + 1)
            await asyncio.sleep(0)
            await tx.contacts.upsert("acme", [contact("ada", attributes={"count": count})])

    await asyncio.gather(*(raise_count() for _ in range(20)))
    async with database.transaction() as tx:
        found = await tx.contacts.get("c-ada")

    assert found is not None
    assert found.attributes == {"count": "20"}


async def test_a_lock_does_not_keep_others_from_referring_to_the_contact(sql_database: SqlDatabase) -> None:
    """While a send holds a contact, an import may enroll it in another campaign.

    SQLite has one lock for all, so there it waits for the end of the transaction.
    """
    await enrolled(sql_database, "ada")
    on_postgres = sql_database.engine.dialect.name == "postgresql"

    async def enroll() -> None:
        async with sql_database.transaction() as tx:
            await tx.enrollments.add([enrollment("again", contact_id="c-ada", entry=2)])

    async with sql_database.transaction() as tx:
        await tx.contacts.lock("c-ada")
        enrolling = asyncio.create_task(enroll())
        if on_postgres:
            await asyncio.wait_for(enrolling, 10)
    await enrolling

    async with sql_database.transaction() as tx:
        assert await tx.enrollments.get("e-again") is not None


async def test_contacts_are_listed_page_by_page(database: Database) -> None:
    """By id, a tenant's own only; a page begins behind the last one of the page before."""
    async with database.transaction() as tx:
        await tx.contacts.upsert("acme", [contact(f"p{number}") for number in (3, 1, 2)])
        await tx.contacts.upsert("other", [contact("p0")])
        first = await tx.contacts.page("acme", ContactSearch(), "", 2)
        rest = await tx.contacts.page("acme", ContactSearch(), first[-1].id, 2)

    assert [each.id for each in first] == ["c-p1", "c-p2"]
    assert rest == [contact("p3")]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({"external_id": "ada"}, ["ada"]),
        ({"phone": "+15550100002"}, ["bob", "cy"]),
        ({"email": "Bob@example.com"}, ["bob"]),
        ({"phone": "+15550100002", "email": "Bob@example.com"}, ["bob"]),
        ({"external_id": "ada", "email": "Bob@example.com"}, []),
        ({"prefix": "bo"}, ["bob"]),
        ({"prefix": "B"}, ["bob", "cy"]),
        ({"prefix": "+1555010"}, ["ada", "bob", "cy"]),
        ({"prefix": "x_"}, ["cy"]),
        ({"prefix": "%"}, []),
        ({"prefix": "da"}, []),
        ({"prefix": "nobody"}, []),
    ],
)
async def test_contacts_are_searched_for(
    database: Database, search: dict[str, str], found: list[str]
) -> None:
    """By all of a name, number or address as it is, or by what one of them begins with, in any case."""
    async with database.transaction() as tx:
        await tx.contacts.upsert(
            "acme",
            [
                contact("ada", email=None),
                contact("bob", phone="+15550100002", email="Bob@example.com"),
                contact("cy", external_id="X_cy", phone="+15550100002", email="bxcy@example.com"),
            ],
        )
        listed = await tx.contacts.page("acme", ContactSearch(**search), "", 10)

    assert [each.id for each in listed] == [f"c-{name}" for name in found]
