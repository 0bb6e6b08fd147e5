"""Whom a report is about, as far as that can be told."""

from collections.abc import Iterable

from attrs import define, evolve, field, frozen

from application.ports.attempts import Attempt
from application.ports.callbacks import HandoffReport, InboundText, Report, StatusReport
from application.ports.database import Transaction
from application.ports.enrollments import Enrollment
from application.ports.handoffs import Handoff
from domain.idempotency import AttemptKey


@frozen
class Addressee:
    """Whom a report is about.

    Args:
        attempt: the message that it tells of, or that a person answers.
        handoff: the case that it tells of.
        enrollment: whose message or case.
        is_erased: whoever it was sent to was erased since, so nothing that is told of them may be kept.
        contradicts: the attempt that it names, though it tells of another one's message.
    """

    attempt: Attempt | None = None
    handoff: Handoff | None = None
    enrollment: Enrollment | None = None
    is_erased: bool = False
    contradicts: Attempt | None = None


@define
class Addressees:
    """Finds them, inside one transaction. Nothing is read twice: a batch tells of one message several times.

    Args:
        tx: the transaction.
        provider: who reports.
    """

    tx: Transaction
    provider: str
    _attempts: dict[AttemptKey, Attempt | None] = field(factory=dict, init=False)
    _enrollments: dict[str, Enrollment | None] = field(factory=dict, init=False)
    _owners: dict[str, Attempt] = field(factory=dict, init=False)

    async def look_up(self, reports: Iterable[Report]) -> None:
        """Read at once whom reports name, before each is asked about by `of`."""
        named = [report.attempt_key for report in reports if not isinstance(report, HandoffReport)]
        keys = {key for text in named if (key := AttemptKey.parse(text or "")) is not None}
        if not keys:
            return
        self._attempts = {**dict.fromkeys(keys), **await self.tx.attempts.find(keys)}
        ids = {key.enrollment_id for key, attempt in self._attempts.items() if attempt is not None}
        self._enrollments = {**dict.fromkeys(ids), **await self.tx.enrollments.find(ids)}

    async def of(self, report: Report) -> Addressee:
        """Whom a report is about; nobody where it names nobody that we know."""
        if isinstance(report, HandoffReport):
            handoff = await handoff_of(self.tx, self.provider, report)
            enrollment = None if handoff is None else await self._enrollment(handoff.enrollment_id)
            return Addressee(None, handoff, enrollment, await self._is_erased(enrollment))
        if isinstance(report, InboundText):
            attempt = await self._answered(report)
        else:
            attempt = await self._reported(report)
            if attempt is not None and await self._contradicts(report, attempt):
                return Addressee(contradicts=attempt)
        if attempt is None:
            return Addressee()
        enrollment = await self._enrollment(attempt.key.enrollment_id)
        is_erased = await self._is_erased(enrollment)
        if isinstance(report, StatusReport) and enrollment is not None and not is_erased:
            self._learn(attempt, report.provider_ref)
        return Addressee(attempt, None, enrollment, is_erased)

    def _learn(self, attempt: Attempt, ref: str | None) -> None:
        """Know by now of a reference that is stored with this report: the next one is held against it."""
        if ref is None or attempt.provider_ref is not None:
            return
        self._attempts[attempt.key] = evolve(attempt, provider_ref=ref)
        if attempt.provider == self.provider:
            self._owners[ref] = attempt

    async def _is_erased(self, enrollment: Enrollment | None) -> bool:
        if enrollment is None or enrollment.outcome is None:  # to erase a contact ends what is open
            return False
        return await self.tx.contacts.get(enrollment.contact_id) is None

    async def _answered(self, report: InboundText) -> Attempt | None:
        """The message that a person answers: the one that the reply names, or the newest to the sender."""
        named = await self._named(report.attempt_key)
        if named is not None and named.channel is report.channel:
            return named
        return await self.tx.attempts.latest_to(report.channel, report.sender)

    async def _reported(self, report: StatusReport) -> Attempt | None:
        if AttemptKey.parse(report.attempt_key or "") is not None:
            return await self._named(report.attempt_key)
        if report.provider_ref is None:
            return None
        return await self.tx.attempts.by_ref(self.provider, report.provider_ref)

    async def _contradicts(self, report: StatusReport, attempt: Attempt) -> bool:
        """Whether a report tells of another message than the attempt's.

        By which reference it knows a message the provider has told us when it took it. That is stronger than
        the correlation, which we gave along and which only comes back. An attempt that has no reference yet,
        or has gone to another provider since, is known by the correlation alone.
        """
        ref = report.provider_ref
        if ref is None:
            return False
        if attempt.provider == self.provider and attempt.provider_ref is not None:
            if attempt.provider_ref == ref:
                return False
            if not report.ref_varies:
                return True
        owner = self._owners.get(ref) or await self.tx.attempts.by_ref(self.provider, ref)
        return owner is not None and owner.key != attempt.key

    async def _named(self, text: str | None) -> Attempt | None:
        key = AttemptKey.parse(text or "")
        if key is None:
            return None
        if key not in self._attempts:
            self._attempts[key] = await self.tx.attempts.get(key)
        return self._attempts[key]

    async def _enrollment(self, enrollment_id: str) -> Enrollment | None:
        if enrollment_id not in self._enrollments:
            self._enrollments[enrollment_id] = await self.tx.enrollments.get(enrollment_id)
        return self._enrollments[enrollment_id]


async def handoff_of(tx: Transaction, desk: str, report: HandoffReport) -> Handoff | None:
    """The case that a desk tells of: by our key, or by its own id where that is no key of ours."""
    found = None if report.handoff_key is None else await tx.handoffs.get(report.handoff_key)
    if found is None and report.ref is not None:
        return await tx.handoffs.by_ref(desk, report.ref)
    return found
