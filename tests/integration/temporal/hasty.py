"""A workflow that is not deterministic, under the name of ours."""

from collections.abc import Sequence
from datetime import datetime

from temporalio import workflow
from temporalio.common import RawValue

from adapters.temporal.common import names
from adapters.temporal.common.payloads import EnrollmentInput


@workflow.defn(name=names.CAMPAIGN)
class HastyCampaign:
    """Reads the clock of the machine that it is on."""

    @workflow.run
    async def run(self, start: EnrollmentInput) -> str:
        """Say when."""
        return datetime.now().isoformat()  # noqa: DTZ005 - that is the point

    @workflow.signal(dynamic=True)
    def hear(self, name: str, told: Sequence[RawValue]) -> None:
        """Whatever it is."""
