"""The HTTP app as a process: ``python -m adapters.http.server``."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable

import structlog

from adapters.http.app import create_app
from adapters.http.serving import listen, serving
from application.errors import ApplicationError, DatabaseUnavailable
from bootstrap import container
from bootstrap.leaving import leaving
from bootstrap.settings import Settings, WrongSetting, load
from bootstrap.telemetry import configure_logging

_log = structlog.get_logger(__name__)

UNUSABLE = 2
"""The exit status where the app cannot be started as it is set up."""


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished.

    Raises:
        ApplicationError: the port cannot be had, or what the app needs cannot be reached.
        WrongSetting: a setting that the app needs is missing.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    with listen(settings.http.host, settings.http.port) as listener:
        async with container.running(settings, "drumbeat-http") as wired:
            app = create_app(wired.http_services(), wired.http_options())
            await _say_if_not_ready(wired.database().check)
            async with serving(app, listener) as url:
                _log.info("http.ready", url=url, public_url=settings.http.public_url)
                await stop.wait()
                _log.info("http.stopping")


async def _say_if_not_ready(check: Callable[[], Awaitable[None]]) -> None:
    """Serve all the same: vendors are told to come again until the database is there."""
    try:
        await check()
    except DatabaseUnavailable as fault:
        _log.warning("http.not_ready", reason=str(fault))


def main() -> int:
    """Run the process; returns its exit status."""
    try:
        settings = load(os.environ)
        configure_logging(settings.telemetry)
        asyncio.run(serve(settings))
    except (ApplicationError, WrongSetting) as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE
    return 0


if __name__ == "__main__":
    with leaving():
        sys.exit(main())
