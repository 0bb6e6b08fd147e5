"""Schedules on the command line: ``python -m adapters.temporal.schedules``, as ``drumbeat schedule``.

Everything is imported inside `main`: that takes a second or two, and Ctrl-C must be answered from the start.
"""

import sys

STOPPED = 130
"""The exit status after Ctrl-C, as shells have it: 128 + SIGINT."""


def main() -> None:
    """Carry out what stands on the command line."""
    try:
        from bootstrap.command_line import schedule_app

        app = schedule_app()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing was started.\n")
        sys.exit(STOPPED)
    app(prog_name="python -m adapters.temporal.schedules")


if __name__ == "__main__":
    from bootstrap.leaving import leaving

    with leaving():
        main()
