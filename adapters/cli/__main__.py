"""The command line: ``drumbeat``, or ``python -m adapters.cli``.

Everything is imported inside `main`: that takes a second or two, and Ctrl-C must be answered from the start.
What the commands work with is wired in `bootstrap.command_line`.
"""

import sys

STOPPED = 130
"""The exit status after Ctrl-C, as shells have it: 128 + SIGINT."""


def main() -> None:
    """Run the installed command."""
    try:
        from adapters.cli.commands import make_app
        from bootstrap.command_line import tools
        from bootstrap.leaving import leaving
        from trials.commands import add_trials

        app = make_app(tools(), add_trials)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing was started.\n")
        sys.exit(STOPPED)
    with leaving():
        app(prog_name="drumbeat")


if __name__ == "__main__":
    main()
