"""The running API holds to its document, whatever it is sent; ``long_run`` sends more."""

import re
from typing import Any

import pytest

from tests.fakes.api_process import ApiProcess
from tests.integration.api.schemathesis_run import run_schemathesis

EXAMPLES = 2
"""Of each operation that are drawn, besides those of the document and some thousand cases at the edges."""


@pytest.mark.timeout(300)
async def test_the_api_holds_to_its_document(running_api: ApiProcess, document: dict[str, Any]) -> None:
    """No 5xx, and nothing that is not documented; good requests are taken, bad ones and bad keys are not."""
    ended = await run_schemathesis(
        running_api,
        *(
            "--phases",
            "examples,coverage,fuzzing,stateful",
            "--max-examples",
            str(EXAMPLES),
            "--generation-deterministic",
        ),
    )

    assert ended.status == 0, ended.output + running_api.log
    selected = [int(number) for number in re.findall(r"(?:Selected|Tested): (\d+)", ended.output)]
    assert selected == [len(operations(document))] * 2, ended.output


def operations(document: dict[str, Any]) -> list[str]:
    """The ids of all operations of the API."""
    return [
        operation["operationId"]
        for path, methods in document["paths"].items()
        for operation in methods.values()
        if path.startswith("/v1/")
    ]
