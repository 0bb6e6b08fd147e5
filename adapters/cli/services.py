"""``drumbeat worker`` and ``drumbeat api``: the parts that go on, in the place of this process."""

import os
import sys
from typing import Annotated

import typer

from adapters.cli.shell import Shell

QueuesOption = Annotated[
    str | None,
    typer.Option(
        "--queues",
        help="What it takes, instead of DRUMBEAT_WORKER_QUEUES: campaigns, sms, email, voice, bulk.",
    ),
]
PortOption = Annotated[
    int | None, typer.Option("--port", min=0, max=65_535, help="Instead of DRUMBEAT_HTTP_PORT.")
]


def add_commands(app: typer.Typer, shell: Shell) -> None:
    """Add ``worker`` and ``api``.

    Args:
        app: the whole command line.
        shell: what they are carried out with.
    """

    @app.command(epilog="Example: drumbeat worker --queues campaigns,sms")
    def worker(queues: QueuesOption = None) -> None:
        """Carry out campaigns until SIGTERM, by the settings of the environment."""
        _become(shell, "adapters.temporal.worker", {"DRUMBEAT_WORKER_QUEUES": queues})

    @app.command(epilog="Example: drumbeat api --port 8080")
    def api(port: PortOption = None) -> None:
        """Serve the API, webhooks and links until SIGTERM, by the settings of the environment."""
        _become(shell, "adapters.http.server", {"DRUMBEAT_HTTP_PORT": None if port is None else str(port)})


def _become(shell: Shell, module: str, changes: dict[str, str | None]) -> None:
    changed = {name: value for name, value in changes.items() if value is not None}
    sys.stdout.flush()
    # Not from the current folder (-P), which may have other packages of our packages' names.
    shell.tools.become([sys.executable, "-P", "-m", module], {**os.environ, **changed})
