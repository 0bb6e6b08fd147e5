"""What the OpenAPI document shows works: every field is described, and every example is a good one."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import field, frozen
from jsonschema import Draft202012Validator

from tests.integration.api.seeds import TENANT, seed
from tests.integration.api.wired import PUBLIC_URL, wired_api

Json = dict[str, Any]


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Path, method and operation of all that is under ``/v1``."""
    for path, methods in document["paths"].items():
        if path.startswith("/v1/"):
            yield from ((path, method, operation) for method, operation in methods.items())


def bodies(document: Json) -> Iterator[tuple[str, Json]]:
    """Where it is, and what is said of it, for each body of a request or an answer, in each media type."""
    for _, _, operation in operations(document):
        answers = operation["responses"].items()
        for name, body in [("request", operation.get("requestBody", {})), *answers]:
            for media_type, content in body.get("content", {}).items():
                yield f"{operation['operationId']} {name} {media_type}", content


def examples(document: Json, said: Mapping[str, Any]) -> list[Any]:
    """The examples of a parameter or a body."""
    if "example" in said:
        return [said["example"]]
    named = said.get("examples", {})
    if isinstance(named, list):
        return named
    shared = document["components"]["examples"]
    return [
        (shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each)["value"]
        for each in named.values()
    ]


def faults(document: Json, schema: Mapping[str, Any], value: Any) -> list[str]:
    """What is wrong with a value."""
    validator = Draft202012Validator({**schema, "components": document["components"]})
    return [error.message for error in validator.iter_errors(value)]


def leads_to_a_model(schema: Mapping[str, Any]) -> bool:
    """Whether a field is a model, a list of one or a mapping to one, whose own fields have examples."""
    inner = (schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ()))
    return "$ref" in schema or any(isinstance(each, Mapping) and leads_to_a_model(each) for each in inner)


def test_every_parameter_is_described_with_a_good_example(document: Json) -> None:
    """Those in paths, queries and headers."""
    for _, _, operation in operations(document):
        for each in operation.get("parameters", ()):
            place, schema = f"{operation['operationId']} {each['name']}", each["schema"]
            shown = examples(document, each) or examples(document, schema)

            assert each.get("description"), place
            assert shown, place
            assert [fault for one in shown for fault in faults(document, schema, one)] == [], place


def test_every_field_is_described_with_a_good_example(document: Json) -> None:
    """Those of requests and of answers; a field that holds a model is explained by the model's own fields."""
    for model, schema in document["components"]["schemas"].items():
        assert schema.get("description") or "enum" in schema, model
        for name, each in schema.get("properties", {}).items():
            place, shown = f"{model}.{name}", each.get("examples", [])

            assert each.get("description"), place
            assert shown or leads_to_a_model(each), place
            assert [fault for one in shown for fault in faults(document, each, one)] == [], place


def test_every_body_has_a_good_example(document: Json) -> None:
    """Each of a request, an answer and a problem, as a whole."""
    for place, content in bodies(document):
        shown = examples(document, content)

        assert shown, place
        assert [fault for one in shown for fault in faults(document, content["schema"], one)] == [], place


@frozen
class Shown:
    """A request made of nothing but examples.

    Args:
        name: the operation's id.
        method: in upper case.
        path: filled in.
        query: the parameters that must be there.
        more: all parameters.
        body: the arguments for the client that make its body.
    """

    name: str
    method: str
    path: str
    query: Json
    more: Json
    body: Json = field(factory=dict)

    @property
    def rank(self) -> int:
        """What ends things comes after what needs them."""
        if self.method == "DELETE":
            return 3
        if self.path.endswith((":cancel", ":resolve")):
            return 2
        return 0 if self.method == "GET" else 1


def requests(document: Json) -> Iterator[Shown]:
    """A request for each body of each operation; one where there is no body."""
    for path, method, operation in operations(document):
        parameters = operation.get("parameters", ())
        values = {
            each["name"]: (examples(document, each) or examples(document, each["schema"]))[0]
            for each in parameters
        }
        names = {
            place: [each["name"] for each in parameters if each["in"] == place] for place in ("path", "query")
        }
        must = [each["name"] for each in parameters if each["in"] == "query" and each.get("required")]
        for body in _bodies(document, operation):
            yield Shown(
                operation["operationId"],
                method.upper(),
                path.format(**{name: values[name] for name in names["path"]}),
                {name: values[name] for name in must},
                {name: values[name] for name in names["query"]},
                body,
            )


def _bodies(document: Json, operation: Json) -> Iterator[Json]:
    contents = operation.get("requestBody", {}).get("content", {})
    if not contents:
        yield {}
    for media_type, content in contents.items():
        schemas = [*content["schema"].get("anyOf", ()), content["schema"]]
        models = [
            document["components"]["schemas"][each["$ref"].rpartition("/")[2]]
            for each in schemas
            if "$ref" in each
        ]
        for one in [
            *examples(document, content),
            *(each for model in models for each in model.get("examples", ())),
        ]:
            if isinstance(one, str):
                yield {"content": one, "headers": {"Content-Type": media_type}}
            else:
                yield {"json": one, "headers": {"Content-Type": media_type}}


@pytest.mark.parametrize("complete", [False, True], ids=["what must be there", "every parameter"])
async def test_every_example_is_accepted(document: Json, tmp_path: Path, *, complete: bool) -> None:
    """A request made of examples does what it is for, where there are the things that it names."""
    async with wired_api(tmp_path) as api:
        key = await api.key(TENANT)
        transport, headers = httpx.ASGITransport(api.app), {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL, headers=headers) as client:
            await seed(api.container.database(), client)
            for shown in sorted(requests(document), key=lambda each: each.rank):
                query = shown.more if complete else shown.query
                answer = await client.request(shown.method, shown.path, params=query, **shown.body)

                assert answer.is_success, (shown, answer.text)
