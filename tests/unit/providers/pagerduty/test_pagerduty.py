"""PagerDuty: the shape of its request, lists of signatures, and which events mean something."""

from typing import Any

import pytest
from attrs import evolve

from adapters.providers.pagerduty.desk import PagerDutyDesk
from application.errors import BadSignature
from application.ports.callbacks import HandoffReport
from application.ports.handoffs import Ticket
from tests.fakes.coroutines import finished
from tests.unit.providers.desks.genuine import DESKS, KEY, MARK, NOW, pagerduty_event
from tests.unit.providers.desks.wires import TICKET, Recorder, answering

[PAGERDUTY] = [desk for desk in DESKS if desk.name == "pagerduty"]
READER = PAGERDUTY.reader(PAGERDUTY.secrets[:1])
TAKEN = answering(202, {"status": "success", "message": "Event processed", "dedup_key": MARK})


async def test_a_case_is_one_alert_with_its_key() -> None:
    """The key is what PagerDuty recognises a repeat by, and what we know the case by."""
    wire = Recorder([TAKEN])

    ref = await PagerDutyDesk(wire.client, "r0uting", "critical").open(TICKET)
    [request], [body] = wire.requests, wire.bodies()

    assert ref == MARK
    assert str(request.url) == "https://events.pagerduty.com/v2/enqueue"
    assert body == {
        "routing_key": "r0uting",
        "event_action": "trigger",
        "dedup_key": MARK,
        "client": "Drumbeat",
        "payload": {
            "summary": "Call <!channel> Ana & Co *now*",
            "source": "drumbeat",
            "severity": "critical",
            "custom_details": {"Campaign": "spring", "Reason": "unanswered", "Enrollment": "7b1b2f"},
        },
    }


@pytest.mark.parametrize(
    ("summary", "length"), [("x" * 1024, 1024), ("x" * 5000, 1024), ("", len("(no summary)"))]
)
async def test_a_summary_fits(summary: str, length: int) -> None:
    """PagerDuty takes 1,024 characters and no empty text."""
    wire = Recorder([TAKEN])

    await PagerDutyDesk(wire.client, "r0uting").open(Ticket("k", "e", "c", "r", summary))

    assert len(wire.bodies()[0]["payload"]["summary"]) == length


@pytest.mark.parametrize("before", ["v1=00,", "v2=ab, ", ", ,", "garbage,"])
def test_one_good_signature_in_a_list_is_enough(before: str) -> None:
    """While PagerDuty replaces its secret, it sends both."""
    callback = PAGERDUTY.callback(PAGERDUTY.resolved)
    good = callback.headers["x-pagerduty-signature"]
    listed = evolve(callback, headers={"x-pagerduty-signature": f"{before}{good}"})
    other = evolve(callback, headers={"x-pagerduty-signature": f"{before}{good}".replace("v1=", "v2=")})

    assert finished(READER.read(listed, NOW)).reports
    with pytest.raises(BadSignature):
        finished(READER.read(other, NOW))


@pytest.mark.parametrize(
    ("event", "actions"),
    [
        (pagerduty_event("resolved"), ["resolved"]),
        (pagerduty_event("reassigned"), ["reassigned"]),
        (pagerduty_event("delegated"), ["reassigned"]),
        (pagerduty_event("acknowledged"), []),
        (pagerduty_event("triggered"), []),
        (pagerduty_event("something_new"), []),
        ({"event": {"event_type": "pagey.ping", "data": {"message": "Hello from your friend Pagey!"}}}, []),
        ({"messages": []}, []),
    ],
)
def test_only_an_incident_that_is_done_or_given_to_somebody_is_heard(
    event: dict[str, Any], actions: list[str]
) -> None:
    """Acknowledging is no resolution, and what PagerDuty may think of next is not guessed."""
    reading = finished(READER.read(PAGERDUTY.callback(event), NOW))
    reports = [report for report in reading.reports if isinstance(report, HandoffReport)]

    assert [report.action.value for report in reports] == actions
    assert {report.handoff_key for report in reports} <= {KEY}
