"""The consents table: every word is kept, and the latest counts."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from application.ports.consents import Consent
from application.ports.database import Database
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.integration.db.rows import enrolled

LATER = NOW + timedelta(days=1)


def word(given: bool = True, at: datetime = NOW, channel: Channel = Channel.SMS) -> Consent:
    return Consent(channel, given, "sign-up form", at)


async def test_words_are_read_back_oldest_first(database: Database) -> None:
    """All that a contact has said comes back, and nothing that others have said."""
    await enrolled(database, "ada", "bob")
    said = [word(False, LATER), word(), word(channel=Channel.EMAIL)]

    async with database.transaction() as tx:
        new = await tx.consents.add("c-ada", said)
        await tx.consents.add("c-bob", [word()])
        found = await tx.consents.of_contact("c-ada")
        nothing = await tx.consents.of_contact("c-nobody")

    assert new == 3
    assert found == [said[2], said[1], said[0]]
    assert nothing == []


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ([], False),
        ([word()], True),
        ([word(False)], False),
        ([word(), word(False, LATER)], False),
        ([word(False, LATER), word()], False),
        ([word(False), word(True, LATER)], True),
        ([word(channel=Channel.VOICE), word(False)], False),
    ],
)
async def test_the_latest_word_on_the_channel_counts(
    database: Database, said: Sequence[Consent], holds: bool
) -> None:
    """In whichever order they were stored; a word on another channel says nothing."""
    await enrolled(database, "ada")

    async with database.transaction() as tx:
        for consent in said:
            await tx.consents.add("c-ada", [consent])
        held = await tx.consents.holds("c-ada", Channel.SMS)

    assert held is holds


async def test_a_word_is_kept_once(database: Database) -> None:
    """Ten times at once is one word; what was said first at a time stays; none are no trouble."""
    await enrolled(database, "ada")
    both = [word(), word(channel=Channel.EMAIL)]

    async def add(said: list[Consent]) -> int:
        async with database.transaction() as tx:
            return await tx.consents.add("c-ada", said)

    news = await asyncio.gather(*(add(both if number % 2 else both[::-1]) for number in range(10)))
    again = [await add([word(False)]), await add([])]
    async with database.transaction() as tx:
        held = await tx.consents.holds("c-ada", Channel.SMS)

    assert sum(news) == 2
    assert again == [0, 0]
    assert held


async def test_words_of_many_are_kept_at_once(database: Database) -> None:
    """Each of its own contact, and once."""
    await enrolled(database, "ada", "bob")
    said = {"c-bob": [word(), word()], "c-ada": [word(channel=Channel.EMAIL)]}

    async with database.transaction() as tx:
        news = [
            await tx.consents.add_all(said),
            await tx.consents.add_all(said),
            await tx.consents.add_all({}),
        ]
        found = {who: await tx.consents.of_contact(who) for who in said}

    assert news == [2, 0, 0]
    assert found == {"c-bob": [word()], "c-ada": [word(channel=Channel.EMAIL)]}
