"""Small pieces of JSON Schema (draft 2020-12, https://json-schema.org/draft/2020-12)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

Schema = dict[str, Any]

_NULL: Schema = {"type": "null"}
_ANNOTATIONS = ("title", "description", "default", "examples")


def described(description: str, schema: Schema, *examples: object, default: object = None) -> Schema:
    """A schema with what an editor says of it.

    Args:
        description: a sentence or two.
        schema: what the value must be.
        examples: values to offer.
        default: what holds where the key is absent, where that is a value.
    """
    said: Schema = {"description": description, **schema}
    if examples:
        said["examples"] = list(examples)
    if default is not None:
        said["default"] = default
    return said


def section(properties: Mapping[str, Schema], required: Collection[str] = (), **rules: object) -> Schema:
    """A mapping of known keys. Optional ones may stand there without a value, which counts as absent."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": {
            key: schema if key in required else _optional(schema) for key, schema in properties.items()
        },
        **rules,
    }


def _optional(schema: Schema) -> Schema:
    about = {key: value for key, value in schema.items() if key in _ANNOTATIONS}
    rest = {key: value for key, value in schema.items() if key not in _ANNOTATIONS}
    return {**about, "anyOf": [rest, _NULL]}


def names(pattern: str, value: Schema, **rules: object) -> Schema:
    """A mapping whose keys are free names."""
    return {
        "type": "object",
        "propertyNames": {"pattern": whole(pattern)},
        "additionalProperties": value,
        **rules,
    }


def ref(name: str) -> Schema:
    """What is defined under ``$defs``."""
    return {"$ref": f"#/$defs/{name}"}


def words(known: Sequence[str]) -> Schema:
    """One of some words."""
    return {"enum": list(map(str, known))}


def text(pattern: str | None = None) -> Schema:
    """A text, of a pattern as a whole where there is one."""
    return {"type": "string"} if pattern is None else {"type": "string", "pattern": whole(pattern)}


def whole(pattern: str) -> str:
    """A pattern that must fit all of a text."""
    return f"^(?:{pattern})$"


def filled() -> Schema:
    """A text that says something."""
    return {"type": "string", "pattern": r"\S"}


def integer(least: int, most: int) -> Schema:
    """A whole number between two."""
    return {"type": "integer", "minimum": least, "maximum": most}


def one_or_more(item: Schema) -> Schema:
    """A single value, or a list of at least one."""
    return {"anyOf": [item, {"type": "array", "minItems": 1, "items": item}]}


def given(key: str, *absent: str) -> Schema:
    """Of a mapping: it has a value for one key, and none for some others."""
    return {
        "required": [key],
        "properties": {key: {"not": _NULL}, **dict.fromkeys(absent, _NULL)},
    }
