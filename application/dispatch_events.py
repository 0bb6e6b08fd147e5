"""Let runs hear of stored interactions."""

from collections.abc import Sequence

import structlog
from attrs import frozen

from application.errors import RunRefused
from application.ports.database import Database
from application.ports.interactions import Dispatch, Interaction
from application.ports.runs import Runs

_log = structlog.get_logger(__name__)

OPT_OUT = "opt_out"
"""The kind of an interaction that tells an enrollment of an opt-out given elsewhere."""


@frozen
class DispatchEvents:
    """Signal interactions to their runs, then mark them: telling twice does no harm, not telling would."""

    database: Database
    runs: Runs

    async def __call__(self, interactions: Sequence[Interaction]) -> int:
        """Signal each, then mark it as dispatched, or as late where the run has ended or takes no more.

        Returns:
            How many are marked: all of them.

        Raises:
            RunsUnavailable: the rest stays pending, and the relay comes back to it.
        """
        for interaction in interactions:
            try:
                heard = await self._tell(interaction)
            except RunRefused as fault:
                _log.error("dispatch.refused", interaction=interaction.key, reason=str(fault))
                heard = False
            async with self.database.transaction() as tx:
                await tx.interactions.mark(interaction.key, Dispatch.DISPATCHED if heard else Dispatch.LATE)
        return len(interactions)

    async def _tell(self, interaction: Interaction) -> bool:
        if interaction.enrollment_id is not None and interaction.kind == OPT_OUT:
            return await self.runs.opt_out(interaction.enrollment_id)
        return await self.runs.tell(interaction)
