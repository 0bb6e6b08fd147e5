"""Publishing the drill's campaign and enrolling its contacts, through the API as an application does."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import httpx
from attrs import frozen

from adapters.cli.processes import ServiceFailed
from domain.idempotency import AttemptKey
from trials.drill.caller import Caller
from trials.drill.people import Person

CAMPAIGN = "drill"
DEFINITION = Path(__file__).with_name("campaign.yaml")

_AT_ONCE = 16
"""How many requests are under way at the same time."""

_PAGE = 200


HearOfEnrollment = Callable[[Person, str], Awaitable[None]]


async def _nobody(_person: Person, _enrollment: str) -> None:
    """Nobody wants to know."""


@frozen
class Enroller:
    """Uses the API of a system.

    Args:
        api: with a key.
        seed: of the drill; makes the keys of its requests.
    """

    api: Caller
    seed: int

    async def publish(self) -> None:
        """Publish the campaign."""
        await self.api.ask(
            "POST",
            "/v1/campaigns",
            content=DEFINITION.read_bytes(),
            headers={"Content-Type": "application/yaml"},
        )

    async def enroll(
        self, people: Sequence[Person], seconds: float, hear: HearOfEnrollment = _nobody
    ) -> dict[str, str]:
        """Enroll everybody, evenly over a time, and insist on each.

        Args:
            people: whom.
            seconds: how long that takes, where the API answers.
            hear: hears of each who is enrolled, with the id of the enrollment.

        Returns:
            External id by the id of the enrollment that the API has told.

        Raises:
            ServiceFailed: a request is refused, or two people have been given the same enrollment.
        """
        began, turns = time.monotonic(), asyncio.Semaphore(_AT_ONCE)

        async def enroll(nth: int, person: Person) -> tuple[str, str]:
            await asyncio.sleep(began + nth * seconds / len(people) - time.monotonic())
            async with turns:
                enrollment = await self._enroll(person)
            await hear(person, enrollment)
            return enrollment, person.external_id

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(enroll(nth, person)) for nth, person in enumerate(people)]
        enrolled = dict(task.result() for task in tasks)
        if len(enrolled) < len(people):
            missing = len(people) - len(enrolled)
            raise ServiceFailed(
                f"The API has told {missing} of {len(people)} contacts somebody else's enrollment."
            )
        return enrolled

    async def count_open(self) -> int:
        """How many enrollments have not ended."""
        stats = (await self.api.ask("GET", f"/v1/campaigns/{CAMPAIGN}/stats")).json()
        return int(stats["enrollments"]["open"])

    async def _enroll(self, person: Person) -> str:
        contact = {
            "external_id": person.external_id,
            "phone": person.phone,
            "email": person.email,
            "attributes": {"number": str(person.number)},
        }
        answer = await self.api.ask(
            "POST",
            f"/v1/campaigns/{CAMPAIGN}/enrollments",
            key=f"drill-{self.seed}-{person.external_id}",
            json={"contact": contact},
        )
        return str(answer.json()["id"])


def strangers(enrollment: str, other: str) -> dict[str, str]:
    """Each attempt that an enrollment may have, and the same one of somebody else.

    Args:
        enrollment: whose are told of wrongly.
        other: whose are named in their place.
    """
    attempts = (("text", 1), ("mail", 1), ("call", 1), ("call", 2))
    return {
        str(AttemptKey(enrollment, step, nth)): str(AttemptKey(other, step, nth)) for step, nth in attempts
    }


async def meet(sandbox: httpx.AsyncClient, people: Sequence[Person], faults: frozenset[str]) -> None:
    """Tell the sandbox who meets which fault of the providers.

    Args:
        sandbox: a client of it.
        people: everybody.
        faults: the names of the providers' faults.

    Raises:
        ServiceFailed: it knows no such fault.
    """
    wanted = {
        address: person.fault
        for person in people
        if person.fault in faults
        for address in (person.phone, person.email)
    }
    answer = await sandbox.put("/sandbox/faults", json=wanted)
    if not answer.is_success:
        raise ServiceFailed(f"The sandbox did not take the faults of the drill: {answer.text}")
