"""The command line, as the tests of the other commands have it."""

from tests.unit.cli.conftest import cli as cli
