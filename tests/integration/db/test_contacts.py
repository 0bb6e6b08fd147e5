"""The contacts table: one row for each external id, which keeps its id."""

import asyncio

from application.ports.database import Database
from domain.statuses import Channel
from tests.integration.db.rows import contact


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
