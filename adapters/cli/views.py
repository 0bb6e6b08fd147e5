"""What a person sees in the terminal."""

import time
from typing import TYPE_CHECKING

from attrs import define, field
from rich.console import Console, Group
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from adapters.cli.carriers import Carriers
from adapters.cli.system import LocalSystem
from adapters.cli.tables import new_table
from adapters.cli.tools import CampaignFile
from application.enroll_contacts import EnrollReport
from application.ports.files import ContactFile
from application.summarize_campaign import CampaignSummary
from domain.campaign import Plan
from domain.reconciliation import Reconciliation
from domain.times import durations

if TYPE_CHECKING:
    from adapters.cli.demo import Options

SHOWN_PROBLEMS = 8


def show_files(console: Console, options: "Options", campaign: CampaignFile, contacts: ContactFile) -> None:
    """What was read, and what was wrong with it."""
    plan = campaign.campaign.plan
    steps = " -> ".join(
        f"{step.key} ({step.channel.value}, waits {durations.words(step.wait)})" for step in plan.touches
    )
    console.print(
        f"[bold]{plan.campaign}[/] version {plan.version}: {steps} -> {plan.at_end}",
        highlight=False,
        soft_wrap=True,
    )
    console.print(
        f"Scaled: a day takes {options.seconds_per_day:g} s ({options.scale:.3g} of real time).",
        highlight=False,
        soft_wrap=True,
    )
    console.print(
        f"{escape(options.contacts.name)}: {contacts.read} rows read, {contacts.rejected} rejected",
        highlight=False,
        soft_wrap=True,
    )
    for problem in contacts.problems[:SHOWN_PROBLEMS]:
        console.print(
            f"  line {problem.line}, {escape(problem.column)}: {escape(problem.reason)}",
            style="yellow",
            highlight=False,
            soft_wrap=True,
        )
    more = len(contacts.problems) - SHOWN_PROBLEMS
    if more > 0:
        console.print(f"  ... and {more} more", style="yellow")
    if contacts.problems:
        console.print(
            f"  all of them, with their rows: {escape(str(options.rejects))}",
            style="yellow",
            highlight=False,
            soft_wrap=True,
        )


def show_carriers(console: Console, carriers: Carriers, plan: Plan | None) -> None:
    """Who is in the sandbox, and what of a plan (if there is one) nobody carries."""
    console.print(f"Sandboxed providers: {carriers.words()}", highlight=False, soft_wrap=True)
    for gap in [] if plan is None else carriers.gaps(plan):
        console.print(f"  {gap}", style="yellow", highlight=False, soft_wrap=True)


def show_system(console: Console, system: LocalSystem) -> None:
    """Where to look while it runs."""
    console.print(f"Temporal Web UI while this runs: {system.ui_url}", highlight=False, soft_wrap=True)
    console.print(
        f"HTTP app: {system.http_url}/readyz   sandbox: {system.sandbox_url}", highlight=False, soft_wrap=True
    )


@define
class Progress:
    """The live display of a running campaign.

    Args:
        total: how many enrollments there will be.
        limit: after how many seconds all should have ended.
    """

    total: int
    limit: float
    _began: float = field(factory=time.monotonic, init=False)
    _lines: int = field(default=0, init=False)

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self._began

    @property
    def overdue(self) -> bool:
        """Whether it should have ended by now."""
        return self.seconds > self.limit

    def view(self, summary: CampaignSummary) -> Group:
        """The display as of now."""
        done = summary.enrollments - summary.open
        head = Table.grid(padding=(0, 1))
        bar = ProgressBar(total=max(self.total, 1), completed=done, width=40)
        head.add_row("Enrollments ended", bar, f"{done}/{self.total}", f"{self.seconds:.0f} s")
        return Group(head, _outcomes(summary), _messages(summary))

    def line(self, console: Console, summary: CampaignSummary) -> None:
        """A line every five seconds, for where nothing can be drawn over."""
        if self.seconds >= 5 * (self._lines + 1):
            self._lines += 1
            done = summary.enrollments - summary.open
            sent = sum(count.count for count in summary.messages)
            console.print(
                f"{self.seconds:4.0f} s  {done}/{self.total} ended, {sent} attempts",
                highlight=False,
                soft_wrap=True,
            )


def show_summary(
    console: Console,
    contacts: ContactFile,
    report: EnrollReport,
    summary: CampaignSummary,
    reconciliation: Reconciliation,
) -> None:
    """What became of everything."""
    table = new_table("Contacts", "", "count")
    table.add_row("read", str(contacts.read))
    table.add_row("rejected", str(contacts.rejected))
    table.add_row("enrolled", str(report.enrolled))
    if report.already:
        table.add_row("enrolled before", str(report.already))
    console.print(_handoffs(summary), table, _outcomes(summary), _messages(summary), _books(reconciliation))
    if summary.open:
        console.print(f"{summary.open} enrollments have not ended.", style="bold red")
    elif reconciliation.clean:
        console.print("Every enrollment ended, and every send is accounted for.", style="bold green")
    if not reconciliation.clean:
        console.print("The books do not match what the providers took; the keys are above.", style="bold red")


def _outcomes(summary: CampaignSummary) -> Table:
    table = new_table("Enrollments", "outcome", "count")
    for outcome, count in sorted(summary.outcomes.items()):
        table.add_row(outcome, str(count))
    return table


def _messages(summary: CampaignSummary) -> Table:
    table = new_table("Messages", "channel", "final status", "count")
    for count in summary.messages:
        table.add_row(count.channel, count.status, str(count.count))
    return table


def _handoffs(summary: CampaignSummary) -> Table:
    desks = sorted({handoff.desk for handoff in summary.handoffs})
    title, ref = f"Handoffs ({len(summary.handoffs)})", " ".join([*desks, "ref"])
    table = new_table(title, "enrollment", "because", ref)
    for handoff in summary.handoffs:
        table.add_row(handoff.enrollment_id, escape(handoff.reason), escape(handoff.ref or "-"))
    return table


def _books(books: Reconciliation) -> Table:
    table = new_table("Reconciliation with the sandbox's ledger", "", "count", "attempt keys")
    table.add_row("sends that the providers took", str(books.sends), "")
    table.add_row("attempts that our books hold as accepted", str(books.attempts), "")
    table.add_row("attempts still in doubt that a provider took", str(books.in_doubt_taken), "")
    table.add_row("attempts in doubt that nobody took", str(books.in_doubt), "")
    for what, keys in (
        ("sends without an attempt row", books.sends_without_attempt),
        ("attempts without a send", books.attempts_without_send),
        ("attempt keys sent more than once", books.sent_more_than_once),
    ):
        style = "bold red" if keys else "green"
        table.add_row(Text(what, style), Text(str(len(keys)), style), ", ".join(keys[:SHOWN_PROBLEMS]))
    return table
