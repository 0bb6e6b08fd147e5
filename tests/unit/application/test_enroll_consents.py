"""What a contact file says of consents is kept with the contacts."""

from datetime import timedelta

import pytest

from application.ports.consents import Consent
from domain.contact import ConsentWord, NewContact
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.unit.application.world import PHONE, TENANT, World

DAY = timedelta(days=1)


async def said(world: World, external_id: str = "ann") -> list[Consent]:
    async with world.database.transaction() as tx:
        contact = await tx.contacts.by_external_id(TENANT, external_id)
        return [] if contact is None else await tx.consents.of_contact(contact.id)


def ann(*consents: ConsentWord) -> NewContact:
    return NewContact("ann", PHONE, consents=consents)


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        (ConsentWord(Channel.SMS, True, "form", NOW - DAY), Consent(Channel.SMS, True, "form", NOW - DAY)),
        (ConsentWord(Channel.EMAIL, True, "import"), Consent(Channel.EMAIL, True, "import", NOW)),
        (ConsentWord(Channel.VOICE, False, "import"), Consent(Channel.VOICE, False, "import", NOW)),
        (ConsentWord(Channel.SMS, True, "form", NOW + DAY), Consent(Channel.SMS, True, "form", NOW)),
    ],
)
async def test_a_consent_is_kept(world: World, word: ConsentWord, kept: Consent) -> None:
    """With its source and its time, else that of the import, and none from the future."""
    await world.enroll_contacts(TENANT, "spring", 1, [ann(word), NewContact("bob", PHONE)])

    assert await said(world) == [kept]
    assert await said(world, "bob") == []


async def test_what_is_said_later_is_kept_too(world: World) -> None:
    """Also of a contact that is enrolled already; what was said before stays in the list."""
    await world.enroll_contacts(TENANT, "spring", 1, [ann(ConsentWord(Channel.SMS, True, "form", NOW))])
    world.clock.advance(hours=1)
    report = await world.enroll_contacts(
        TENANT, "spring", 1, [ann(ConsentWord(Channel.SMS, False, "phone call"))]
    )

    assert report.already == 1
    assert [(word.given, word.source) for word in await said(world)] == [
        (True, "form"),
        (False, "phone call"),
    ]
