"""POST /v1/enrollments/{id}:move."""

from typing import Any

import pytest

from adapters.http.api.enrollment_moves import EnrollmentMovesApi
from domain.enrollment.turn import HANDOFF
from tests.unit.application.world import World
from tests.unit.http.api.api_site import OTHERS, ApiSite


@pytest.fixture
async def site() -> ApiSite:
    """The part of the API on a world with one enrollment."""
    world = World()
    await world.publish()
    return ApiSite(world, [EnrollmentMovesApi(world.move_enrollment)])


async def move(site: ApiSite, run: str, body: Any, **more: Any) -> tuple[int, dict[str, Any]]:
    """Ask; gives the status and the answer."""
    answer = await site("POST", f"/v1/enrollments/{run}:move", json=body, **more)
    return answer.status_code, answer.json()


async def test_an_enrollment_is_sent_to_a_step(site: ApiSite) -> None:
    """It is accepted for as soon as nothing is under way, and the run is told."""
    run = await site.world.enroll()

    assert await move(site, run, {"step": "mail"}, key="write") == (202, {"id": run, "step": "mail"})
    assert [(told, wanted.step) for told, wanted in site.world.runs.moved] == [(run, "mail")]


async def test_a_step_that_is_not_there_is_the_fields_fault(site: ApiSite) -> None:
    """The steps are listed."""
    status, problem = await move(site, await site.world.enroll(), {"step": "fax"})

    assert status == 422
    assert problem["errors"] == [
        {
            "path": "body.step",
            "detail": "Version 1 of spring has no step 'fax'; its steps are text, mail, broken.",
        }
    ]
    assert site.world.runs.moved == []


@pytest.mark.parametrize("body", [{}, {"step": 5}, {"step": None}, {"step": "mail", "at": "now"}, [], "mail"])
async def test_a_body_of_another_shape_is_refused(site: ApiSite, body: Any) -> None:
    """What nobody reads would silently do nothing."""
    status, problem = await move(site, await site.world.enroll(), body)

    assert (status, problem["type"]) == (422, "/problems/invalid-request")


@pytest.mark.parametrize("step", ["\x00", "x" * 201, "\N{PILE OF POO}", ""])
async def test_odd_steps_are_no_steps(site: ApiSite, step: str) -> None:
    """Whatever JSON can hold."""
    status, _ = await move(site, await site.world.enroll(), {"step": step})

    assert status == 422


async def test_what_has_ended_or_a_human_has_is_a_conflict(site: ApiSite) -> None:
    """Asking again changes nothing."""
    ended, handed = await site.world.enroll(), await site.world.enroll("bob")
    await site.world.finish(ended)
    await site.world.place(handed, HANDOFF)
    answers = [await move(site, run, {"step": "mail"}) for run in (ended, handed)]

    assert [(status, problem["type"]) for status, problem in answers] == [(409, "/problems/conflict")] * 2


@pytest.mark.parametrize(("key", "status"), [("read", 403), (OTHERS, 404), (None, 401)])
async def test_only_whose_it_is_may_move_it(site: ApiSite, key: str | None, status: int) -> None:
    """Another tenant's enrollment is one that does not exist."""
    told, _ = await move(site, await site.world.enroll(), {"step": "mail"}, key=key)

    assert told == status
    assert site.world.rows == []
