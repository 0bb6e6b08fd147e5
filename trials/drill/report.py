"""What a drill has found, as people read it and as scripts do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import asdict
from rich.console import Console
from rich.table import Table

from trials.drill.injecting import Injected
from trials.drill.trial import Result, Row

_NUMBERS = ("enrolled", "sends", "twice", "lost", "unfinished", "differing", "unavoidable")

WIDTH = 130
"""Characters that the table needs."""

SHOWN = 20
"""How many findings of a run are told in words; the rest is in the JSON."""


def table(results: Iterable[Result]) -> Table:
    """The table: a row for each fault."""
    shown = Table(box=None, pad_edge=False)
    shown.add_column("fault")
    shown.add_column("injected", justify="right")
    for name in _NUMBERS:
        shown.add_column(name, justify="right")
    shown.add_column("in doubt, and how that ended")
    for result in results:
        for row in result.rows:
            numbers = (
                row.enrollments,
                row.sends,
                row.duplicates,
                row.lost,
                row.unfinished,
                row.differing,
                row.unavoidable,
            )
            shown.add_row(
                _label(row),
                _injected(row.injected),
                *map(str, numbers),
                _doubts(row.doubts),
                style="" if row.good else "red",
            )
    return shown


def show_table(results: Iterable[Result], console: Console) -> None:
    """Print the table, as wide as it needs to be: a narrower terminal breaks its lines, and cuts nothing off.

    Args:
        results: what came of the runs.
        console: where to.
    """
    usual = console.width
    console.width = max(usual, WIDTH)
    try:
        console.print(table(results), highlight=False)
    finally:
        console.width = usual


def sentences(result: Result) -> Iterator[str]:
    """What is wrong in a run, a line each; nothing where all is well."""
    where = result.trial.title
    for name in result.not_injected:
        yield f"{where}: {name} has not happened, which shows nothing: enroll more contacts."
    if result.waits_for is not None:
        limit = result.trial.limit
        yield f"{where}: there were still {result.waits_for} {limit:g} s after the last fault."
    findings = result.audit.findings
    for finding in findings[:SHOWN]:
        yield f"{where}: {finding.kind}: {finding.what}."
    if len(findings) > SHOWN:
        yield f"{where}: and {len(findings) - SHOWN} more, which --json tells."


def verdict(results: Sequence[Result]) -> str:
    """The answer in one sentence."""
    rows = [row for result in results for row in result.rows]
    met = sum(row.injected.times for row in rows)
    sends, enrolled = sum(row.sends for row in rows), sum(row.enrollments for row in rows)
    late = sum(result.audit.counts.late for result in results)
    what = f"{met} faults met, {enrolled} enrollments, {sends} sends, {late} late events"
    if all(result.good for result in results):
        return f"{what}: every enrollment ended, nothing was lost, nothing was there twice."
    wrong = sum(len(result.audit.findings) for result in results)
    missing = sum(len(result.not_injected) for result in results)
    unended = sum(result.waits_for is not None for result in results)
    return (
        f"{what}: {wrong} things are wrong, {missing} faults have not happened, "
        f"{unended} runs did not come to an end."
    )


def as_data(results: Sequence[Result], missing: int = 0) -> dict[str, Any]:
    """The same for scripts.

    Args:
        results: what came of the runs.
        missing: how many runs could not be carried out: of these nothing is known.
    """
    return {
        "good": not missing and all(result.good for result in results),
        "not_carried_out": missing,
        "rows": [_row(result, row) for result in results for row in result.rows],
        "runs": [_run(result) for result in results],
    }


def _row(result: Result, row: Row) -> dict[str, Any]:
    return {
        "run": result.trial.name,
        "fault": row.fault,
        "setting": row.setting,
        "injected": {
            "times": row.injected.times,
            "seconds": round(row.injected.seconds, 1),
            "met": row.injected.met,
        },
        "enrollments": row.enrollments,
        "sends": row.sends,
        "duplicates": row.duplicates,
        "lost": row.lost,
        "unfinished": row.unfinished,
        "differing": row.differing,
        "unavoidable": row.unavoidable,
        "in_doubt": dict(row.doubts),
        "good": row.good,
    }


def _run(result: Result) -> dict[str, Any]:
    return {
        "run": result.trial.name,
        "setting": result.trial.setting,
        "seed": result.trial.seed,
        "seconds": round(result.seconds, 1),
        "good": result.good,
        "not_injected": list(result.not_injected),
        "waits_for": result.waits_for,
        "counts": asdict(result.audit.counts),
        "findings": [
            {"kind": each.kind.value, "enrollment": each.enrollment_id, "what": each.what}
            for each in result.audit.findings
        ],
        "unavoidable": [
            {"kind": each.finding.kind.value, "what": each.finding.what, "reason": each.reason}
            for each in result.audit.unavoidable
        ],
    }


def _label(row: Row) -> str:
    return f"{row.fault} ({row.setting})" if row.setting else row.fault


def _injected(injected: Injected) -> str:
    if not injected.has_happened:
        return "never"
    seconds = f", {injected.seconds:.0f} s" if injected.seconds else ""
    return f"{injected.times}{seconds}"


def _doubts(doubts: Mapping[str, int]) -> str:
    if not doubts:
        return "0"
    return f"{sum(doubts.values())}: " + ", ".join(f"{count} {how}" for how, count in sorted(doubts.items()))
