"""How long it takes to simulate a campaign: the whole month of 100,000 people, in one process."""

import time

from adapters.cli.examples import example
from adapters.cli.simulate import Options as Simulation
from adapters.cli.simulate import tried
from bootstrap.files import read_campaign
from domain.simulation.assumptions import usual
from trials.bench.report import Figure, Options, Section, at_most

MOST_SECONDS = 60
CAMPAIGN = "lead-follow-up"


async def measure(options: Options) -> Section:
    """Simulate people in an example, as `drumbeat simulate` does."""
    enrollments = 1_000 if options.is_quick else 100_000
    _, campaign = read_campaign(example(f"{CAMPAIGN}.yaml"))
    options.say(f"{enrollments:,} enrollments of {CAMPAIGN}")
    began, began_cpu = time.perf_counter(), time.process_time()
    tally = tried(campaign, usual(campaign), Simulation(enrollments))
    seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    return Section(
        f"drumbeat simulate: {enrollments:,} enrollments of 30 days",
        [
            Figure("all of them", seconds, "s", at_most(MOST_SECONDS)),
            Figure("processor time of it", cpu, "s"),
            Figure("enrollments", enrollments / seconds, "/s"),
            Figure("facts taken", tally.facts / seconds, "/s"),
            Figure("facts of an enrollment", tally.facts / enrollments),
            Figure("messages of an enrollment", tally.messages.total() / enrollments),
            Figure("ended within the month", 100 * tally.outcomes.total() / enrollments, "%"),
        ],
        [f"The campaign is {CAMPAIGN}.yaml of the examples, by the usual assumptions; one process."],
    )
