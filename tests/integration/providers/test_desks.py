"""Every desk against its counterpart in the sandbox: one contract, and what each desk can do beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from attrs import field, frozen

from application.create_handoff import CreateHandoff
from application.errors import OutcomeUnknown, TransientFault
from application.ports.callbacks import HandoffAction, HandoffReport
from application.ports.handoffs import HandoffDesk, ShowingDesk, Ticket
from domain.idempotency import handoff_key
from tests.fakes.clock import NOW
from tests.fakes.cutting import cut_answers_to
from tests.fakes.sandbox import RunningSandbox, running_sandbox
from tests.unit.application.world import World

WRONG = "wr0ngs3cret"


@frozen
class Subject:
    """A desk under test.

    Args:
        name: the vendor's.
        creates: what is in the request that opens a case, and in no other.
        wrong: a change of settings by which its credentials are wrong.
        refused: what is said then.
        once: whether the same key is one case, also after an answer that was lost.
        path: what stands behind the sandbox's address in its own.
        address: the setting of its own.
        by: who presses, as the vendor spells people.
        to: to whom a case is given.
    """

    name: str
    creates: bytes
    wrong: dict[str, str] = field(repr=False)
    refused: str = "HTTP 401, credentials refused"
    once: bool = True
    path: str = ""
    address: str = "base_url"
    by: str = "900000000007"
    to: str = "900000000008"

    def desk(self, sandbox: RunningSandbox, url: str | None = None, **changes: Any) -> HandoffDesk:
        """Its adapter, perhaps by way of another address."""
        if url is not None:
            changes[self.address] = url + self.path
        return sandbox.desk(self.name, **changes)


SUBJECTS = [
    Subject(
        "slack",
        b"chat.postMessage",
        {"token": WRONG},
        "invalid_auth",
        once=False,
        path="/api",
        by="U0000000007",
        to="U0000000008",
    ),
    Subject("zendesk", b"POST /api/v2/tickets", {"token": WRONG}),
    Subject("pagerduty", b"/v2/enqueue", {"routing_key": WRONG}, "HTTP 400"),
    Subject("linear", b"issueCreate", {"api_key": WRONG}),
    Subject("jira", b"/rest/api/3/issue", {"token": WRONG}),
    Subject(
        "webhook",
        b"/desk/handoffs",
        {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
        path="/desk/handoffs",
        address="url",
    ),
]
every_desk = pytest.mark.parametrize("subject", SUBJECTS, ids=[subject.name for subject in SUBJECTS])


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(
        vendors=[subject.name for subject in SUBJECTS], hold_seconds=20.0, speed=1e4
    ) as running:
        yield running


def ticket(subject: Subject, case: str) -> Ticket:
    """A case that no other test has."""
    who = f"{subject.name}-{case}"
    return Ticket(handoff_key(who), who, "spring", "unanswered", "Call Ana Lima\non +12025550101 & more")


async def refs(sandbox: RunningSandbox, key: str) -> list[str]:
    """The cases in the desk's books under a key."""
    return [row["provider_ref"] for row in (await sandbox.ledger())["handoffs"] if row["attempt"] == key]


async def press(sandbox: RunningSandbox, ref: str, action: str, **people: str) -> httpx.Response:
    """Let a human do something with a case, and wait until we have heard of it."""
    answer = await sandbox.client.put(
        f"{sandbox.url}/sandbox/handoffs/{ref}", params={"action": action, **people}
    )
    await sandbox.settled()
    return answer


def told(sandbox: RunningSandbox, key: str) -> list[HandoffReport]:
    """What our reader made of the callbacks about a case."""
    reports = [report for report in sandbox.receiver.reports if isinstance(report, HandoffReport)]
    return [report for report in reports if report.handoff_key == key]


@every_desk
async def test_a_case_is_taken_under_its_key(sandbox: RunningSandbox, subject: Subject) -> None:
    """The desk's ref is the one in its books."""
    case = ticket(subject, "taken")

    ref = await subject.desk(sandbox).open(case)

    assert await refs(sandbox, case.key) == [ref]


@every_desk
async def test_a_case_that_is_repeated_is_one_case_where_the_desk_can_tell(
    sandbox: RunningSandbox, subject: Subject
) -> None:
    """The same key twice gives the same ref; with Slack, which has no keys, it is two messages."""
    case = ticket(subject, "repeated")

    given = [await subject.desk(sandbox).open(case) for _ in range(2)]

    assert len(set(given)) == (1 if subject.once else 2)
    assert await refs(sandbox, case.key) == list(dict.fromkeys(given))


@every_desk
async def test_a_case_whose_answer_was_lost_is_found_when_it_is_repeated(
    sandbox: RunningSandbox, subject: Subject
) -> None:
    """The connection is killed after accept: we cannot know, try again, and there is one case."""
    case = ticket(subject, "cut")
    async with cut_answers_to(subject.creates, sandbox.url) as url:
        with pytest.raises(OutcomeUnknown):
            await subject.desk(sandbox, url).open(case)
    taken = await refs(sandbox, case.key)
    ref = await subject.desk(sandbox).open(case)

    assert len(taken) == 1
    assert await refs(sandbox, case.key) == (taken if subject.once else [*taken, ref])
    assert ref == taken[0] or not subject.once


@every_desk
@pytest.mark.parametrize("fault", ["server_error", "hangs"])
async def test_a_desk_that_fails_after_it_took_the_case_has_it_once(
    sandbox: RunningSandbox, subject: Subject, fault: str
) -> None:
    """A 500 or no answer at all may come after the case was taken; the repeat finds it."""
    case = ticket(subject, fault)
    await sandbox.faults(**{case.key: fault})
    with pytest.raises(OutcomeUnknown):
        await subject.desk(sandbox.impatient(1.0) if fault == "hangs" else sandbox).open(case)
    if subject.once:
        await subject.desk(sandbox).open(case)

    assert len(await refs(sandbox, case.key)) == 1


@every_desk
async def test_a_busy_desk_says_when_to_come_again(sandbox: RunningSandbox, subject: Subject) -> None:
    """A 429 asks for a second, nothing was taken, and then the case is taken once."""
    case = ticket(subject, "busy")
    await sandbox.faults(**{case.key: "rate_limited"})
    with pytest.raises(TransientFault) as caught:
        await subject.desk(sandbox).open(case)
    before = await refs(sandbox, case.key)
    ref = await subject.desk(sandbox).open(case)

    assert caught.value.retry_after == timedelta(seconds=1)
    assert (before, await refs(sandbox, case.key)) == ([], [ref])


@every_desk
async def test_a_desk_that_is_down_takes_the_case_in_the_end(
    sandbox: RunningSandbox, subject: Subject
) -> None:
    """Two answers of 503, nothing taken, and then one case."""
    case = ticket(subject, "down")
    await sandbox.faults(**{case.key: "unavailable"})
    for _ in range(2):
        with pytest.raises(TransientFault):
            await subject.desk(sandbox).open(case)
    ref = await subject.desk(sandbox).open(case)

    assert await refs(sandbox, case.key) == [ref]


@every_desk
async def test_refused_credentials_are_said_and_not_shown(sandbox: RunningSandbox, subject: Subject) -> None:
    """A person can mend the settings, so the case waits; no error and no repr shows a secret or a name."""
    case = ticket(subject, "refused")
    desk = subject.desk(sandbox, **subject.wrong)
    with pytest.raises(TransientFault, match=subject.refused) as caught:
        await desk.open(case)
    [secret] = subject.wrong.values()
    said = f"{caught.value!r} {desk!r} {subject.desk(sandbox)!r} {sandbox.reader(subject.name)!r} {case!r}"

    assert await refs(sandbox, case.key) == []
    assert secret not in said
    assert "Ana" not in said
    assert not any(value in said for name, value in sandbox.environ.items() if "SECRET" in name)


@every_desk
async def test_nobody_there_is_nothing_taken(sandbox: RunningSandbox, subject: Subject) -> None:
    """A desk that cannot be reached has taken nothing."""
    with pytest.raises(TransientFault):
        await subject.desk(sandbox, "http://127.0.0.1:1").open(ticket(subject, "nobody"))


@every_desk
async def test_an_activity_that_is_repeated_hands_over_once(
    sandbox: RunningSandbox, subject: Subject
) -> None:
    """The use case gives back the ref that it has; with Slack too there is one message."""
    world = World()
    await world.publish()
    enrollment = await world.enroll(who=f"{subject.name}-activity")
    create = CreateHandoff(world.database, subject.desk(sandbox), world.renderer, world.clock)

    given = [await create(enrollment, "mail", "unanswered") for _ in range(3)]

    assert await refs(sandbox, handoff_key(enrollment)) == [given[0]]
    assert len(set(given)) == 1


@every_desk
async def test_a_human_who_resolves_a_case_is_heard(sandbox: RunningSandbox, subject: Subject) -> None:
    """The desk's own signed callback is verified and read: what, which case and by whom."""
    case = ticket(subject, "resolved")
    ref = await subject.desk(sandbox).open(case)

    answer = await press(sandbox, ref, "resolve", by=subject.by)
    again = await press(sandbox, ref, "resolve")
    [report] = told(sandbox, case.key)

    assert (answer.status_code, again.status_code) == (204, 409)
    assert (report.action, report.by, report.to) == (HandoffAction.RESOLVED, subject.by, "")
    assert report.ref in (ref, None)


@every_desk
async def test_a_human_who_gives_a_case_to_another_is_heard(
    sandbox: RunningSandbox, subject: Subject
) -> None:
    """Given to two people one after the other and then resolved: three events, each with its own id."""
    case = ticket(subject, "reassigned")
    ref = await subject.desk(sandbox).open(case)

    await press(sandbox, ref, "reassign", by=subject.by, to=subject.to)
    await press(sandbox, ref, "reassign", to=subject.by)
    await press(sandbox, ref, "resolve")
    reports = told(sandbox, case.key)

    assert [report.action.value for report in reports] == ["reassigned", "reassigned", "resolved"]
    assert (reports[0].by, reports[0].to, reports[1].to) == (subject.by, subject.to, subject.by)
    assert len({report.event_id for report in reports}) == 3


@every_desk
async def test_a_callback_that_comes_again_is_the_same_event(
    sandbox: RunningSandbox, subject: Subject
) -> None:
    """Deliveries that are repeated have one event id, by which the second one is dropped."""
    case = ticket(subject, "scrambled")
    await sandbox.faults(**{case.key: "scrambles"})
    ref = await subject.desk(sandbox).open(case)

    await press(sandbox, ref, "resolve")
    reports = told(sandbox, case.key)

    assert len(reports) >= 2
    assert len({report.event_id for report in reports}) == 1


async def test_a_case_that_is_not_there_cannot_be_pressed(sandbox: RunningSandbox) -> None:
    """The control says so, and refuses a deed that nobody knows."""
    missing = await press(sandbox, "C1:1.2", "resolve")
    strange = await press(sandbox, "C1:1.2", "burn")

    assert (missing.status_code, strange.status_code) == (404, 422)


@asynccontextmanager
async def a_shown_case(sandbox: RunningSandbox, name: str) -> AsyncIterator[tuple[ShowingDesk, Ticket, str]]:
    """A case at the one desk that must be told to show what was done."""
    desk = sandbox.desk("slack")
    assert isinstance(desk, ShowingDesk)
    case = ticket(SUBJECTS[0], name)
    yield desk, case, await desk.open(case)


async def test_once_slack_shows_a_case_as_resolved_its_buttons_are_gone(sandbox: RunningSandbox) -> None:
    """After `show` there is nothing to press any more; showing it twice does no harm."""
    async with a_shown_case(sandbox, "shown") as (desk, case, ref):
        report = HandoffReport("e1", HandoffAction.RESOLVED, NOW, case.key, ref, by="U1")
        for _ in range(2):
            await desk.show(ref, case, report)
        answer = await press(sandbox, ref, "reassign")

    assert answer.status_code == 409


async def test_a_case_that_slack_shows_as_reassigned_can_still_be_resolved(sandbox: RunningSandbox) -> None:
    """Its buttons stay, under a new id, and name the same case."""
    async with a_shown_case(sandbox, "shown-reassigned") as (desk, case, ref):
        report = HandoffReport("e1", HandoffAction.REASSIGNED, NOW, case.key, ref, by="U1", to="U2")
        await desk.show(ref, case, report)
        answer = await press(sandbox, ref, "resolve")

    assert answer.status_code == 204
    assert [report.action for report in told(sandbox, case.key)] == [HandoffAction.RESOLVED]


async def test_what_slack_cannot_show_is_raised(sandbox: RunningSandbox) -> None:
    """A message that is gone is a fault like any other, in Slack's own word."""
    async with a_shown_case(sandbox, "gone") as (desk, case, _ref):
        with pytest.raises(TransientFault, match="message_not_found"):
            await desk.show("C1:1.2", case, HandoffReport("e", HandoffAction.RESOLVED, NOW, case.key))


def test_only_slack_must_be_told_to_show_what_was_done(sandbox: RunningSandbox) -> None:
    """At all other desks people see what they do."""
    showing = [subject.name for subject in SUBJECTS if isinstance(subject.desk(sandbox), ShowingDesk)]

    assert showing == ["slack"]


def accounts(sandbox: RunningSandbox) -> dict[str, dict[str, Any]]:
    """How each desk's API is asked with its right credentials."""
    zendesk, jira = sandbox.settings("zendesk"), sandbox.settings("jira")
    return {
        "/api/chat.update": {"headers": {"Authorization": f"Bearer {sandbox.settings('slack').token}"}},
        "/api/chat.postMessage": {"headers": {"Authorization": f"Bearer {sandbox.settings('slack').token}"}},
        "/api/v2/tickets": {"auth": (f"{zendesk.email}/token", zendesk.token)},
        "/v2/enqueue": {},
        "/graphql": {"headers": {"Authorization": sandbox.settings("linear").api_key}},
        "/rest/api/3/issue": {"auth": (jira.email, jira.token)},
        "/rest/api/3/search/jql": {"auth": (jira.email, jira.token)},
    }


CREATE = "mutation Open($input: IssueCreateInput!) { issueCreate(input: $input) { success } }"
TEAM = "9cfb482a-81e3-4154-b5b9-2c805e70a02d"
HELP = {"project": {"key": "HELP"}}


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/api/chat.update", [], 200, "invalid_json"),
        ("/api/chat.update", {"channel": "C1", "ts": "1.2"}, 200, "message_not_found"),
        ("/api/chat.postMessage", {"channel": "C1", "text": "x", "thread_ts": "1"}, 200, "thread_not_found"),
        ("/api/v2/tickets", {}, 422, "RecordInvalid"),
        ("/api/v2/tickets", {"ticket": {"comment": {}}}, 422, "RecordInvalid"),
        ("/v2/enqueue", {"routing_key": "?"}, 400, "Invalid routing key"),
        ("/v2/enqueue", {"event_action": "burn"}, 400, "event_action"),
        ("/v2/enqueue", {"event_action": "trigger"}, 400, "payload.severity"),
        (
            "/v2/enqueue",
            {"event_action": "trigger", "payload": {"severity": "info", "summary": ""}},
            400,
            "payload.summary",
        ),
        ("/graphql", [], 400, "GRAPHQL_PARSE_FAILED"),
        ("/graphql", {"query": "query", "variables": {"id": 7}}, 200, "Entity not found"),
        ("/graphql", {"query": CREATE, "variables": {"input": {}}}, 400, "Argument Validation Error"),
        (
            "/graphql",
            {"query": CREATE, "variables": {"input": {"teamId": TEAM, "title": "t", "id": "7"}}},
            400,
            "Argument Validation Error",
        ),
        ("/rest/api/3/search/jql", {"jql": "order by created"}, 400, "JQL"),
        ("/rest/api/3/issue", {"fields": {}}, 400, "project"),
        ("/rest/api/3/issue", {"fields": {**HELP, "summary": "a\nb"}}, 400, "summary"),
        ("/rest/api/3/issue", {"fields": {**HELP, "summary": "a", "labels": ["a b"]}}, 400, "labels"),
    ],
)
async def test_faulty_requests_are_refused_as_the_vendors_do(
    sandbox: RunningSandbox, path: str, body: Any, status: int, says: str
) -> None:
    """Each desk's own error names what is wrong, and nothing is taken."""
    if path == "/v2/enqueue":
        body = {"routing_key": sandbox.settings("pagerduty").routing_key, **body}
    before = (await sandbox.ledger())["handoffs"]
    answer = await sandbox.client.post(f"{sandbox.url}{path}", json=body, **accounts(sandbox)[path])

    assert answer.status_code == status
    assert says in answer.text
    assert (await sandbox.ledger())["handoffs"] == before


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/chat.update", 200),
        ("/api/v2/tickets", 401),
        ("/graphql", 401),
        ("/rest/api/3/issue", 401),
        ("/rest/api/3/search/jql", 401),
        ("/desk/handoffs", 401),
    ],
)
async def test_strangers_are_turned_away_as_the_vendors_do(
    sandbox: RunningSandbox, path: str, status: int
) -> None:
    """Without credentials there is nothing."""
    answer = await sandbox.client.post(f"{sandbox.url}{path}", json={})

    assert answer.status_code == status
    assert answer.json().get("ok") is not True
