"""What a step comes to for a contact: when its touch is due, which branch a split takes, or nothing."""

from datetime import datetime, timedelta

from attrs import frozen

from application.errors import UnknownEnrollment
from application.local_calendar import LocalCalendar
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment
from domain.campaign import Campaign
from domain.contact import Contact
from domain.steps import Split, Step
from domain.times.delays import DelayUnknown, FromAttribute, due
from domain.times.plan_time import PlanTime


@frozen
class StepOutcome:
    """What a step comes to.

    Args:
        due: when its touch is due.
        branch: which branch a split takes, from 0; None where none fits.
        skip: why it is left out, in words without personal data; None where it is not.
        rejected: it is left out because something is wrong.
    """

    due: datetime | None = None
    branch: int | None = None
    skip: str | None = None
    rejected: bool = False


@frozen
class PrepareStep:
    """Ask the contact's data as it is now. It is read here and goes nowhere."""

    database: Database
    places: LocalCalendar

    async def __call__(self, enrollment_id: str, step: str, at: datetime) -> StepOutcome:
        """Ask.

        Args:
            enrollment_id: whose.
            step: which step of its campaign.
            at: when the step was entered.

        Raises:
            UnknownEnrollment: there is no such enrollment.
            UnknownCampaign: there is no such version.
        """
        async with self.database.transaction() as tx:
            return self._outcome(*await _read(tx, enrollment_id), step, at)

    async def for_run(self, enrollment_id: str, step: str, at: datetime) -> StepOutcome:
        """As `__call__`, for a run that has come to the step: when its touch is due is noted as well."""
        async with self.database.transaction() as tx:
            told = self._outcome(*await _read(tx, enrollment_id), step, at)
            if told.due is not None:
                await tx.enrollments.set_due([enrollment_id], max(told.due, at))
        return told

    def _outcome(
        self, enrollment: Enrollment, campaign: Campaign, contact: Contact, step: str, at: datetime
    ) -> StepOutcome:
        index = campaign.plan.index(step)
        if index is None:
            return StepOutcome(skip=f"version {enrollment.version} has no step {step}", rejected=True)
        chosen = campaign.plan.steps[index]
        if isinstance(chosen, Split):
            splitter = campaign.splits[chosen.key]
            return StepOutcome(
                branch=splitter.choose(contact.known, f"{enrollment.campaign}:{chosen.key}:{contact.id}")
            )
        condition = campaign.conditions.get(chosen.key)
        if condition is not None and not condition.holds(contact.known):
            return StepOutcome(skip=f"only where {condition}")
        time = PlanTime(enrollment.created_at, enrollment.time_scale)
        return self._due(chosen, campaign, contact, time, at)

    def _due(
        self, step: Step, campaign: Campaign, contact: Contact, time: PlanTime, at: datetime
    ) -> StepOutcome:
        delay = step.delay
        if isinstance(delay, timedelta):
            return StepOutcome(due=at + delay * time.scale)
        now = time.of(at)
        try:
            when = due(delay, now, self.places.zone(contact, campaign.rules), contact.attributes)
        except DelayUnknown as unknown:
            return StepOutcome(skip=str(unknown), rejected=True)
        if isinstance(delay, FromAttribute) and step.is_over(when, now):
            return StepOutcome(skip=f"its time ({delay.attribute}) was over")
        return StepOutcome(due=time.real(when))


async def _read(tx: Transaction, enrollment_id: str) -> tuple[Enrollment, Campaign, Contact]:
    enrollment = await tx.enrollments.get(enrollment_id)
    contact = None if enrollment is None else await tx.contacts.get(enrollment.contact_id)
    if enrollment is None or contact is None:
        raise UnknownEnrollment(f"there is no enrollment {enrollment_id}")
    return (
        enrollment,
        await tx.campaigns.get(enrollment.tenant, enrollment.campaign, enrollment.version),
        contact,
    )
