"""The API key of a data folder, made at its first start."""

from pathlib import Path

from adapters.cli.processes import ServiceFailed
from adapters.cli.tools import UseCases
from domain.access import Scope

FILE = "api-key"
OWNER_ONLY = 0o600


async def folder_key(folder: Path, uses: UseCases) -> str:
    """The key in a folder's file; a new one for everything where there is none that is good.

    Args:
        folder: where the data lives.
        uses: the use cases on this data.

    Raises:
        ServiceFailed: the file cannot be read or written.
    """
    path = folder / FILE
    try:
        known = path.read_text(encoding="utf-8").strip() if path.exists() else ""
        if known and await uses.authenticate_key()(known) is not None:
            return known
        made = await uses.control_api_keys().create(uses.tenant, "drumbeat dev", [Scope.ADMIN])
        write_secret(path, made.text + "\n")
    except OSError as error:
        raise ServiceFailed(f"{path} cannot be used: {error.strerror}") from error
    return made.text


def write_secret(path: Path, text: str) -> None:
    """Write a file that nobody but its owner may read.

    Raises:
        OSError: it cannot be written.
    """
    path.touch(mode=OWNER_ONLY)
    path.chmod(OWNER_ONLY)  # also where it was there before
    path.write_text(text, encoding="utf-8")
