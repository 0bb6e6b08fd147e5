"""Lists of enrollments."""

from datetime import datetime

from attrs import evolve, field, frozen

from application.errors import UnknownContact
from application.ports.database import Database
from application.ports.enrollments import Enrollment, EnrollmentQuery
from application.standings import places
from domain.enrollment.standing import Standing


@frozen
class Found:
    """One enrollment of a list.

    Args:
        enrollment: the row.
        external_id: the contact, by the caller's name; None where the contact was erased.
        standing: where it stands, in a word.
        step: the key of the step that it is at; None once the steps are behind.
    """

    enrollment: Enrollment
    external_id: str | None = field(repr=False)
    standing: Standing
    step: str | None


@frozen
class FindEnrollments:
    """Look for enrollments, page by page."""

    database: Database

    async def __call__(
        self,
        tenant: str,
        query: EnrollmentQuery,
        *,
        external_id: str | None = None,
        after: tuple[datetime, str] | None = None,
        limit: int = 50,
    ) -> list[Found]:
        """A page, newest first.

        Args:
            tenant: whose.
            query: which.
            external_id: of this contact alone, by the caller's name.
            after: when the last one of the page before was stored, and its id; None for the first page.
            limit: how many at most.

        Raises:
            UnknownContact: the tenant has no contact of this name.
        """
        async with self.database.transaction() as tx:
            if external_id is not None:
                contact = await tx.contacts.by_external_id(tenant, external_id)
                if contact is None:
                    raise UnknownContact("there is no contact of this external_id")
                query = evolve(query, contact_id=contact.id)
            listed = await tx.enrollments.search(tenant, query, after, limit)
            stand = await places(tx, [each.enrollment for each in listed])
        return [
            Found(
                each.enrollment,
                each.external_id,
                stand[each.enrollment.id].standing,
                stand[each.enrollment.id].step,
            )
            for each in listed
        ]
