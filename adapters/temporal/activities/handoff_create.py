"""The activity that gives a case to a human."""

from attrs import frozen
from structlog.contextvars import bound_contextvars
from temporalio import activity

from adapters.temporal.common import names
from adapters.temporal.common.errors import told_to_temporal
from adapters.temporal.common.payloads import HandoffOutcome, HandoffPayload
from application.create_handoff import CreateHandoff


@frozen
class HandoffCreate:
    """Create the handoff of an enrollment."""

    create_handoff: CreateHandoff

    @activity.defn(name=names.HANDOFF_CREATE)
    async def handoff_create(self, enrollment_id: str, payload: HandoffPayload) -> HandoffOutcome:
        """Hand over, or give back the handoff that is there."""
        with bound_contextvars(enrollment_id=enrollment_id, step=payload.step), told_to_temporal():
            return HandoffOutcome(await self.create_handoff(enrollment_id, payload.step, payload.reason))
