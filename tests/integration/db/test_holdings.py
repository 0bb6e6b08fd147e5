"""What all tables hold on one person: found, and taken out of them."""

from datetime import timedelta

from adapters.db.database import SqlDatabase
from application.orders import GOAL, order
from application.ports.contacts import ContactSearch
from application.ports.database import Database
from application.ports.holdings import Forgotten, Place
from domain.attempts import AttemptState
from domain.contact import Contact
from domain.erasure import traces
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.integration.db.rows import (
    attempted,
    claimed,
    contact,
    enrolled,
    enrollment,
    handoff,
    interaction,
    key,
    webhook,
)

LONG_AGO = Place(NOW - timedelta(days=900))
ADA = traces(["+15550100001", "ada@example.com"], ["e-ada"])


async def _found(database: Database, size: int = 2) -> list[str]:
    """The keys of the deliveries in which Ada is found, part by part."""
    found, after = [], LONG_AGO
    async with database.transaction() as tx:
        while (until := await tx.holdings.part_of_staged(after, size)) is not None:
            found += [each.key for each in await tx.holdings.staged(ADA, after, until)]
            after = until
    return found


async def test_deliveries_are_found_by_who_is_in_them(database: Database) -> None:
    """In body or target, in any case, among bytes that are no text; part by part, each once, oldest first."""
    bodies = {
        "a-form": b"From=%2B15550100001&Body=Hi",
        "b-other": b"From=%2B15550100002&Body=Hi",
        "c-json": b'{"from":"Ada\\u0040Example.com"}',
        "d-bytes": b"\x00\xff\\ 15550100001 \x80",
        "e-base64": b'{"raw":"RnJvbTogYWRhQGV4YW1wbGUuY29t"}',
        "f-empty": b"",
    }
    async with database.transaction() as tx:
        for number, (name, body) in enumerate(bodies.items()):
            at = NOW + timedelta(seconds=number // 3)
            await tx.webhooks.stage(webhook(name, body=body, received_at=at))
        await tx.webhooks.stage(webhook("g-target", target="/webhooks/twilio?attempt=E-ADA%3Atext%3A1"))

    assert sorted(await _found(database)) == ["a-form", "c-json", "d-bytes", "e-base64", "g-target"]
    assert await _found(database, 1) == ["a-form", "c-json", "g-target", "d-bytes", "e-base64"]
    assert await _found(database, 100) == ["a-form", "c-json", "g-target", "d-bytes", "e-base64"]


async def test_nobody_is_found_nowhere(database: Database) -> None:
    """Without traces no delivery is anybody's; without deliveries there is no part."""
    async with database.transaction() as tx:
        nothing = await tx.holdings.part_of_staged(LONG_AGO, 10)
        await tx.webhooks.stage(webhook())
        until = await tx.holdings.part_of_staged(LONG_AGO, 10)
        assert until is not None
        found = await tx.holdings.staged(traces([]), LONG_AGO, until)

    assert (nothing, found) == (None, [])


async def test_emptied_deliveries_are_still_known(database: Database) -> None:
    """Body and target go, and what strangers wrote with them; a repeat is no new delivery."""
    given = webhook("one", body=b"15550100001")
    stranger = {"kind": "replied", "provider": "twilio", "text": "It is me", "detail": "x"}
    async with database.transaction() as tx:
        await tx.webhooks.stage(given)
        await tx.interactions.add(
            [interaction("lost", **stranger), interaction("other", **stranger | {"provider": "vonage"})]
        )
        emptied = await tx.holdings.empty_staged([given])
        again = await tx.webhooks.stage(given)
        nobody = await tx.holdings.empty_staged([])

    assert (emptied, again, nobody) == (1, False, 0)
    assert await _found(database) == []
    if isinstance(database, SqlDatabase):
        from sqlalchemy import select

        from adapters.db.tables import interactions

        async with database.engine.connect() as connection:
            rows = await connection.execute(select(interactions.c.key, interactions.c.text))
            assert sorted(rows) == [("lost", None), ("other", "It is me")]


async def test_what_is_held_on_a_contact_is_told(database: Database) -> None:
    """Enrollments that have ended too, cases and nobody else's."""
    await enrolled(database, "ada", "bob")
    again = enrollment("again", contact_id="c-ada", entry=2, created_at=NOW + timedelta(days=1))
    async with database.transaction() as tx:
        await tx.enrollments.add([again])
        await tx.handoffs.add(handoff("ada"))
        await tx.handoffs.add(handoff("bob"))
        mine = await tx.holdings.enrollments("c-ada")
        cases = await tx.holdings.handoffs("c-ada")
        lists = await tx.holdings.audiences("c-ada")

    assert mine == [enrollment("ada"), again]
    assert cases == [handoff("ada")]
    assert lists == []


async def _filled(database: Database) -> None:
    await enrolled(database, "ada", "bob")
    for name in ("ada", "bob"):
        await attempted(database, claimed(key(name)))
        async with database.transaction() as tx:
            await tx.attempts.record(key(name), AttemptState.ACCEPTED, NOW, provider_ref=f"SM-{name}")
            await tx.handoffs.add(handoff(name, ref=f"T-{name}"))
            told = {"enrollment_id": f"e-{name}", "provider": "twilio"}
            await tx.interactions.add(
                [
                    interaction(f"1-{name}", **told, detail="30003", text="Call me"),
                    interaction(f"2-{name}", **told),
                    interaction(f"3-{name}", enrollment_id=f"e-{name}", detail="ours"),
                    order(GOAL, f"e-{name}", "bought", NOW, f"{name}@example.com"),
                ]
            )


async def test_a_contact_is_forgotten(database: Database) -> None:
    """What is personal goes, rows and what else they say stay, and so does everybody else's."""
    await _filled(database)
    async with database.transaction() as tx:
        forgotten = await tx.holdings.forget("c-ada", ADA, NOW)
        rows = {name: await tx.interactions.of_enrollment(f"e-{name}") for name in ("ada", "bob")}
        sent = {name: await tx.attempts.get(key(name)) for name in ("ada", "bob")}
        cases = {name: await tx.handoffs.get(handoff(name).key) for name in ("ada", "bob")}

    told = {name: sorted((row.key, row.detail, row.text) for row in rows[name]) for name in rows}
    assert forgotten == Forgotten(0, 0, interactions=1, attempts=1, handoffs=1)
    assert told["ada"] == [
        ("1-ada", "", None),
        ("2-ada", "", None),
        ("3-ada", "ours", None),
        ("erased:c-ada:0", "bought", None),
    ]
    assert told["bob"][0] == ("1-bob", "30003", "Call me")
    assert told["bob"][3][0] == "order:e-bob:goal:bob@example.com"
    assert [each and (each.state, each.provider_ref) for each in sent.values()] == [
        (AttemptState.ACCEPTED, None),
        (AttemptState.ACCEPTED, "SM-bob"),
    ]
    assert [each and each.ref for each in cases.values()] == [None, "T-bob"]


async def test_who_is_forgotten_is_not_there_any_more(database: Database) -> None:
    """No way to a contact leads there; the same name is a new contact from then on."""
    await enrolled(database, "ada")
    async with database.transaction() as tx:
        await tx.holdings.forget("c-ada", ADA, NOW)

    async with database.transaction() as tx:
        gone: list[Contact | None] = [
            await tx.contacts.get("c-ada"),
            await tx.contacts.by_external_id("acme", "ada"),
            await tx.contacts.by_external_id("acme", "erased:c-ada"),
        ]
        listed = await tx.contacts.page("acme", ContactSearch(), "", 10)
        tenants = await tx.contacts.tenants_at(Channel.SMS, "+15550100001")
        open_to = await tx.enrollments.open_to("acme", Channel.SMS, "+15550100001")
        kept = await tx.holdings.enrollments("c-ada")
        ids = await tx.contacts.upsert("acme", [contact("ada", id="c-new")])

    assert gone == [None, None, None]
    assert (listed, tenants, open_to) == ([], [], [])
    assert [each.id for each in kept] == ["e-ada"]
    assert ids == {"ada": "c-new"}
