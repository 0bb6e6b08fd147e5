"""docs/operations.md says what is so: its commands run as they are written, its figures are the code's."""

import inspect
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field, frozen

from adapters.cli.commands import EXIT_CODES
from adapters.cli.processes import free_ports
from adapters.db.engine import STATEMENT_SECONDS, create_engine
from adapters.http import relay, serving
from adapters.http.health import HealthEndpoints
from adapters.temporal import runtime
from adapters.temporal import worker as worker_process
from adapters.temporal.common.retry_policies import HEARTBEAT
from adapters.temporal.common.task_queues import Queue, queue_name
from application.check_providers import InUse
from application.check_system import CheckSystem
from application.idempotent_requests import ANSWER_KEPT
from application.ports import telemetry
from application.ports.checks import Finding
from application.ports.handoffs import Handoff
from application.ports.replay import Replayed, Report, Verdict
from application.ports.stuck import SHOWN
from application.relay_batches import ABANDONED
from application.system_checks import LARGEST_SKEW
from bootstrap.settings import Settings, variables
from domain.attempts import LOOK_UP_FOR
from domain.stuck import USUAL, StuckKind
from tests.fakes.replay import FakeReplayGate
from tests.fakes.temporal_server import binary
from tests.unit.bootstrap.test_telemetry import PROMETHEUS
from tests.unit.cli.command_line import CommandLine, Said
from tests.unit.cli.test_help import COMMANDS
from tests.unit.cli.test_providers import Told

ROOT = Path(__file__).parents[3]
FILE = ROOT / "docs" / "operations.md"
TEXT = FILE.read_text(encoding="utf-8")
PROSE = " ".join(re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL).split())
SETTINGS = Settings()

NOT_RUN: Mapping[str, str] = {
    "curl": "the probes' answers are tested where they are made, in tests/unit/http and test_worker.py",
    "temporal": "it needs a server with our runs and deployments; that it has these options is tested below",
    "pg_dump": "PostgreSQL's own tool, which is not installed wherever tests run",
    "sqlite3": "SQLite's own tool, likewise",
}
"""What the page has people type that is not ours, and why it is not run here."""

SAME_GROUP = "python -m adapters.temporal.schedules"
"""Runs the group `schedule`, as tests/unit/cli/test_schedules.py shows."""

REMINDER = """
campaign: reminder
version: 1
goals: [purchased]
handoff: {summary: "Please call {{ external_id }}."}
steps:
  - {key: text, channel: sms, wait: 1d, message: {text: Hello.}}
  - {key: call, channel: voice, wait: 1d, message: {text: Hello.}}
"""
REPLAYED = Report((Replayed(Verdict.REPLAYS, "campaign", "enrollment:1", "run-1"),))
FILES = {
    "reminder.yaml": REMINDER,
    "people.csv": "external_id,phone,plan\nada,+4915112345678,pro\nbob,+4915112345679,free\n",
    "regulars.csv": "external_id\nada\nbob\n",
    "do-not-contact.csv": "channel,address,reason\nsms,+12025550177,requested\n",
}

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ENDS_WITH = re.compile(r"# (\d): ")
_FIGURE = re.compile(r"\b\d[\d,]* (?:seconds?|minutes?|hours?|days?|ids|connections|sends|batches|MB)\b")
_ROW = re.compile(r"^\| (.+) \|$", re.MULTILINE)


@frozen
class Line:
    """A command of the page.

    Args:
        text: what is typed.
        status: the exit status that the page announces.
        shown: the lines that it shows of the answer.
    """

    text: str
    status: int = 0
    shown: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text, comments=True)


def lines() -> Iterator[Line]:
    """All that the page has people type, in its order."""
    for block in _BLOCK.findall(TEXT):
        for typed in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            text, *shown = typed.splitlines()
            ends = _ENDS_WITH.search(text)
            yield Line(text, int(ends[1]) if ends else 0, tuple(line for line in shown if line != "..."))


LINES = tuple(lines())


def table(title: str) -> list[list[str]]:
    """The rows below a heading, each as its cells; without the head."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    rows = [re.split(r" \| ", row) for row in _ROW.findall(found[1])]
    heads = [index - 1 for index, row in enumerate(rows) if set(row[0]) == {"-"}]
    return [row for index, row in enumerate(rows) if index not in heads and set(row[0]) != {"-"}]


def names(cell: str) -> list[str]:
    """What stands in a cell as code."""
    return re.findall(r"`([^`]+)`", cell)


@define
class Engineer:
    """Types what the page says, with the ids that the commands before have told."""

    cli: CommandLine
    known: dict[str, str] = field(factory=dict)

    def types(self, line: Line) -> Said:
        text = re.sub(r"\b(ENROLLMENT|HANDOFF|BATCH|KEY)_ID\b", lambda found: self.id_of(found[1]), line.text)
        words = shlex.split(text.replace(SAME_GROUP, "drumbeat schedule"), comments=True)[1:]
        if words == ["--install-completion"]:  # it asks which shell it was called from, and here is none
            words.append("bash")
        return self.cli(*words)

    def id_of(self, what: str) -> str:
        """The id that a placeholder stands for: asked for once, by the list that shows it."""
        if what not in self.known:
            told = self.cli(*_LISTS[what], "--json").data
            self.known[what] = (told["items"] if what == "ENROLLMENT" else told)[0]["id"]
        return self.known[what]

    def shows(self, line: Line, said: Said) -> list[str]:
        """The lines that the page shows and the command did not say; blanks do not count."""
        out = {" ".join(each.split()) for each in said.out.splitlines()}
        expected = [each.replace("HANDOFF_ID", self.known.get("HANDOFF", "")) for each in line.shown]
        return [each for each in expected if " ".join(each.split()) not in out]


_LISTS = {
    "ENROLLMENT": ("enrollment", "list", "--contact", "customer-17"),
    "HANDOFF": ("handoff", "list"),
    "BATCH": ("batch", "list"),
    "KEY": ("keys", "list"),
}


@pytest.fixture
def engineer(cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engineer:
    """At a campaign with two people, one of whom a human has had for a day and two hours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    monkeypatch.setenv("DRUMBEAT_DATABASE_URL", f"sqlite:///{tmp_path / 'drumbeat.db'}")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    for name, content in FILES.items():
        cli.file(name, content)
    cli.tools = {"become": lambda *_: None, "replay": lambda _: FakeReplayGate(REPLAYED)}
    cli.in_use = [InUse("twilio", "sms", Told(Finding.OK)), InUse("slack", "desk", Told(Finding.OK))]
    assert cli("campaign", "publish", "reminder.yaml", "--yes").status == 0
    cli.enrolled("customer-17", step="text", campaign="reminder")
    case = cli.enrolled("customer-18", campaign="reminder")
    began = cli.clock() - timedelta(hours=26)
    made = Handoff(f"{case}:handoff", case, "call", "unanswered", began, "slack", "C1:2")
    cli.stored(lambda tx: tx.handoffs.add(made))
    return Engineer(cli, {"HANDOFF": made.key})


def test_every_command_ends_as_the_page_says(engineer: Engineer) -> None:
    """In its order, with the status that is announced, and with the lines that are shown."""
    ours = [line for line in LINES if line.words[0] == "drumbeat" or line.text.startswith(SAME_GROUP)]
    said = [(line, engineer.types(line)) for line in ours]

    assert len(ours) > 80
    wrong = [(line.text, answer.status, answer.err) for line, answer in said if answer.status != line.status]
    assert wrong == []
    assert [missing for line, answer in said for missing in engineer.shows(line, answer)] == []
    assert any(line.shown for line in ours)


def test_what_is_not_run_is_known() -> None:
    """Everything else that is typed is a tool of others."""
    others = {line.words[0] for line in LINES} - {"drumbeat", "python"}

    assert others == set(NOT_RUN)


def test_temporals_tool_has_the_options() -> None:
    """Those of each of its commands on the page."""
    asked = [line.words for line in LINES if line.words[0] == "temporal"]
    assert len(asked) > 4
    for words in asked:
        flags = [word for word in words if word.startswith("--")]
        command = words[1 : words.index(flags[0])]
        told = subprocess.run([binary(), *command, "--help"], capture_output=True, text=True, check=True)

        assert [flag for flag in flags if f"{flag} " not in told.stdout] == []


def test_every_command_in_the_text_exists() -> None:
    """With its options."""
    asked = re.findall(r"`drumbeat ([a-z][^`]*)`", PROSE)
    assert len(asked) > 20
    for text in asked:
        words = shlex.split(text)
        [name] = {" ".join(words[:length]) for length in (1, 2)} & COMMANDS.keys()
        known = {option for each in COMMANDS[name].params for option in each.opts}

        assert {word for word in words if word.startswith("--")} <= known


def test_every_command_for_operations_is_on_the_page() -> None:
    """Whoever adds one tells of it."""
    authors = {
        "demo", "dev", "bench", "drill", "simulate", "schema", "campaign validate", "campaign graph",
        "campaign diff", "schedule delete", "campaign preview", "campaign publish", "audience list",
    }  # fmt: skip
    told = {" ".join(line.words[1:3]) for line in LINES} | {line.words[1] for line in LINES}

    assert {name for name in COMMANDS if name not in told} <= authors


def seconds(value: float) -> str:
    return f"{value:g} second{'' if value == 1 else 's'}"


def minutes(value: timedelta) -> str:
    number = value / timedelta(minutes=1)
    return f"{number:g} minute{'' if number == 1 else 's'}"


def per_process() -> str:
    parameter = inspect.signature(runtime.build_worker).parameters["max_concurrent_activities"]
    return f"up to {parameter.default} sends under way on each channel, and {runtime.BATCHES_AT_ONCE} batches"


def connections() -> str:
    pool: Any = create_engine("postgresql://localhost/drumbeat").pool
    return f"up to {pool.size() + pool._max_overflow} connections"


FIGURES = (
    f"looks every {seconds(SETTINGS.http.relay_seconds)}",
    f"each check may take {seconds(HealthEndpoints({}).patience.total_seconds())}",
    f"looked at every {seconds(SETTINGS.stuck.look_seconds)}",
    f"tries again after at most {seconds(worker_process.LONGEST_WAIT)}",
    f"at the latest after {minutes(relay.LONGEST_PAUSE)}",
    f"no line takes more than {seconds(CheckSystem({}).patience.total_seconds())}",
    f"agree with this machine's to {seconds(LARGEST_SKEW.total_seconds())}",
    f"Up to {SHOWN} ids",
    f"with what it holds after {minutes(ABANDONED)}",
    f"another one goes on within {seconds(HEARTBEAT.total_seconds())}",
    f"Answers are kept for {ANSWER_KEPT / timedelta(hours=1):g} hours",
    f"`DRUMBEAT_WORKER_DRAIN_SECONDS`, {seconds(SETTINGS.worker.drain_seconds)} unless set",
    f"gives requests that are under way {seconds(serving.STOP.total_seconds())}",
    per_process(),
    connections(),
    f"A statement may take {seconds(STATEMENT_SECONDS)}",
    f"looked up for {minutes(LOOK_UP_FOR)}",
)


def test_every_figure_is_the_codes() -> None:
    """Each is on the page as the code has it, and there is no other one with a unit."""
    rest = PROSE
    for kind in StuckKind:
        rest = rest.replace(f"| {after(kind)} |", "|")
    for figure in FIGURES:
        assert figure in PROSE
        rest = rest.replace(figure, "")

    assert _FIGURE.findall(rest) == []


def after(kind: StuckKind) -> str:
    """How long a kind may take, as the page has it."""
    hours = USUAL[kind] / timedelta(hours=1)
    return f"{hours:g} hours" if hours >= 1 else minutes(USUAL[kind])


def test_what_is_stuck() -> None:
    """Every kind has a row with its usual limit and a remedy."""
    rows = table("What is stuck")

    assert [names(row[0])[0] for row in rows] == [kind.value for kind in StuckKind]
    assert [row[2] for row in rows] == [after(kind) for kind in StuckKind]
    assert all(row[3] for row in rows)


def test_what_runs() -> None:
    """Ports and queues are those of the settings and of Temporal."""
    rows = table("What runs")
    ports = {name: row[0] for row in rows for name in names(row[2]) if name.endswith("_PORT")}
    queues = {names(row[0])[0]: names(row[1])[0] for row in rows if row[0].strip("`") in {*Queue}}
    defaults = variables()

    assert {name: "0" if port == "none" else port for name, port in ports.items()} == {
        name: defaults[name] for name in ports
    }
    assert len(ports) == 4
    assert queues == {queue.value: queue_name(SETTINGS.worker.task_queue, queue) for queue in Queue}


def test_what_the_doctor_looks_at(engineer: Engineer) -> None:
    """Every line of it is in the table; those of queues are there once Temporal answers."""
    engineer.cli("db", "upgrade")
    found = {each["check"] for each in engineer.cli("doctor", "--json").data}
    told = {name for row in table("The doctor") for name in names(row[0])}
    kinds = {kind.value.replace("_", " ") for kind in StuckKind}

    assert told - {"queue ..."} == found - kinds - {"queues"}


def test_what_a_downgrade_loses(engineer: Engineer) -> None:
    """As the command says it, the latest first."""
    engineer.cli("db", "upgrade")
    said = engineer.cli("db", "downgrade", "base")
    lost = re.findall(r"This loses (.*)\.$", said.err, re.MULTILINE)

    assert said.status == 2, "nobody was there to be asked"
    assert [row[1] for row in table("Upgrades")] == lost


def test_metrics_are_those_that_prometheus_sees() -> None:
    """All of them, with their labels; results are those that are counted."""
    argv = [sys.executable, "-c", PROMETHEUS, str(free_ports(1)[0])]
    scraped = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    served = {
        re.sub("_(bucket|sum|count)$", "", name): sorted({*re.findall(r"(\w+)=", labels)} - {"le"})
        for name, labels in re.findall(r"^(drumbeat_\w+)\{(.*)\}", scraped, re.MULTILINE)
    }
    rows = {names(row[0])[0]: row for row in table("Metrics and logs") if len(row) == 4}
    labels: dict[str, list[str]] = {}
    for name, row in rows.items():
        labels[name] = [*labels.values()][-1] if row[2] == "the same" else sorted(names(row[2]))

    assert labels == {
        name: [each for each in found if not each.startswith("otel_")] for name, found in served.items()
    }
    for metric, counted in (("sends", telemetry.Telemetry.sent), ("webhooks", telemetry.Telemetry.webhook)):
        results = names(rows[f"drumbeat_{metric}_total"][3])
        assert results
        assert all(result in (counted.__doc__ or "") for result in results)


def test_log_lines_are_written_somewhere() -> None:
    """Each that is named."""
    code = "".join(
        file.read_text(encoding="utf-8")
        for folder in ("adapters", "application", "bootstrap")
        for file in (ROOT / folder).rglob("*.py")
    )
    named = {
        name for name in re.findall(r"`([a-z]+\.[a-z_]+)`", PROSE) if not name.endswith((".md", ".yaml"))
    }

    assert len(named) > 12
    assert [name for name in named if f'"{name}"' not in code] == []


def test_exit_codes_are_those_of_the_help() -> None:
    """In its words."""
    told = re.findall(r"^(\d+): (.*)\.$", EXIT_CODES, re.MULTILINE)

    assert [tuple(row) for row in table("Exit codes, scripts, completion")] == told


def test_settings_exist() -> None:
    """Whoever renames one is told; those of Temporal are the ones that a test of the client reads."""
    client = (ROOT / "tests/integration/temporal/test_client.py").read_text(encoding="utf-8")
    ours = {*re.findall(r"\bDRUMBEAT_[A-Z_]+[A-Z]\b(?!_?\.\.\.)", TEXT)}

    assert len(ours) > 15
    assert ours <= variables().keys()
    assert all(f'"{name}"' in client for name in re.findall(r"\bTEMPORAL_[A-Z_]+", TEXT))


def test_links_lead_somewhere() -> None:
    """Files are there, and headings too."""
    for path, anchor in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", TEXT):
        target = FILE if not path else FILE.parent / path
        assert target.is_file(), path
        headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
        assert not anchor or anchor in {_anchor(heading) for heading in headings}


def _anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
