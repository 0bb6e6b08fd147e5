"""Entrypoint: ``python -m adapters.providers.sandbox``, set up by the environment (see `SandboxSettings`).

Ends with status 0 on SIGTERM or SIGINT, and with 2 and a sentence where it cannot start.
"""

import os
import signal
import socket
import sys
from types import FrameType
from typing import NoReturn

import uvicorn

from adapters.providers.sandbox.answering import CuttableProtocol
from adapters.providers.sandbox.app import create_app
from adapters.providers.sandbox.settings import SandboxSettings, from_environment
from application.environment import WrongSetting

HOST = "127.0.0.1"


def main() -> None:
    """Serve until told to stop."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        settings = from_environment(os.environ)
        app = create_app(settings, os.environ)
    except WrongSetting as error:
        _give_up(str(error))
    config = uvicorn.Config(
        app,
        http=CuttableProtocol,
        log_level="critical",
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    with _listening(settings) as listener:
        uvicorn.Server(config).run(sockets=[listener])


def _listening(settings: SandboxSettings) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, settings.port))
    except OSError as error:
        listener.close()
        _give_up(
            f"Port {settings.port} cannot be used ({error.strerror}); "
            "set DRUMBEAT_SANDBOX_PORT to a free one."
        )
    return listener


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """What uvicorn's own handlers give way to once it has shut down."""
    sys.exit(0)


def _give_up(sentence: str) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    sys.exit(2)


if __name__ == "__main__":
    main()
