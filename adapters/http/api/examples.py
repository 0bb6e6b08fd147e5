"""Examples of whole bodies in the OpenAPI document, made of those that stand at the fields of the models.

A model whose fields do not go together as they are (one of two, say) has examples of its own.
"""

from collections.abc import Mapping
from typing import Any

from adapters.http.api.problems import ALL, ProblemType

Json = dict[str, Any]


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Mapping[str, Any]]) -> Any:
    """An example of what a schema describes; None where nothing else is known.

    Args:
        schema: as it stands in the document.
        schemas: those that are referred to, by name.
    """
    if examples := schema.get("examples"):
        return examples[0]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], schemas)
    if "items" in schema:
        return [example_of(schema["items"], schemas)]
    if "properties" in schema:
        return {name: example_of(each, schemas) for name, each in schema["properties"].items()}
    if values := schema.get("enum"):
        return values[0]
    return None


def add_examples(contents: Mapping[str, Json], schemas: Mapping[str, Mapping[str, Any]]) -> None:
    """Give every body that has a schema and no example one.

    Args:
        contents: the bodies, by media type.
        schemas: those that are referred to, by name.
    """
    for content in contents.values():
        if not content.keys() & {"example", "examples"}:
            example = example_of(content.get("schema", {}), schemas)
            content |= {} if example is None else {"example": example}


def problem_examples() -> dict[str, Json]:
    """An example of a problem document for each type that there is, by its name."""
    return {each.name: {"summary": each.title, "value": _problem(each)} for each in ALL}


def _problem(type: ProblemType) -> Json:  # noqa: A002 - the member's name in RFC 9457
    return {
        "type": type.reference,
        "title": type.title,
        "status": type.status,
        "detail": f"{type.title}.",
    }
