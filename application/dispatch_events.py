"""Let runs hear of stored interactions."""

from collections.abc import Iterator, Sequence

import structlog
from attrs import frozen

from application.errors import RunRefused, RunsUnavailable
from application.ports.database import Database
from application.ports.interactions import Dispatch, Interaction
from application.ports.runs import Runs

_log = structlog.get_logger(__name__)

OPT_OUT = "opt_out"
"""The kind of an interaction that tells an enrollment of an opt-out given elsewhere."""

HANDOFF_RESOLVED = "handoff_resolved"
"""The kind of an interaction that tells an enrollment that a human has closed its case."""

TOLD_AT_ONCE = 100
"""How many events one signal carries: some 200 bytes each, and Temporal warns of payloads from 512 kB."""


MOST_FAULTS = 3
"""So many runs that do not answer are enough to stop: each may take a signal's whole time."""


@frozen
class DispatchEvents:
    """Signal interactions to their runs, then mark them: telling twice does no harm, not telling would."""

    database: Database
    runs: Runs

    async def __call__(self, interactions: Sequence[Interaction]) -> int:
        """Let each run hear of all that is for it, then mark that as dispatched, or as late.

        Late is what a run that has ended, or that takes no more, would have been told.

        Returns:
            How many are marked: all of them.

        Raises:
            RunsUnavailable: what was not marked stays pending, and the relay comes back to it. One run that
                does not answer keeps no other waiting; several of them mean that nobody does.
        """
        faults: list[RunsUnavailable] = []
        for together in _signals(interactions):
            try:
                heard = await self._heard(together)
            except RunsUnavailable as fault:
                faults.append(fault)
                if len(faults) == MOST_FAULTS:
                    break
                continue
            async with self.database.transaction() as tx:
                for interaction in together:
                    await tx.interactions.mark(
                        interaction.key, Dispatch.DISPATCHED if heard else Dispatch.LATE
                    )
        if faults:
            raise faults[0]
        return len(interactions)

    async def _heard(self, together: Sequence[Interaction]) -> bool:
        enrollment_id, kind = together[0].enrollment_id, together[0].kind
        if enrollment_id is None:  # nobody's
            return False
        try:
            if kind == OPT_OUT:
                return await self.runs.opt_out(enrollment_id)
            if kind == HANDOFF_RESOLVED:
                return await self.runs.resolve_handoff(enrollment_id)
            return await self.runs.tell(enrollment_id, together)
        except RunRefused as fault:
            keys = [interaction.key for interaction in together]
            _log.error("dispatch.refused", interactions=keys, reason=str(fault))
            return False


def _signals(interactions: Sequence[Interaction]) -> Iterator[Sequence[Interaction]]:
    """What one signal can tell, in the order in which it was stored: the same run's, in the same way."""
    groups: dict[tuple[str | None, str | None], list[Interaction]] = {}
    for interaction in interactions:
        way = interaction.kind if interaction.kind in (OPT_OUT, HANDOFF_RESOLVED) else None
        groups.setdefault((interaction.enrollment_id, way), []).append(interaction)
    for group in groups.values():
        for begin in range(0, len(group), TOLD_AT_ONCE):
            yield group[begin : begin + TOLD_AT_ONCE]
