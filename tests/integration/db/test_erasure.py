"""After a contact is erased, nothing personal is left in any column of any table, and others lose nothing."""

import asyncio
import base64
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from attrs import evolve, frozen
from sqlalchemy import MetaData, select

from adapters.db.database import SqlDatabase
from application import staging
from application.dispatch_events import DispatchEvents
from application.erase_contact import EraseContact, Erasure, Ticket
from application.export_contact import ExportContact
from application.orders import GOAL, order
from application.ports.consents import Consent
from application.ports.database import Transaction
from application.ports.idempotency_keys import Answer, KeyedRequest
from application.ports.suppressions import EVERYBODY
from domain.attempts import AttemptState
from domain.contact import Contact
from domain.enrollment.state import Outcome
from domain.statuses import Channel
from tests.fakes.clock import NOW, FakeClock
from tests.fakes.runs import FakeRuns
from tests.integration.db.rows import HELLO, claimed, enrollment, handoff, interaction, key, webhook


@frozen
class Person:
    """Somebody of whom much is known."""

    name: str
    phone: str
    email: str

    @property
    def words(self) -> Sequence[str]:
        """Everything personal, as it is written."""
        more = ("given", "said", "form", "vendor", "ticket", "why", "detail", "answered", "stranger")
        return [self.phone, self.email, *(f"{self.name}-{word}" for word in ("id", "zone", *more))]


ANN = Person("annabelle", "+15550100001", "Ann.Lee+news@example.com")
BOB = Person("bobadil", "+15550100002", "bob@example.com")

SPELLINGS: Sequence[Callable[[str], str]] = (
    str,
    str.lower,
    str.upper,
    json.dumps,
    lambda text: quote(text, safe=""),
    lambda text: quote(text, safe="").lower(),
    lambda text: quote(quote(text, safe=""), safe=""),
    lambda text: text.removeprefix("+"),
    lambda text: text.replace("@", "\\u0040").replace("+", "\\u002b"),
    lambda text: text.replace("@", "&#64;"),
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: base64.b64encode(f".{text}..".encode()).decode(),
    lambda text: base64.b64encode(f"..{text}.".encode()).decode(),
)


@pytest.fixture
def erase(sql_database: SqlDatabase, clock: FakeClock) -> EraseContact:
    return EraseContact(sql_database, DispatchEvents(sql_database, FakeRuns()), clock)


async def _fill(tx: Transaction, who: Person) -> None:
    """A row in every table that can hold something of a person, and a callback in every spelling."""
    me, mine = f"c-{who.name}", f"e-{who.name}"
    contact = Contact(
        me, f"{who.name}-id", who.phone, who.email, f"{who.name}-zone", {"a": f"{who.name}-given"}
    )
    await tx.campaigns.publish("acme", HELLO, NOW)
    await tx.contacts.upsert("acme", [contact])
    await tx.consents.add(me, [Consent(Channel.SMS, given=True, source=f"{who.name}-form", at=NOW)])
    await tx.enrollments.add([enrollment(who.name, contact_id=me, started_at=NOW)])
    await tx.attempts.claim(claimed(key(who.name)))
    await tx.attempts.record(
        key(who.name), AttemptState.ACCEPTED, NOW, provider_ref=f"{who.name}-vendor", reason=f"{who.name}-why"
    )
    await tx.handoffs.add(handoff(who.name, ref=f"{who.name}-ticket"))
    told = {"provider": "twilio", "text": f"{who.name}-said {who.phone}", "detail": f"{who.name}-detail"}
    await tx.interactions.add(
        [
            interaction(f"1-{mine}", enrollment_id=mine, **told),
            interaction(f"2-{mine}", provider=f"p-{who.name}", text=f"{who.name}-stranger"),
            order(GOAL, mine, "bought", NOW, who.email),
        ]
    )
    await tx.audiences.put("acme", f"list-{who.phone[-1]}", {}, NOW)
    await tx.audiences.add_members("acme", f"list-{who.phone[-1]}", [me])
    for tenant, channel, address in (
        ("acme", Channel.SMS, who.phone),
        (EVERYBODY, Channel.EMAIL, who.email),
    ):
        await tx.suppressions.add(tenant, channel, address, "opted_out", NOW)
    body = json.dumps(
        {"phone": who.phone, "email": who.email, "id": me, "x": f"{who.name}-answered"}
    ).encode()
    await tx.idempotency_keys.claim("acme", who.name, KeyedRequest("f", "h", NOW), NOW)
    await tx.idempotency_keys.answer("acme", who.name, "h", Answer(201, {"location": who.name}, body), NOW)
    await _stage(tx, who)


async def _stage(tx: Transaction, who: Person) -> None:
    events = json.dumps([{"attempt": f"e-{who.name}:text:1"}, {"attempt": "e-else:text:1", "said": STRANGER}])
    await tx.webhooks.stage(evolve(webhook(f"many-{who.name}"), body=events.encode()))
    for number, spell in enumerate(SPELLINGS):
        for address in (who.phone, who.email):
            name, at = f"{number}-{address[:9]}-{who.name[0]}", NOW + timedelta(seconds=number)
            staged = webhook(name, received_at=at, provider=f"p-{who.name}")
            await tx.webhooks.stage(evolve(staged, body=b"\x00\xff" + spell(address).encode() + b"'"))
            await tx.webhooks.stage(
                evolve(staged, key=f"t-{name}", target=f"/webhooks/x?from={spell(address)}")
            )


STRANGER = "what-somebody-else-said"


async def _dump(database: SqlDatabase) -> bytes:
    """Every value of every column of every table that is there, whoever has made it."""
    there = MetaData()
    async with database.engine.begin() as connection:
        await connection.run_sync(there.reflect)
        rows = [row for table in there.sorted_tables for row in await connection.execute(select(table))]
    assert len(there.tables) > 15
    return b"\n".join(_bytes(value) for row in rows for value in row)


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    if isinstance(value, dict | list):
        return f"{json.dumps(value)} {json.dumps(value, ensure_ascii=False)}".encode()
    return str(value).encode()


def _found(dump: bytes, who: Person) -> list[str]:
    """What of a person is found, in whichever spelling."""
    dump = dump.lower()
    return [
        word
        for word in who.words
        if any(spell(word).strip('"').rstrip("=").lower().encode() in dump for spell in SPELLINGS)
    ]


async def test_nothing_personal_is_left_anywhere(
    sql_database: SqlDatabase, erase: EraseContact, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that was there of one person is gone, and all that was there of another one is still there."""
    monkeypatch.setattr(staging, "PART", 7)  # so that there are several parts
    async with sql_database.transaction() as tx:
        await _fill(tx, ANN)
        await _fill(tx, BOB)
    before = await _dump(sql_database)

    erased = await erase("acme", "annabelle-id")
    after = await _dump(sql_database)

    assert _found(before, ANN) == ANN.words
    assert _found(before, BOB) == BOB.words
    assert _found(after, ANN) == []
    assert _found(after, BOB) == BOB.words
    assert erased.tickets == (Ticket("slack", "annabelle-ticket"),)
    assert erased.webhooks == 4 * len(SPELLINGS) + 1
    assert _counts(erased) == (1, 1, 1, 1, 1, 1)


def _counts(erased: Erasure) -> tuple[int, ...]:
    rows = erased.forgotten
    return (
        erased.idempotent_answers,
        rows.consents,
        rows.audience_members,
        rows.interactions,
        rows.attempts,
        rows.handoffs,
    )


async def test_what_is_left_still_counts(sql_database: SqlDatabase, erase: EraseContact) -> None:
    """Rows, outcomes and statuses stay, the addresses stay suppressed, and the id leads to nobody."""
    async with sql_database.transaction() as tx:
        await _fill(tx, ANN)
        await tx.enrollments.finish("e-annabelle", Outcome.WON, NOW)

    await erase("acme", "annabelle-id")

    async with sql_database.transaction() as tx:
        outcomes = await tx.reports.outcomes("acme", "hello")
        messages = await tx.reports.messages("acme", "hello")
        held = [
            [each.reason for each in await tx.suppressions.of("acme", channel, address)]
            for channel, address in (
                (Channel.SMS, ANN.phone), (Channel.VOICE, ANN.phone), (Channel.EMAIL, ANN.email),
            )
        ]  # fmt: skip
        assert await tx.contacts.get("c-annabelle") is None
        assert await tx.audiences.count_members("acme", "list-1") == 0
    assert outcomes == {"won": 1}
    assert [each.count for each in messages] == [1]
    assert held == [["opted_out"], ["erased"], ["erased", "opted_out"]]


async def test_everything_is_given_out(sql_database: SqlDatabase) -> None:
    """Every word that any table holds of a person is in the document, and nobody else's."""
    async with sql_database.transaction() as tx:
        await _fill(tx, ANN)
        await _fill(tx, BOB)

    document = await ExportContact(sql_database)("acme", "annabelle-id")
    text = json.dumps(document).encode()

    # What strangers wrote is nobody's, and answers that are kept for repeats are copies.
    assert _found(text, ANN) == [each for each in ANN.words if each[-8:] not in ("stranger", "answered")]
    assert _found(text, BOB) == []
    # An address is known to several tenants: only what names an enrollment of this one is its own.
    assert STRANGER not in json.dumps(document)
    assert [each["body"] for each in document["webhooks"]] == ['[{"attempt": "e-annabelle:text:1"}]']


async def test_what_two_people_do_at_once_is_in_order(sql_database: SqlDatabase, erase: EraseContact) -> None:
    """Erasing somebody who is stored again meanwhile leaves either nobody or somebody new."""
    async with sql_database.transaction() as tx:
        await _fill(tx, ANN)

    async def store() -> None:
        async with sql_database.transaction() as tx:
            await tx.contacts.upsert("acme", [Contact("c-2", "annabelle-id", ANN.phone)])

    await asyncio.gather(erase("acme", "annabelle-id"), *(store() for _ in range(5)))

    async with sql_database.transaction() as tx:
        assert await tx.contacts.get("c-annabelle") is None
        found = await tx.contacts.by_external_id("acme", "annabelle-id")
    assert found is None or found.id == "c-2"
