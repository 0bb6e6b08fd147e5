"""Contacts in the terminal, for people and for scripts."""

from collections.abc import Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from adapters.cli.campaign_views import moment
from adapters.cli.tables import new_table
from application.erase_contact import Erasure
from application.keep_contacts import KeptContact
from application.ports.consents import Consent
from domain.contact import Contact
from domain.times.rfc3339 import rfc3339


def contact_data(contact: Contact) -> Mapping[str, object]:
    """A contact for scripts."""
    return {
        "id": contact.id,
        "external_id": contact.external_id,
        "phone": contact.phone,
        "email": contact.email,
        "timezone": contact.timezone,
        "attributes": dict(contact.attributes),
    }


def kept_data(kept: KeptContact) -> Mapping[str, object]:
    """A contact that was stored, for scripts."""
    return {**contact_data(kept.contact), "created": kept.is_new}


def consent_data(consent: Consent) -> Mapping[str, object]:
    """What a contact has said of a channel, for scripts."""
    return {
        "channel": consent.channel.value,
        "given": consent.given,
        "source": consent.source,
        "at": rfc3339(consent.at),
    }


def contact_table(contact: Contact) -> Table:
    """One contact."""
    table = new_table(f"Contact {escape(contact.external_id)}", "", "is")
    for name, value in (
        ("id", contact.id),
        ("phone", contact.phone),
        ("email", contact.email),
        ("timezone", contact.timezone),
        *sorted(contact.attributes.items()),
    ):
        table.add_row(escape(name), escape(value or "-"))
    return table


def contacts_table(contacts: Sequence[Contact]) -> Table:
    """Several contacts, a row each."""
    table = new_table("Contacts", "external_id", "phone", "e-mail", "time zone")
    for each in contacts:
        cells = (each.external_id, each.phone or "-", each.email or "-", each.timezone or "-")
        table.add_row(*map(escape, cells))
    return table


def consents_table(consents: Sequence[Consent]) -> Table:
    """What a contact has said, oldest first."""
    table = new_table("Consents; the latest word on a channel counts", "at", "channel", "", "source")
    for each in consents:
        said = "given" if each.given else "taken back"
        table.add_row(moment(each.at), each.channel.value, said, escape(each.source))
    return table


def erasure_data(erasure: Erasure) -> Mapping[str, object]:
    """What erasing came to, for scripts: as the API answers it."""
    forgotten = erasure.forgotten
    return {
        "contact_id": erasure.contact_id,
        "enrollments_ended": erasure.enrollments_ended,
        "consents": forgotten.consents,
        "audience_members": forgotten.audience_members,
        "interactions": forgotten.interactions,
        "attempts": forgotten.attempts,
        "handoffs": forgotten.handoffs,
        "webhooks": erasure.webhooks,
        "idempotent_answers": erasure.idempotent_answers,
        "suppressions_hashed": erasure.suppressions.hashed,
        "suppressions_added": erasure.suppressions.added,
        "tickets": [{"desk": each.desk, "ref": each.ref} for each in erasure.tickets],
    }


def erasure_table(erasure: Erasure) -> Table:
    """What erasing came to."""
    table = new_table(f"Erased; the id {erasure.contact_id} stays for the counts", "", "count")
    for name, value in erasure_data(erasure).items():
        if isinstance(value, int):
            table.add_row(name.replace("_", " "), str(value))
    return table
