"""A drill enrolls as an application does, and looks at what it is told."""

import itertools

import httpx
import pytest

from adapters.cli.processes import ServiceFailed
from trials.drill.caller import Caller
from trials.drill.enrolling import Enroller
from trials.drill.people import people


def enroller(ids: "itertools.cycle[str]") -> Enroller:
    """Of an API that gives these ids in turn, and fails at every second request."""
    answers = itertools.cycle([503, 201])

    def answer(_: httpx.Request) -> httpx.Response:
        status = next(answers)
        return httpx.Response(status, json={"id": next(ids) if status == 201 else ""})

    client = httpx.AsyncClient(base_url="http://api", transport=httpx.MockTransport(answer))
    return Enroller(Caller(client, "API"), seed=1)


async def test_everybody_is_enrolled_however_often_it_takes() -> None:
    """Each is named with the enrollment that they were told."""
    enrolled = await enroller(itertools.cycle(["e-1", "e-2"])).enroll(people(2, ["none"]), 0)

    assert sorted(enrolled) == ["e-1", "e-2"]
    assert sorted(enrolled.values()) == ["person-0", "person-1"]


async def test_one_enrollment_for_two_people_is_noticed() -> None:
    """One of them has none, which no ledger could tell."""
    with pytest.raises(ServiceFailed, match=r"has told 1 of 2 contacts somebody else's enrollment"):
        await enroller(itertools.cycle(["e-1"])).enroll(people(2, ["none"]), 0)
