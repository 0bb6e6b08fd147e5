"""What a new version means for the enrollments that are under way, and letting them go over to it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from operator import attrgetter

from attrs import frozen

from application import orders
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment, InFlight
from domain.campaign import Plan
from domain.enrollment.migrate import END
from domain.enrollment.turn import HANDOFF
from domain.errors import InvalidCampaign

PAGE = 500
"""How many enrollments are told in one transaction."""

KEEP = ":keep"
"""The choice to leave enrollments at their version, which is the usual one; no step key begins so."""


@frozen
class InFlightAt:
    """Enrollments that stand at one place of another version.

    Args:
        version: which.
        step: the step's key; `HANDOFF` where a human has the case.
        count: how many.
        remains: whether the new version has a step of this key.
    """

    version: int
    step: str
    count: int
    remains: bool


@frozen
class MoveEnrollments:
    """Choose, step by step, what becomes of enrollments when a version is published.

    They are told through the timeline, so that a crash half way loses nothing: whoever was not reached yet is
    reached when the same choice is made again.
    """

    database: Database
    clock: Clock

    async def impact(self, tenant: str, plan: Plan) -> list[InFlightAt]:
        """Where the enrollments stand that a version could move, by version and in the order of its steps."""
        found: list[InFlightAt] = []
        async with self.database.transaction() as tx:
            places = await tx.enrollments.in_flight(tenant, plan.campaign)
            for version, group in groupby(places, key=attrgetter("version")):
                if version != plan.version:
                    old = (await tx.campaigns.get(tenant, plan.campaign, version)).plan
                    found += _at_steps(old, plan, list(group))
        return found

    async def __call__(self, tenant: str, plan: Plan, choices: Mapping[str, str]) -> int:
        """Tell every enrollment of another version, be it a later one, that stands at a step with a choice.

        A run that has left that step when it hears of it does what was chosen for the step that it is at.

        Args:
            tenant: whose campaign.
            plan: the version to go over to, which is published.
            choices: step key to the new step's key, `KEEP`, or `domain.enrollment.migrate.END`.

        Returns:
            How many were told now.

        Raises:
            InvalidCampaign: a choice leads to a step that the version does not have.
        """
        moves = {old: new for old, new in choices.items() if new != KEEP}
        check_moves(plan, moves)
        told = 0
        detail = orders.moves_text(plan.version, moves)
        name = f"{plan.version}:{sha256(detail.encode()).hexdigest()[:16]}"
        while new := await self._tell_all(tenant, plan, moves, detail, name):
            told += new  # once more: some may have moved on meanwhile, to a step that was looked at before
        return told

    async def _tell_all(
        self, tenant: str, plan: Plan, moves: Mapping[str, str], detail: str, name: str
    ) -> int:
        """Tell everybody who is found in one round; gives how many were not told before."""
        told = 0
        async for page in self._pages(tenant, plan, moves):
            now = self.clock()
            rows = [orders.order(orders.MIGRATE, each.id, detail, now, name) for each in page]
            async with self.database.transaction() as tx:
                told += len(await tx.interactions.add(rows))
        return told

    async def _pages(
        self, tenant: str, plan: Plan, moves: Mapping[str, str]
    ) -> AsyncIterator[Sequence[Enrollment]]:
        for version, step in await self._places(tenant, plan, moves):
            after = ""
            while True:
                async with self.database.transaction() as tx:
                    page = await tx.enrollments.open_at(tenant, plan.campaign, version, step, after, PAGE)
                if not page:
                    break
                yield page
                after = page[-1].id

    async def _places(
        self, tenant: str, plan: Plan, moves: Mapping[str, str]
    ) -> list[tuple[int, str | None]]:
        """The places, as they are stored, for whose step something was chosen."""
        async with self.database.transaction() as tx:
            return [
                (place.version, place.step)
                for place in await tx.enrollments.in_flight(tenant, plan.campaign)
                if place.version != plan.version and await _step(tx, tenant, plan, place) in moves
            ]


def check_moves(plan: Plan, moves: Mapping[str, str]) -> None:
    """Refuse moves to where nobody can go.

    Args:
        plan: the version to go over to.
        moves: step key to the new step's key, or to `END`.

    Raises:
        InvalidCampaign: a move leads to a step that the version does not have, or from a human back to a
        step.
    """
    for old, new in moves.items():
        if new == END:
            continue
        if old == HANDOFF:
            raise InvalidCampaign(("moving", old), "a human has the case: it can be kept or ended")
        if plan.index(new) is None:
            raise InvalidCampaign(("moving", old), f"version {plan.version} has no step {new}")


async def _step(tx: Transaction, tenant: str, plan: Plan, place: InFlight) -> str:
    if place.step is not None:
        return place.step
    return (await tx.campaigns.get(tenant, plan.campaign, place.version)).plan.steps[0].key


def _at_steps(old: Plan, new: Plan, places: Sequence[InFlight]) -> list[InFlightAt]:
    counts: dict[str, int] = {}
    for place in places:
        step = place.step or old.steps[0].key
        counts[step] = counts.get(step, 0) + place.count
    return [
        InFlightAt(old.version, step, counts[step], remains=new.index(step) is not None)
        for step in dict.fromkeys((*(step.key for step in old.steps), HANDOFF))
        if step in counts
    ]
