"""A campaign tried before launch: thousands of enrollments in model time, by assumptions and chance."""

from collections.abc import Callable
from datetime import timedelta

from domain.enrollment.state import EnrollmentState
from domain.simulation.chance import Chance
from domain.simulation.model import Model
from domain.simulation.play import Course
from domain.simulation.tally import Tally
from domain.simulation.world import SimulatedWorld


def simulate(
    model: Model, enrollments: int, chance: Callable[[int], Chance], over: timedelta, lasting: timedelta
) -> Tally:
    """Let people go through a campaign.

    Args:
        model: the campaign, and what is assumed of it.
        enrollments: how many, from 1.
        chance: an enrollment's own, by its number from 0: so that one more changes nothing for the others.
        over: they begin evenly over so much time.
        lasting: how long is looked at from the first one's beginning on; who has not ended then stays open.
    """
    plan, start = model.campaign.plan, model.start
    tally = Tally(plan, model.zone, start)
    for number in range(enrollments):
        began = start + over * (number / enrollments)
        world = SimulatedWorld(model, chance(number), began)
        # The id is what the jitter of retries is derived from.
        course = Course(plan, EnrollmentState(str(number)), world, began)
        course.expect(world.facts())
        tally.count(course, start + lasting)
    return tally
