"""One enrollment as a person reads it: the head, the days with their lines, and what comes next."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from itertools import groupby
from zoneinfo import ZoneInfo

from attrs import frozen
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from adapters.cli.timeline_words import BAD, GOOD, HELD, QUIET, line_of
from application.show_enrollment import EnrollmentView
from application.show_timeline import TimelineEntry
from application.what_is_next import Action, Next
from domain.enrollment.forecast import ANSWER
from domain.enrollment.standing import Standing
from domain.language.in_words import CHANNELS, spaced

NARROW = 72
"""Below so many columns a line's details stand below it."""

_STANDINGS = {
    Standing.STARTING: HELD,
    Standing.PAUSED: HELD,
    Standing.WITH_HUMAN: "bold",
    Standing.FINISHED: GOOD,
}


@frozen
class Clocks:
    """By which clocks times are told.

    Args:
        zone: whose.
        name: the zone's whole name.
    """

    zone: tzinfo
    name: str

    @classmethod
    def of(cls, zone: ZoneInfo) -> "Clocks":
        """Those of a zone."""
        return cls(zone, zone.key)

    @property
    def short(self) -> str:
        """The zone's name as it stands behind a time: ``Chicago``."""
        return self.name.rpartition("/")[2].replace("_", " ")

    def day(self, at: datetime) -> str:
        """``Tue 24 Nov 2026``."""
        return f"{at.astimezone(self.zone):%a %d %b %Y}"

    def time(self, at: datetime) -> str:
        """``09:00:05``."""
        return f"{at.astimezone(self.zone):%H:%M:%S}"

    def moment(self, at: datetime) -> str:
        """``Tue 24 Nov 2026 09:00 Chicago``."""
        return f"{at.astimezone(self.zone):%a %d %b %Y %H:%M} {self.short}"


IN_UTC = Clocks(UTC, "UTC")


def enrollment_view(view: EnrollmentView, width: int, *, utc: bool = False) -> RenderableType:
    """An enrollment for people.

    Args:
        view: what there is to see.
        width: how many columns the terminal has.
        utc: tell all times in UTC instead of by the contact's clocks.
    """
    clocks = IN_UTC if utc else Clocks.of(view.zone)
    return Group(
        *_head(view, clocks),
        *_days(view.timeline, clocks, is_narrow=width < NARROW),
        Text(),
        _next(view, clocks),
    )


def _head(view: EnrollmentView, clocks: Clocks) -> Iterator[Text]:
    enrollment = view.enrollment
    yield Text(f"Enrollment {enrollment.id}", style="bold")
    facts = {
        "contact": view.external_id or "erased",
        "campaign": f"{enrollment.campaign} version {enrollment.version}{_entry(enrollment.entry)}",
        "status": _status(view, clocks),
        "enrolled": clocks.moment(enrollment.created_at),
        "times": clocks.name,
    }
    for name, value in facts.items():
        style = _style(view) if name == "status" else ""
        yield Text.assemble((f"{name:<9} ", QUIET), (value, style))


def _entry(entry: int) -> str:
    return "" if entry == 1 else f", entry {entry}"


def _status(view: EnrollmentView, clocks: Clocks) -> str:
    enrollment, word = view.enrollment, spaced(view.standing.value)
    if enrollment.outcome is not None and enrollment.finished_at is not None:
        return f"{word}: {spaced(enrollment.outcome.value)}, {clocks.moment(enrollment.finished_at)}"
    return word if view.place.step is None else f"{word} at step {view.place.step}"


def _style(view: EnrollmentView) -> str:
    return _STANDINGS.get(view.standing, "bold")


def _days(entries: Iterable[TimelineEntry], clocks: Clocks, *, is_narrow: bool) -> Iterator[RenderableType]:
    shown = _stacked if is_narrow else _rows
    for day, of_day in groupby(entries, key=lambda entry: clocks.day(entry.at)):
        yield Text()
        yield Text(f"{day} ({clocks.short})", style="bold")
        yield shown(of_day, clocks)


def _rows(entries: Iterable[TimelineEntry], clocks: Clocks) -> RenderableType:
    rows = Table.grid(padding=(0, 2))
    for width in (8, 17, 10, None):
        rows.add_column(min_width=width, overflow="fold")
    for entry in entries:
        line = line_of(entry)
        rows.add_row(
            Text(clocks.time(entry.at), style=QUIET),
            Text(line.what, style=line.style),
            Text(line.where),
            Text(line.detail),
        )
    return Padding(rows, (0, 0, 0, 2), expand=False)


def _stacked(entries: Iterable[TimelineEntry], clocks: Clocks) -> RenderableType:
    parts: list[RenderableType] = []
    for entry in entries:
        line = line_of(entry)
        parts.append(Text.assemble((clocks.time(entry.at), QUIET), " ", (line.what, line.style)))
        if more := ", ".join(part for part in (line.where, line.detail) if part):
            parts.append(Padding(Text(more, overflow="fold"), (0, 0, 0, 9)))
    return Group(*parts)


def _next(view: EnrollmentView, clocks: Clocks) -> Text:
    if view.next is None:
        return Text("next: nothing; it has ended.", style=QUIET)
    words = next_words(view.next, clocks)
    return Text.assemble(("next: ", "bold"), (words, BAD if view.next.action is Action.START else ""))


def next_words(coming: Next, clocks: Clocks) -> str:
    """What comes next: ``e-mail step `email` on Tue 24 Nov 2026 09:00 Chicago, unless they answer``."""
    unless = "" if coming.unless is None else f", {_unless(coming.unless)}"
    when = "" if coming.at is None else f" on {clocks.moment(coming.at)}"
    reason = f" ({coming.reason})" if coming.reason else ""
    match coming.action:
        case Action.SEND:
            again = f", attempt {coming.attempt}" if coming.attempt and coming.attempt > 1 else ""
            channel = "" if coming.channel is None else f"{CHANNELS[coming.channel]} "
            return f"{channel}step `{coming.step}`{again}{when}{unless}{reason}"
        case Action.DECIDE:
            return f"step `{coming.step}` decides which way to go{when}"
        case Action.HAND_OVER:
            return f"a person gets the case{when}{unless}"
        case Action.END:
            return f"the enrollment ends{when}{unless}"
        case Action.RESOLVE:
            limit = (
                "" if coming.at is None else f" by {clocks.moment(coming.at)}, or the enrollment ends without"
            )
            return f"a person closes the case{limit}"
        case Action.RESUME:
            return f"somebody resumes it: {coming.reason}"
        case Action.START:
            return f"its run begins: {coming.reason}"


def _unless(missing: str) -> str:
    return "unless they answer" if missing == ANSWER else f"unless it is reported {spaced(missing)} first"
