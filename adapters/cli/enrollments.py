"""Commands on single enrollments: where one stands, holding it, ending it."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from attrs import frozen

from adapters.cli.campaign_files import JsonOption
from adapters.cli.campaigns import Then, ThenOption
from adapters.cli.enrollment_data import changed_data, view_data
from adapters.cli.enrollment_lists import add_list
from adapters.cli.shell import Shell
from adapters.cli.timeline_view import enrollment_view
from adapters.cli.tools import UseCases
from application.control_enrollment import ControlEnrollment
from application.show_enrollment import EnrollmentView

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of an enrollment.")]
UtcOption = Annotated[
    bool, typer.Option("--utc", help="Tell times in UTC, not by the clocks where the contact is.")
]


def enrollments(shell: Shell) -> typer.Typer:
    """The group ``enrollment``."""
    app = typer.Typer(help="Single enrollments.", no_args_is_help=True)
    add_list(app, shell)
    _add_show(app, shell)
    _add_holding(app, shell)
    return app


def _add_show(app: typer.Typer, shell: Shell) -> None:
    @app.command(epilog="Example: drumbeat enrollment show 5f0c... --json")
    def show(enrollment: IdArgument, utc: UtcOption = False, as_json: JsonOption = False) -> None:
        """Show what was sent, what came back, why it waited, and what comes next and when."""
        view = shell.use(lambda uses: uses.show_enrollment()(uses.tenant, enrollment))
        if as_json:
            shell.data(view_data(view))
        else:
            shell.show(enrollment_view(view, shell.out.width, utc=utc))


def _add_holding(app: typer.Typer, shell: Shell) -> None:
    @app.command(epilog="Example: drumbeat enrollment pause 5f0c...")
    def pause(enrollment: IdArgument, as_json: JsonOption = False) -> None:
        """Hold one enrollment: nothing more is sent from now on."""
        changed = _change(shell, enrollment, lambda control, tenant: control.pause(tenant, enrollment))
        said = "The enrollment is paused." if changed.changed else "It was paused before, or has ended."
        _tell(shell, changed, said, as_json=as_json)

    @app.command(epilog="Example: drumbeat enrollment resume 5f0c... --then expire")
    def resume(enrollment: IdArgument, then: ThenOption = Then.FREEZE, as_json: JsonOption = False) -> None:
        """Let one enrollment go on."""
        changed = _change(
            shell, enrollment, lambda control, tenant: control.resume(tenant, enrollment, then.policy)
        )
        said = "The enrollment goes on." if changed.changed else "It was not paused, or has ended."
        _tell(shell, changed, said, as_json=as_json)

    @app.command(epilog="Example: drumbeat enrollment cancel 5f0c...")
    def cancel(enrollment: IdArgument, as_json: JsonOption = False) -> None:
        """End one enrollment as cancelled."""
        changed = _change(shell, enrollment, lambda control, tenant: control.cancel(tenant, enrollment))
        said = "The enrollment ends." if changed.changed else "It had ended before."
        _tell(shell, changed, said, as_json=as_json)


@frozen
class _Changed:
    """What became of an enrollment.

    Args:
        view: where it stands now.
        changed: whether that was otherwise before.
    """

    view: EnrollmentView
    changed: bool


def _change(
    shell: Shell, enrollment: str, order: Callable[[ControlEnrollment, str], Awaitable[bool]]
) -> _Changed:
    async def work(uses: UseCases) -> _Changed:
        changed = await order(uses.control_enrollment(), uses.tenant)
        return _Changed(await uses.show_enrollment()(uses.tenant, enrollment), changed)

    return shell.use(work)


def _tell(shell: Shell, changed: _Changed, sentence: str, *, as_json: bool) -> None:
    if as_json:
        shell.data(changed_data(changed.view, changed=changed.changed))
    else:
        shell.say(sentence)
