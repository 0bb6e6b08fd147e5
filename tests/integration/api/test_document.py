"""The OpenAPI document of the whole API is complete."""

from collections.abc import Iterator
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.integration.api.wired import PUBLIC_URL

ALWAYS = {"Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}


def operations(document: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Each method and operation below a path."""
    for path, methods in document["paths"].items():
        if path.startswith(prefix):
            yield from methods.items()


def test_the_document_is_openapi(document: dict[str, Any]) -> None:
    """It holds to the meta schema of 3.1; its examples and defaults hold to their schemas."""
    assert document["openapi"].startswith("3.1")
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    assert document["servers"] == [{"url": PUBLIC_URL}]


def test_every_operation_is_named_and_explained(document: dict[str, Any]) -> None:
    """By an id of its own, a summary, and a tag that is explained too."""
    found = [operation for _, operation in operations(document)]
    ids = [operation["operationId"] for operation in found]
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}

    assert len(set(ids)) == len(ids)
    assert all(operation["summary"] and operation["description"] for operation in found)
    assert {tag for operation in found for tag in operation["tags"]} == set(tags)
    assert all(tags.values())


def test_every_operation_of_the_api_says_what_the_gate_does(document: dict[str, Any]) -> None:
    """It needs a key, and may answer what the gate may; each problem has the form of one."""
    for method, operation in operations(document, "/v1/"):
        name = operation["operationId"]
        answers = operation["responses"]
        wanted = {"401", "403", "422", "429", "500", "503"}
        wanted |= {"408", "413"} if method != "get" else set()
        wanted |= {"415"} if "requestBody" in operation else set()
        wanted |= {"409", "410"} if method == "post" else set()

        assert operation["security"] == [{"ApiKey": []}], name
        assert wanted <= set(answers), name
        for status, answer in answers.items():
            assert set(answer["headers"]) >= ALWAYS, (name, status)
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], (name, status)


def test_every_post_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    """And no other operation does."""
    for method, operation in operations(document, "/v1/"):
        names = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "header"]

        assert names == (["Idempotency-Key"] if method == "post" else []), operation["operationId"]


def test_what_fastapi_would_say_is_not_in_it(document: dict[str, Any]) -> None:
    """Errors have one form; it is given with examples."""
    schemas = document["components"]["schemas"]

    assert "HTTPValidationError" not in str(document)
    assert "ValidationError" not in schemas
    assert {example["status"] for example in schemas["Problem"]["examples"]} == {404, 422}
