"""The example files: beside this module when installed, at the top of the repository when developed."""

from pathlib import Path

from application.errors import ApplicationError


class NoExample(ApplicationError):
    """The example files are not there."""


def example(name: str) -> Path:
    """Where an example file is.

    Raises:
        NoExample: the installation has no examples.
    """
    here = Path(__file__).resolve()
    for folder in (here.parent / "examples", here.parents[2] / "examples"):
        if (folder / name).is_file():
            return folder / name
    raise NoExample(
        f"The example {name} is not installed: name files of your own with --contacts and --campaign."
    )
