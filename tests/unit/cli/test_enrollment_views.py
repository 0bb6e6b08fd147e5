"""Enrollments as people and scripts see them in the terminal."""

import asyncio
from datetime import timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from rich.console import Console

from adapters.cli.enrollment_data import found_data, view_data
from adapters.cli.timeline_view import NARROW, Clocks, enrollment_view, next_words
from adapters.cli.timeline_words import line_of
from adapters.http.api.enrollment_models import enrollment_listed, enrollment_out
from application import orders
from application.ports.attempts import Attempt
from application.ports.database import Transaction
from application.ports.enrollments import EnrollmentQuery
from application.ports.interactions import Dispatch, Interaction
from application.show_enrollment import EnrollmentView
from application.show_timeline import ATTEMPT, TimelineEntry
from application.what_is_next import Action, Next
from domain.attempts import AttemptState
from domain.contact import Contact
from domain.enrollment.commands import InteractionKind
from domain.enrollment.state import Outcome
from domain.idempotency import AttemptKey
from domain.statuses import Channel, DeliveryStatus
from tests.fakes.clock import NOW
from tests.unit.cli.command_line import TENANT, CommandLine, definition

ANN = "spring-ann"
MAIL = {"key": "mail", "channel": "email", "delay": "1h", "wait": "1d"}
STEPS = [
    {"key": "text", "channel": "sms", "wait": "1d", "message": {"text": "Hello"}},
    {**MAIL, "message": {"text": "Hello", "subject": "You"}},
]


@pytest.fixture
def ann(cli: CommandLine) -> CommandLine:
    """One contact in Chicago, whose first message was put off, sent and delivered, and is waited on."""
    cli.published(definition(1) | {"steps": STEPS})
    cli.enrolled("ann", step="text")
    key, clock = AttemptKey(ANN, "text", 1), cli.clock

    async def happened(tx: Transaction) -> None:
        await tx.contacts.upsert(TENANT, [Contact("c", "ann", "+12025550123", timezone="America/Chicago")])
        row = Interaction("d", "deferred", NOW, ANN, "text", 1, detail="outside the send window")
        await tx.interactions.add([row])

    async def heard(tx: Transaction) -> None:
        await tx.attempts.claim(Attempt(key, Channel.SMS, "twilio", AttemptState.CLAIMED, clock()))
        await tx.attempts.record(key, AttemptState.ACCEPTED, clock(), provider_ref="SM1")
        row = Interaction("h", "delivered", NOW, ANN, "text", 1, "twilio", DeliveryStatus.DELIVERED)
        await tx.interactions.add([row])

    cli.stored(happened)
    clock.advance(hours=18, seconds=5)
    cli.stored(heard)
    state = cli.database.state.enrollments
    state[ANN] = evolve(state[ANN], due_at=clock() + timedelta(days=1))
    return cli


def view_of(cli: CommandLine) -> EnrollmentView:
    """What there is to see."""
    return asyncio.run(cli.use_cases.show_enrollment()(TENANT, ANN))


def printed(view: EnrollmentView, width: int, *, utc: bool = False, terminal: bool = False) -> str:
    """A view as it comes out, without the blanks at the ends of lines."""
    out = StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, _environ={"TERM": "xterm"})
    console.print(enrollment_view(view, width, utc=utc), highlight=False)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


WIDE = """\
Enrollment spring-ann
contact   ann
campaign  spring version 1
status    waiting at step text
enrolled  Tue 15 Jan 2030 06:00 Chicago
times     America/Chicago

Tue 15 Jan 2030 (Chicago)
  06:00:00  enrolled                       in spring version 1
  06:00:00  put off            text        outside the send window

Wed 16 Jan 2030 (Chicago)
  00:00:05  SMS sent           text        by twilio, SM1
  00:00:05  delivered          text        says twilio

next: e-mail step `mail` on Thu 17 Jan 2030 01:00 Chicago, unless they answer"""

NARROWLY = """\
Tue 15 Jan 2030 (Chicago)
06:00:00 enrolled
         in spring version 1
06:00:00 put off
         text, outside the send window
"""


def test_the_timeline_is_told_by_the_contacts_clocks(ann: CommandLine) -> None:
    """Days have headings; why it waited is told, what was sent, what came back, what is next and when."""
    assert printed(view_of(ann), 100) == WIDE


def test_a_narrow_terminal_gets_details_below_their_lines(ann: CommandLine) -> None:
    """Nothing is cut off, and no line is too long."""
    width = NARROW - 22
    shown = printed(view_of(ann), width)

    assert NARROWLY in shown
    assert max(map(len, shown.splitlines())) <= width


def test_times_can_be_told_in_utc(ann: CommandLine) -> None:
    """The days are others then."""
    said = ann("enrollment", "show", ANN, "--utc")

    assert "times     UTC" in said.out
    assert "Wed 16 Jan 2030 (UTC)\n  06:00:05  SMS sent" in said.out
    assert said.status == 0


def test_only_a_terminal_gets_colour(ann: CommandLine) -> None:
    """A file gets the very same words."""
    view = view_of(ann)

    assert "\x1b[" in printed(view, 100, terminal=True)
    assert "\x1b[" not in printed(view, 100)


def test_an_end_is_told(ann: CommandLine) -> None:
    """With what came after it."""
    late = Interaction("l", "replied", NOW, ANN, "text", 1, "twilio", dispatch=Dispatch.LATE)
    ann.stored(lambda tx: tx.enrollments.finish(ANN, Outcome.COMPLETED, ann.clock()))
    ann.stored(lambda tx: tx.interactions.add([late]))
    shown = printed(view_of(ann), 100, utc=True)

    assert "status    finished: completed, Wed 16 Jan 2030 06:00 UTC" in shown
    assert "replied            text        says twilio, after the end" in shown
    assert shown.endswith("next: nothing; it has ended.")


def test_scripts_get_the_form_of_the_api(ann: CommandLine) -> None:
    """To the letter, in a list and alone."""
    said = ann("enrollment", "show", ANN, "--json").data
    [found] = asyncio.run(ann.use_cases.find_enrollments()(TENANT, EnrollmentQuery()))

    assert said == view_data(view_of(ann)) == enrollment_out(view_of(ann)).model_dump(mode="json")
    assert found_data(found) == enrollment_listed(found).model_dump(mode="json")


AT = NOW + timedelta(hours=3)
CHICAGO = Clocks.of(ZoneInfo("America/Chicago"))


@pytest.mark.parametrize(
    ("coming", "words"),
    [
        (
            Next(Action.SEND, AT, "mail", Channel.EMAIL, 1, unless="answer"),
            "e-mail step `mail` on Tue 15 Jan 2030 09:00 Chicago, unless they answer",
        ),
        (
            Next(Action.SEND, None, "text", Channel.SMS, 2, unless="delivered", reason="no answer"),
            "SMS step `text`, attempt 2, unless it is reported delivered first (no answer)",
        ),
        (Next(Action.DECIDE, None, "which"), "step `which` decides which way to go"),
        (
            Next(Action.HAND_OVER, AT, unless="answer"),
            "a person gets the case on Tue 15 Jan 2030 09:00 Chicago, unless they answer",
        ),
        (Next(Action.END, AT), "the enrollment ends on Tue 15 Jan 2030 09:00 Chicago"),
        (Next(Action.RESOLVE), "a person closes the case"),
        (
            Next(Action.RESOLVE, AT),
            "a person closes the case by Tue 15 Jan 2030 09:00 Chicago, or the enrollment ends without",
        ),
        (Next(Action.RESUME, reason="it is paused"), "somebody resumes it: it is paused"),
        (Next(Action.START, reason="not yet"), "its run begins: not yet"),
    ],
)
def test_what_comes_next_is_said_in_words(coming: Next, words: str) -> None:
    """With its time by the same clocks."""
    assert next_words(coming, CHICAGO) == words


def attempt(status: AttemptState, channel: Channel = Channel.SMS, **more: Any) -> TimelineEntry:
    return TimelineEntry("k", NOW, ATTEMPT, channel, "text", 2, status=status.value, **more)


def decided(kind: str, detail: str = "", provider: str | None = None) -> TimelineEntry:
    return TimelineEntry("k", NOW, kind, detail=detail, provider=provider)


@pytest.mark.parametrize(
    ("entry", "what", "where", "detail"),
    [
        (
            attempt(AttemptState.ACCEPTED, Channel.VOICE, provider="twilio"),
            "call placed",
            "text #2",
            "by twilio",
        ),
        (attempt(AttemptState.CLAIMED, provider="ses"), "SMS under way", "text #2", "by ses"),
        (attempt(AttemptState.UNKNOWN), "SMS in doubt", "text #2", "nobody can say whether it was sent"),
        (attempt(AttemptState.RELEASED, detail="busy"), "SMS not taken", "text #2", "busy"),
        (attempt(AttemptState.REJECTED, detail="no consent"), "SMS kept back", "text #2", "no consent"),
        (attempt(AttemptState.REJECTED, provider="ses"), "SMS refused", "text #2", "by ses"),
        (decided("backed_off", "no_answer"), "tries again later", "", "after no answer"),
        (decided("moved_on", "unanswered -> mail"), "goes on", "", "to mail: unanswered"),
        (decided("branched", "step:call"), "split", "", "to step call"),
        (decided("branched", "???"), "split", "", "???"),
        (decided("finished", "opted_out: at text"), "finished", "", "opted out, at text"),
        (decided("finished", "won"), "finished", "", "won"),
        (decided("moved", "call"), "moved", "", "to call"),
        (decided("handoff_resolved", "by U1", "slack"), "closed by a person", "", "by U1, says slack"),
        (decided("no_answer", "code 1", "twilio"), "no answer", "", "code 1, says twilio"),
        (decided("something_new"), "something new", "", ""),
    ],
)
def test_a_line_is_said_in_words(entry: TimelineEntry, what: str, where: str, detail: str) -> None:
    """What nobody has foreseen comes as it is."""
    line = line_of(entry)

    assert (line.what, line.where, line.detail) == (what, where, detail)


def test_all_that_a_run_decides_has_words_of_its_own() -> None:
    """And so does all that is asked of it: none is only its own name."""
    asked = (orders.OPT_OUT, orders.HANDOFF_RESOLVED, orders.GOAL, orders.MIGRATE, orders.MOVE)
    kinds = {*(kind.value for kind in InteractionKind), *asked, orders.PAUSE, orders.RESUME, orders.CANCEL}
    alike = {kind for kind in kinds if line_of(decided(kind)).what == kind.replace("_", " ")}

    assert alike <= {InteractionKind.MOVED, InteractionKind.PASSED_OVER, InteractionKind.FINISHED}


@pytest.fixture
def three(cli: CommandLine) -> CommandLine:
    """Three contacts in one campaign, one of them in another one, too, and paused there."""
    cli.published(definition(1))
    cli.published(definition(1) | {"campaign": "summer"})
    for name in ("ann", "bob", "cyd"):
        cli.enrolled(name, step="text")
        cli.clock.advance(hours=1)
    cli.enrolled("ann", campaign="summer")
    cli("enrollment", "pause", "summer-ann")
    cli.stored(lambda tx: tx.enrollments.finish("spring-bob", Outcome.WON, cli.clock()))
    return cli


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ("", "summer-ann spring-cyd spring-bob spring-ann"),
        ("--campaign spring --status open", "spring-cyd spring-ann"),
        ("--status finished", "spring-bob"),
        ("--outcome won --version 1", "spring-bob"),
        ("--contact ann --paused", "summer-ann"),
        ("--contact ann --not-paused", "spring-ann"),
        (
            "--step text --created-after 2030-01-15T13:00 --created-before 2030-01-15T15:00+01:00",
            "spring-bob",
        ),
        ("--batch other", ""),
    ],
)
def test_a_list_has_what_fits(three: CommandLine, options: str, ids: str) -> None:
    """Newest first."""
    said = three("enrollment", "list", "--json", *options.split())

    assert " ".join(each["id"] for each in said.data["items"]) == ids
    assert said.data["next"] is None


def test_a_list_comes_in_pages(three: CommandLine) -> None:
    """Each says how to get the next one, in both forms."""
    first = three("enrollment", "list", "--limit", 3, "--json").data
    second = three("enrollment", "list", "--limit", 3, "--json", "--cursor", first["next"]).data
    people = three("enrollment", "list", "--limit", 3).out

    assert [len(first["items"]), len(second["items"]), second["next"]] == [3, 1, None]
    assert f"--cursor {first['next']}" in people.replace("\n", " ")


def test_a_list_for_people_is_a_table(three: CommandLine) -> None:
    """With ids, which other commands ask for, and where each stands; of nothing, a sentence."""
    said = three("enrollment", "list", "--contact", "ann", "--campaign", "spring")
    none = three("enrollment", "list", "--outcome", "exited")

    row = next(line for line in said.out.splitlines() if ANN in line)
    assert row.split()[:7] == [ANN, "ann", "spring", "1", "scheduled", "at", "text"]
    assert none.out == "There is no such enrollment.\n"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--contact", "nobody"), "there is no contact of this external_id"),
        (("--cursor", "x"), "--cursor: give the `next` of a page as it is."),
        (("--cursor", "2030-01-15T12:00:00,a"), "--cursor: give the `next` of a page as it is."),
        (("--created-after", "soon"), "write it like 2026-03-31"),
    ],
)
def test_a_list_that_cannot_be_says_why(three: CommandLine, options: tuple[str, ...], says: str) -> None:
    """Exit status 2."""
    said = three("enrollment", "list", *options)

    assert said.status == 2
    assert says in said.err
