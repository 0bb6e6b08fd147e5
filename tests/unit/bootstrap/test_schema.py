"""Making and checking the database that the settings name."""

from pathlib import Path

import pytest

from application.errors import DatabaseUnavailable
from bootstrap import schema
from bootstrap.settings import Settings


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, made the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _files(folder: Path) -> set[str]:
    return {str(each.relative_to(folder)) for each in folder.rglob("*")}


@pytest.mark.parametrize(
    ("settings", "files"),
    [
        (Settings(), {".drumbeat", ".drumbeat/drumbeat.db"}),
        (Settings(database_url="sqlite:///data/x.db"), {"data", "data/x.db"}),
        (Settings(database_url="sqlite:///x.db"), {"x.db"}),
        (Settings(database_url="sqlite:///:memory:"), set()),
    ],
)
async def test_an_upgrade_makes_the_file_and_its_own_folder(
    here: Path, settings: Settings, files: set[str]
) -> None:
    """The default's folder, or one that was forgotten, is made with the file; it may be there already."""
    await schema.upgrade(settings)
    await schema.upgrade(settings)

    assert _files(here) == files


async def test_an_upgraded_database_passes_the_check(here: Path) -> None:
    """What `upgrade` makes is ready."""
    await schema.upgrade(Settings())

    await schema.check(Settings())


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "nonexist/dir/x.db",
            "there is no folder {}/nonexist/dir for the database; check DRUMBEAT_DATABASE_URL",
        ),
        ("file/x.db", "the folder {}/file for the database cannot be made: File exists"),
        ("file/dir/x.db", "the folder {}/file/dir for the database cannot be made: Not a directory"),
    ],
)
async def test_a_mistyped_path_is_not_made(here: Path, path: str, said: str) -> None:
    """A path that is missing as a whole is named in a sentence; nothing is made there."""
    (here / "file").touch()
    with pytest.raises(DatabaseUnavailable) as refused:
        await schema.upgrade(Settings(database_url=f"sqlite:///{here}/{path}"))

    assert said.format(here) in str(refused.value)
    assert _files(here) == {"file"}


async def test_a_check_makes_nothing(here: Path) -> None:
    """A database that was never made is named with the command that makes it."""
    with pytest.raises(
        DatabaseUnavailable, match=f"no database at {here}/.drumbeat/drumbeat.db; .* db upgrade"
    ):
        await schema.check(Settings())

    assert _files(here) == set()
