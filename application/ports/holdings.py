"""The port to what all tables together hold on one person: to show it, and to erase it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.ports.enrollments import Enrollment
from application.ports.handoffs import Handoff
from application.ports.webhooks import StagedWebhook
from domain.erasure import Traces


@frozen
class Place:
    """A place in the staging table: after the delivery of this key that came at this time."""

    received_at: datetime
    key: str = ""


@frozen
class Forgotten:
    """How many rows gave up what was personal in them, by table.

    Args:
        consents: deleted.
        audience_members: deleted.
        interactions: what a person wrote and what providers told of them.
        attempts: the provider's id, and why it was refused.
        handoffs: the desk's id.
    """

    consents: int
    audience_members: int
    interactions: int
    attempts: int
    handoffs: int


class Holdings(Protocol):
    """What is held on the people of all tenants."""

    async def enrollments(self, contact_id: str) -> list[Enrollment]:
        """All enrollments of a contact, also those that have ended, oldest first."""
        ...

    async def handoffs(self, contact_id: str) -> list[Handoff]:
        """The cases of a contact, oldest first."""
        ...

    async def audiences(self, contact_id: str) -> list[str]:
        """The keys of the audiences in which a contact stands by name, sorted."""
        ...

    async def part_of_staged(self, after: Place, size: int) -> Place | None:
        """Where a part of the staging table ends that begins after a place; None where nothing comes after.

        Args:
            after: where it begins.
            size: how many deliveries it has, at most.
        """
        ...

    async def staged(self, traces: Traces, after: Place, until: Place) -> list[StagedWebhook]:
        """The deliveries in a part of the staging table in which somebody is found, by time of receipt.

        No index helps: the database reads every body of the part.

        Args:
            traces: how they are recognised, in body or target.
            after: where the part begins.
            until: its last delivery.
        """
        ...

    async def empty_staged(self, deliveries: Sequence[StagedWebhook]) -> int:
        """Empty body and target of deliveries; the rows stay, so that a repeat is still known.

        So does what was written by people whom nobody knew, and came from the same provider at the same time:
        nothing says which of them it was, and nobody is ever shown it.

        Returns:
            How many deliveries there are.
        """
        ...

    async def forget(self, contact_id: str, traces: Traces, at: datetime) -> Forgotten:
        """Take out of a contact's rows what is personal, and make their own row a tombstone.

        The rows stay, and so does every count that is made of them; what the contact has agreed to and the
        audiences they stand in are deleted. A contact who is a tombstone is found by no other port.

        Args:
            contact_id: who.
            traces: their addresses: a key of the timeline that shows one, since a caller has named an event
                so, is changed.
            at: when that is.
        """
        ...
