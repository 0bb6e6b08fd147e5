"""docs/api.md: every request in it is sent, and every answer compared with the one that is shown."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from adapters.http.api import problems
from application.environment import API_KEY, API_URL
from tests.integration.api.page import Command, Page
from tests.integration.api.reader import ROOT, Reader
from tests.integration.api.whole import whole
from tests.integration.api.wired import wired_api
from tests.unit.cli.command_line import CommandLine

PAGE = Page.read(ROOT / "docs" / "api.md")


@pytest.fixture(scope="module")
async def operations(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation of the OpenAPI document by its method and path."""
    async with wired_api(tmp_path_factory.mktemp("api")) as api:
        paths = api.app.openapi()["paths"]
    return {
        (method.upper(), path): operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def spans(pattern: str) -> Iterator[re.Match[str]]:
    """What stands between backticks in the text and fits a pattern."""
    return re.finditer(f"`{pattern}`", PAGE.prose)


def is_ours(command: Command) -> bool:
    """Whether it is one of `drumbeat`."""
    return command.words[0] == "drumbeat"


async def test_everything_in_the_page_is_as_it_says(
    temporal: WorkflowEnvironment,
    task_queue: str,
    tmp_path: Path,
    operations: dict[tuple[str, str], dict[str, Any]],
) -> None:
    """On the whole system, with a real Temporal and the sandbox of the providers."""
    for name, text in PAGE.files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    async with whole(temporal.client, task_queue, tmp_path) as system:
        reader = Reader(system, tmp_path)
        commands = [
            each for each in PAGE.commands({API_URL: system.url, API_KEY: system.key}) if not is_ours(each)
        ]
        for command in commands:
            await reader.follow(command)

    generated = {path.stem for path in (tmp_path / "drumbeat-client").glob("*/api/*/*.py")}
    ids = {told["operationId"] for (_, path), told in operations.items() if path.startswith("/v1/")}
    assert len(commands) > 60
    assert ids - generated == {"enroll_batch"}


def test_its_commands_end_well(tmp_path: Path) -> None:
    """Those of `drumbeat`, on a command line of their own."""
    cli = CommandLine(tmp_path)
    ours = [each for each in PAGE.commands({API_URL: "url", API_KEY: "key"}) if is_ours(each)]
    said = {str(each): cli(*each.words[1:]) for each in ours}

    assert ours
    assert [(line, each.err) for line, each in said.items() if each.status] == []


def test_every_answer_belongs_to_a_request() -> None:
    """What looks like an answer stands right behind a command; so none goes unread."""
    commands = list(PAGE.commands({API_URL: "url", API_KEY: "key"}))
    answers = {
        each.line for each in PAGE.blocks if each.kind in ("json", "http", "mermaid") and not each.name
    }

    assert answers == {each.answer.line for each in commands if each.answer is not None}
    assert {each.kind for each in PAGE.blocks if not each.name} == {
        "console", "http", "json", "mermaid", "sh", "text"
    }  # fmt: skip


def test_every_operation_is_listed(operations: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Those of the OpenAPI document, each once, and no other."""
    assert sorted(PAGE.operations) == sorted(each for each in operations if each[1].startswith("/v1/"))


def test_operations_in_the_text_exist(operations: dict[tuple[str, str], dict[str, Any]]) -> None:
    """By method and path, as the OpenAPI document has them."""
    named = {(found[1], found[2]) for found in spans(r"(GET|POST|PUT|DELETE) (/\S+)")}

    assert named <= set(operations)


def test_what_needs_the_scope_admin_is_named(operations: dict[tuple[str, str], dict[str, Any]]) -> None:
    """In the table of scopes, and nothing else."""
    [row] = re.findall(r"^\| `admin` \|.*$", PAGE.prose, re.MULTILINE)
    needs = {each for each, told in operations.items() if "Scope of the key: `admin`" in told["description"]}

    assert set(re.findall(r"`([A-Z]+) (\S+)`", row)) == needs


def test_all_filters_of_enrollments_are_named(operations: dict[tuple[str, str], dict[str, Any]]) -> None:
    """And no other."""
    [text] = re.findall(r"^List by (.*?), newest first", PAGE.prose, re.MULTILINE | re.DOTALL)
    named = re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", text))
    known = [each["name"] for each in operations["GET", "/v1/enrollments"]["parameters"]]

    assert named == [each for each in known if each not in ("limit", "cursor")]


def test_every_type_of_problem_is_in_the_table() -> None:
    """With its status, in the order of the catalogue."""
    rows = re.findall(r"^\| `(/problems/\S+)` \| (\d+) \|", PAGE.prose, re.MULTILINE)

    assert rows == [(f"{problems.PATH}{each.name}", str(each.status)) for each in problems.ALL]


def test_commands_in_the_text_exist(tmp_path: Path) -> None:
    """Those of `drumbeat` between backticks: what stands before words in capitals has a help page."""
    cli = CommandLine(tmp_path)
    named = [shlex.split(found[1]) for found in spans(r"drumbeat ([^`]+)")]
    groups = [[word for word in words if word.islower()] for words in named]

    assert groups
    for words in groups:
        assert cli(*words, "--help").status == 0, words
