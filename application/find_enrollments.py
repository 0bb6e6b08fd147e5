"""The enrollments that a contact has open."""

from attrs import frozen

from application.errors import UnknownContact
from application.ports.database import Database
from application.ports.enrollments import Enrollment


@frozen
class FindEnrollments:
    """Look up where a contact is enrolled now."""

    database: Database

    async def __call__(self, tenant: str, external_id: str) -> list[Enrollment]:
        """Their open enrollments, oldest first.

        Args:
            tenant: whose contact.
            external_id: the contact, by the caller's name.

        Raises:
            UnknownContact: the tenant has no such contact.
        """
        async with self.database.transaction() as tx:
            contact = await tx.contacts.by_external_id(tenant, external_id)
            if contact is None:
                raise UnknownContact("there is no contact of this external_id")
            return await tx.enrollments.open_of(contact.id)
