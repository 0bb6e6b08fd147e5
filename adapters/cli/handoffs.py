"""Commands on handoffs: cases that humans take over."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape

from adapters.cli.campaign_files import JsonOption
from adapters.cli.campaign_views import moment
from adapters.cli.shell import Shell
from adapters.cli.tables import new_table
from application.ports.handoffs import HandoffCase, HandoffQuery
from domain.handoffs import HandoffState
from domain.times.rfc3339 import rfc3339

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of a handoff.")]
StateOption = Annotated[HandoffState | None, typer.Option("--state", help="Only those that stand so.")]
CampaignOption = Annotated[str | None, typer.Option("--campaign", help="Only those of this campaign.")]
ContactOption = Annotated[
    str | None, typer.Option("--contact", help="Only those of this contact, by its external_id.")
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many at most.")]
TakerOption = Annotated[str, typer.Option("--by", help="Who takes it, e.g. anna.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who says so, e.g. anna.")]
ToOption = Annotated[str, typer.Option("--to", help="Who is to have it, e.g. ben.")]
NoteOption = Annotated[str | None, typer.Option("--note", help="What came of it.")]

MOST_SHOWN = 100


def handoffs(shell: Shell) -> typer.Typer:
    """The group ``handoff``."""
    app = typer.Typer(help="Cases that humans take over.", no_args_is_help=True)
    _add_looking(app, shell)
    _add_taking(app, shell)
    return app


def _add_looking(app: typer.Typer, shell: Shell) -> None:
    @app.command("list", epilog="Example: drumbeat handoff list --state open --campaign welcome")
    def list_all(
        state: StateOption = None,
        campaign: CampaignOption = None,
        contact: ContactOption = None,
        limit: LimitOption = MOST_SHOWN,
        as_json: JsonOption = False,
    ) -> None:
        """List handoffs, oldest first."""
        query = HandoffQuery(state, campaign, contact)
        found = shell.use(lambda uses: uses.control_handoffs().page(uses.tenant, query, None, limit))
        if as_json:
            shell.data([_data(each) for each in found])
        elif found:
            _show_all(shell, found)
        else:
            shell.say("No handoff is like that.")

    @app.command(epilog="Example: drumbeat handoff show 5f0c...:handoff")
    def show(handoff: IdArgument, as_json: JsonOption = False) -> None:
        """Show one, with what the human needs to know; that is personal."""
        view = shell.use(lambda uses: uses.control_handoffs().get(uses.tenant, handoff))
        if as_json:
            shell.data({**_data(view.case), "summary": view.summary})
        else:
            _show(shell, view.case)
            shell.say(view.summary)


def _add_taking(app: typer.Typer, shell: Shell) -> None:
    @app.command(epilog="Example: drumbeat handoff claim 5f0c...:handoff --by anna")
    def claim(handoff: IdArgument, by: TakerOption, as_json: JsonOption = False) -> None:
        """Take one that nobody has."""
        case = shell.use(lambda uses: uses.control_handoffs().claim(uses.tenant, handoff, by))
        _told(shell, case, as_json=as_json)

    @app.command(epilog="Example: drumbeat handoff reassign 5f0c...:handoff --to ben")
    def reassign(handoff: IdArgument, to: ToOption, by: ByOption = None, as_json: JsonOption = False) -> None:
        """Give one to somebody, whoever has it."""
        case = shell.use(lambda uses: uses.control_handoffs().reassign(uses.tenant, handoff, to, by))
        _told(shell, case, as_json=as_json)

    @app.command(epilog="Example: drumbeat handoff release 5f0c...:handoff")
    def release(handoff: IdArgument, by: ByOption = None, as_json: JsonOption = False) -> None:
        """Let nobody have it any more."""
        case = shell.use(lambda uses: uses.control_handoffs().release(uses.tenant, handoff, by))
        _told(shell, case, as_json=as_json)

    @app.command(
        epilog="Example: drumbeat handoff resolve 5f0c...:handoff --by anna --note 'has called back'"
    )
    def resolve(
        handoff: IdArgument, by: ByOption = None, note: NoteOption = None, as_json: JsonOption = False
    ) -> None:
        """Close one; the enrollment that waits for it ends."""
        case = shell.use(lambda uses: uses.control_handoffs().resolve(uses.tenant, handoff, by, note))
        _told(shell, case, as_json=as_json)


def _told(shell: Shell, case: HandoffCase, *, as_json: bool) -> None:
    if as_json:
        shell.data(_data(case))
    else:
        _show(shell, case)


def _show(shell: Shell, case: HandoffCase) -> None:
    handoff = case.handoff
    shell.say(f"{handoff.key}: {_state(case)}", "bold")
    shell.say(
        f"{case.campaign} gave up at {handoff.step} ({handoff.reason}) for "
        f"{case.external_id or 'somebody who was erased'}, {moment(handoff.created_at)}."
    )


def _show_all(shell: Shell, found: Sequence[HandoffCase]) -> None:
    table = new_table("Handoffs", "id", "contact", "gave up at", "state")
    for case in found:
        handoff = case.handoff
        table.add_row(
            handoff.key,
            escape(case.external_id or ""),
            escape(f"{case.campaign}, {handoff.step}: {handoff.reason}, {moment(handoff.created_at)}"),
            escape(_state(case)),
        )
    shell.show(table)


def _state(case: HandoffCase) -> str:
    handoff = case.handoff
    if handoff.resolved_at is not None:
        return f"resolved {moment(handoff.resolved_at)}"
    return "open" if handoff.claimed_by is None else f"claimed by {handoff.claimed_by}"


def _data(case: HandoffCase) -> Mapping[str, object]:
    handoff = case.handoff
    return {
        "id": handoff.key,
        "enrollment_id": handoff.enrollment_id,
        "campaign": case.campaign,
        "external_id": case.external_id,
        "step": handoff.step,
        "reason": handoff.reason,
        "state": handoff.state.value,
        "desk": handoff.desk,
        "ref": handoff.ref,
        "created_at": rfc3339(handoff.created_at),
        "claimed_by": handoff.claimed_by,
        "claimed_at": _iso(handoff.claimed_at),
        "resolved_at": _iso(handoff.resolved_at),
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
