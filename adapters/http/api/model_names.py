"""The names of models in the OpenAPI document; generated programs have classes of these names."""

from collections.abc import Mapping
from typing import Any

_NAMES = {
    "Action": "NextAction",
    "Outcome": "EnrollmentOutcome",
    "Overlap": "ScheduleOverlap",
    "Standing": "EnrollmentStatus",
}
"""Words that are clear where they are used within the program, and not in the package of a client."""
_PAGE = "Page_"
"""What FastAPI calls pages begins so; their titles are the better names."""


def with_model_names(made: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the names of models that programs are generated with."""
    names = _names(made["components"]["schemas"])
    named: dict[str, Any] = _renamed(made, names)
    schemas = named["components"]["schemas"]
    for old, new in names.items():
        if old in schemas:
            schemas[new] = schemas.pop(old) | {"title": new}
    return named


def _names(schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What models are called in the document, by what they are called in the program, where that differs."""
    return _NAMES | {name: schema["title"] for name, schema in schemas.items() if name.startswith(_PAGE)}


def _renamed(made: Any, names: Mapping[str, str]) -> Any:
    """A part of the document that refers to models by their names there."""
    if isinstance(made, list):
        return [_renamed(each, names) for each in made]
    if not isinstance(made, dict):
        return made
    renamed = {name: _renamed(each, names) for name, each in made.items()}
    if isinstance(made.get("$ref"), str):
        place, _, name = made["$ref"].rpartition("/")
        renamed["$ref"] = f"{place}/{names.get(name, name)}"
    return renamed
