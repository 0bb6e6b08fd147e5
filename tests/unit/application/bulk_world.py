"""The use cases that work on many at once, on fakes."""

from collections.abc import Iterable, Iterator
from typing import Any

from attrs import define, field

from application.control_batches import ControlBatches
from application.enroll_audience import EnrollAudience, OrderAudience
from application.keep_audiences import KeepAudiences
from application.ports.batches import Batch
from application.ports.enrollments import Enrollment
from application.ports.files import ContactForm, ContactRow, ContactStream, RejectedRow, RowProblem
from application.relay_batches import RelayBatches
from application.start_batch import Pace, StartBatch
from application.store_batch import StoreBatch
from domain.batches import BatchState
from domain.contact import Contact, NewContact
from domain.idempotency import enrollment_id
from tests.fakes.bulk import FakeBatchRuns
from tests.fakes.clock import Counter
from tests.unit.application.world import TENANT, World


def person(number: int, **changes: Any) -> NewContact:
    """Somebody."""
    return NewContact(f"c-{number}", **{"phone": f"+1202555{number:04d}", **changes})


def rows_of(*items: NewContact | str) -> list[ContactRow | RejectedRow]:
    """Rows of people, and of what is wrong with others."""
    return [
        ContactRow(line, item)
        if isinstance(item, NewContact)
        else RejectedRow((RowProblem(line, "phone", item, ("secret",)),))
        for line, item in enumerate(items, 2)
    ]


def stream(rows: Iterable[ContactRow | RejectedRow]) -> ContactStream:
    """A stream of rows."""
    given = list(rows)
    return ContactStream(ContactForm.CSV, ("phone",), len(given), iter(given))


@define
class BulkWorld:
    """One tenant with one published campaign.

    Args:
        world: what lies under it.
        runs: of batches; those of enrollments are the world's.
        paces: every rate that a pace was asked for.
        waits: how often a start has waited for its turn.
    """

    world: World = field(factory=World)
    runs: FakeBatchRuns = field(factory=FakeBatchRuns)
    paces: list[float | None] = field(factory=list)
    waits: int = 0
    new_id: Counter = field(factory=lambda: Counter("id"))

    @property
    def store(self) -> StoreBatch:
        return StoreBatch(self.world.database, self.runs, self.world.clock, self.new_id)

    @property
    def start(self) -> StartBatch:
        return StartBatch(self.world.database, self.world.runs, self.world.clock, self._pace, rate=7.0)

    @property
    def control(self) -> ControlBatches:
        return ControlBatches(self.world.database, self.runs, self.world.clock)

    @property
    def relay(self) -> RelayBatches:
        return RelayBatches(self.world.database, self.runs, self.world.clock)

    @property
    def enroll_audience(self) -> EnrollAudience:
        return EnrollAudience(self.world.database, self.world.clock)

    @property
    def order_audience(self) -> OrderAudience:
        return OrderAudience(self.enroll_audience, self.runs, self.new_id)

    @property
    def audiences(self) -> KeepAudiences:
        return KeepAudiences(self.world.database, self.world.clock)

    @property
    def enrollments(self) -> list[Enrollment]:
        """All of them."""
        return list(self.world.database.state.enrollments.values())

    async def batch(self, batch_id: str = "b-1") -> Batch:
        """A batch as the database has it."""
        return await self.control.get(TENANT, batch_id)

    async def stored(self, count: int, state: BatchState = BatchState.STARTING, **changes: Any) -> list[str]:
        """Store the batch ``b-1`` of so many people; returns the ids of its enrollments, in order."""
        now = self.world.clock()
        contacts = [Contact(f"contact-{n}", f"c-{n}", "+12025550123") for n in range(count)]
        ids = [enrollment_id(TENANT, "spring", each.id) for each in contacts]
        async with self.world.database.transaction() as tx:
            await tx.contacts.upsert(TENANT, contacts)
            await tx.batches.add(
                Batch("b-1", TENANT, "spring", 1, "csv", now, state, enrolled=count, **changes)
            )
            await tx.enrollments.add(
                [
                    Enrollment(id_, TENANT, "spring", 1, contact.id, now, batch="b-1")
                    for id_, contact in zip(ids, contacts, strict=True)
                ]
            )
        return sorted(ids)

    async def people(self, *attributes: dict[str, str]) -> None:
        """Store contacts c-0, c-1, ... with these attributes."""
        contacts = [
            Contact(f"contact-{n}", f"c-{n}", "+12025550123", attributes=each)
            for n, each in enumerate(attributes)
        ]
        async with self.world.database.transaction() as tx:
            await tx.contacts.upsert(TENANT, contacts)

    def _pace(self, rate: float | None) -> Pace:
        self.paces.append(rate)

        async def wait() -> None:
            self.waits += 1

        return wait


def broken_after(
    rows: Iterable[ContactRow | RejectedRow], error: Exception
) -> Iterator[ContactRow | RejectedRow]:
    """Rows that end by an error."""
    yield from rows
    raise error
