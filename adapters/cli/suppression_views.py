"""Suppressions in the terminal, for people and for scripts."""

from collections.abc import Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from adapters.cli.campaign_views import moment
from adapters.cli.tables import new_table
from application.import_suppressions import ImportReport
from application.ports.files import SuppressionFile
from application.ports.suppressions import EVERYBODY, SuppressedAddress, Suppression
from domain.times.rfc3339 import rfc3339


def suppression_line(suppression: Suppression) -> str:
    """Why an address must not be contacted."""
    whom = "for all tenants" if suppression.tenant == EVERYBODY else "for this tenant"
    return f"Suppressed {whom} since {moment(suppression.added_at)}: {suppression.reason}"


def suppression_data(suppression: Suppression) -> Mapping[str, object]:
    """The same for scripts."""
    return {
        "reason": suppression.reason,
        "everybody": suppression.tenant == EVERYBODY,
        "since": rfc3339(suppression.added_at),
    }


def row_data(row: SuppressedAddress) -> Mapping[str, object]:
    """One of a list, for scripts."""
    return {"channel": row.channel.value, "address": row.address, **suppression_data(row.suppression)}


def suppressions_table(rows: Sequence[SuppressedAddress]) -> Table:
    """A list, a row each."""
    table = new_table("Suppressions", "channel", "address", "reason", "since", "for")
    for row in rows:
        held = row.suppression
        whom = "all tenants" if held.tenant == EVERYBODY else "this tenant"
        cells = (row.channel.value, row.address, held.reason, moment(held.added_at), whom)
        table.add_row(*map(escape, cells))
    return table


def report_data(read: SuppressionFile, report: ImportReport) -> Mapping[str, object]:
    """What an import came to, for scripts."""
    return {
        "read": read.read,
        "added": report.added,
        "known": report.known,
        "refused": read.read - len(read.rows),
        "problems": [
            {"line": each.line, "column": each.column, "reason": each.reason} for each in report.refused
        ],
    }
