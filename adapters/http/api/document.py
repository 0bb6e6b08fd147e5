"""The OpenAPI 3.1 document: what FastAPI makes of the handlers, and what the gate adds to each of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from adapters.http.api import idempotency, problems, trace
from adapters.http.api.campaign_inputs import DEFINITION
from adapters.http.api.examples import add_examples, problem_examples
from adapters.http.api.model_names import with_model_names
from adapters.http.api.operations import Operation

PREFIX = "/v1"
ABOUT = """\
Durable, exact outreach campaigns over SMS, e-mail and voice.

Every request under `/v1` brings a key, `Authorization: Bearer KEY`, which `drumbeat keys create` makes; it
belongs to a tenant and sees nothing of others. Its scopes are `read`, `write` and `admin`, and each allows
what the ones before it allow.

A POST may bring an `Idempotency-Key`: for 24 hours, the same key with the same request gets the same answer.
Lists come in pages: give the `next` of one as the `cursor` of the request for the next one. Times are
RFC 3339 in UTC. What goes wrong is told as a problem document (RFC 9457), whose `type` never changes.
"""
TAGS: Mapping[str, str] = {
    "contacts": "People who can be reached, by ids of your own.",
    "campaigns": "Versioned plans with their messages.",
    "enrollments": "Contacts on campaigns: one durable run each.",
    "batches": "Many enrollments at once, from a file.",
    "audiences": "Saved queries and lists of contacts.",
    "events": "What contacts do elsewhere, such as a purchase, which ends or routes their enrollments.",
    "suppressions": "Addresses that must not be contacted.",
    "handoffs": "Tasks for humans.",
    "schedules": "Enrolling an audience again and again, by cron, calendar or interval.",
    "templates": "What messages look like before they are sent.",
    "operations": "What whoever is on call asks.",
    "webhooks": "What providers call.",
    "links": "What people call by the links in their messages.",
    "problems": "What the `type` of a problem document refers to.",
    "probes": "What an orchestrator asks.",
}
"""Every tag there is, and what it is about."""

_ANY = problems.answers(
    problems.UNAUTHENTICATED,
    problems.FORBIDDEN,
    problems.INVALID,
    problems.TOO_MANY,
    problems.INTERNAL,
    problems.UNAVAILABLE,
)
_ANY_BODY = problems.answers(problems.TOO_LONG, problems.SLOW)
_ANY_TYPED_BODY = problems.answers(problems.MEDIA)
_ANY_POST = problems.answers(problems.KEY_REUSED, problems.KEY_IN_USE, problems.ERASED)

_KEY_PARAMETER = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": "A text of your own, drawn anew for each request, such as a UUID. Repeats of the request "
    "with the same key are carried out once and answered alike for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST, "pattern": "^[ -~]+$"},
    "example": "5e9f2a4c-6c0e-4c3d-9a57-0d4b3c1f8f11",
}
_INTEGER = {"type": "integer", "minimum": 0}
_HEADERS: Mapping[str, Mapping[str, Any]] = {
    trace.HEADER: {
        "description": "The id of the request, yours or one of ours; the log has it.",
        "schema": {"type": "string"},
        "example": "5e9f2a4c6c0e4c3d9a570d4b3c1f8f11",
    },
    "RateLimit-Limit": {
        "description": "How many requests there may be in a window; not there where nothing is limited.",
        "schema": _INTEGER,
        "example": 600,
    },
    "RateLimit-Remaining": {
        "description": "How many of them are left.",
        "schema": _INTEGER,
        "example": 599,
    },
    "RateLimit-Reset": {
        "description": "Seconds until there are more.",
        "schema": _INTEGER,
        "example": 60,
    },
    "Retry-After": {
        "description": "Seconds after which to come again.",
        "schema": _INTEGER,
        "example": 5,
    },
    idempotency.REPLAYED: {
        "description": "The request was carried out before under its key; this is what it was answered.",
        "schema": {"type": "string", "enum": ["true"]},
        "example": "true",
    },
}
_ALWAYS = (trace.HEADER, "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
_LATER = frozenset({"409", "429", "503"})
_NOT_KEPT = frozenset({"401", "403", "408", "429"})
_UNUSED = ("HTTPValidationError", "ValidationError")
"""FastAPI's own form of an error, which nobody gets here."""


def document(app: FastAPI, routes: Sequence[BaseRoute], public_url: str) -> dict[str, Any]:
    """The document of an app.

    Args:
        app: the app.
        routes: those of the API, which are among the app's.
        public_url: our address as programs call it.
    """
    made = get_openapi(
        title=app.title,
        version=app.version,
        description=ABOUT,
        routes=app.routes,
        servers=[{"url": public_url}],
    )
    _add_components(made.setdefault("components", {}))
    known = {route.name: Operation.of(route) for route in routes if isinstance(route, APIRoute)}
    for path, method, operation in _operations(made):
        if path.startswith(PREFIX + "/"):
            _complete(operation, method, known[operation["operationId"]])
        elif "HTTPValidationError" in str(operation["responses"].get("422")):
            del operation["responses"]["422"]  # texts of any form are taken, so there is none
    for _, _, operation in _operations(made):
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            add_examples(body.get("content", {}), made["components"]["schemas"])
    used = {tag for _, _, operation in _operations(made) for tag in operation.get("tags", ())}
    made["tags"] = [{"name": name, "description": TAGS[name]} for name in TAGS if name in used]
    return with_model_names(made)


def _operations(made: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


def _add_components(components: dict[str, Any]) -> None:
    schemas = components.setdefault("schemas", {})
    for unused in _UNUSED:
        schemas.pop(unused, None)
    made = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(made.pop("$defs", {}))
    schemas["Problem"] = made
    schemas[DEFINITION["title"]] = dict(DEFINITION)
    components["headers"] = dict(_HEADERS)
    components["examples"] = problem_examples()


def _complete(operation: dict[str, Any], method: str, known: Operation) -> None:
    """Add to an operation what the gate asks of its requests and adds to its answers."""
    if known.needs is not None:
        about = f"{operation.get('description', '')}\n\nScope of the key: `{known.needs.scope}`."
        operation["description"] = about.strip()
    if known.upload is not None:
        content = {
            media_type: {"schema": {"type": "string", "format": "binary"}, "example": example}
            for media_type, example in known.upload.media_types.items()
        }
        operation.setdefault("requestBody", {"required": True, "content": content})
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["schema"] = _not_null(content["schema"])
    more = dict(_ANY)
    if method not in ("get", "head"):
        more |= _ANY_BODY
    if "requestBody" in operation:
        more |= _ANY_TYPED_BODY
    if method == "post":
        more |= _ANY_POST
        operation.setdefault("parameters", []).append(_KEY_PARAMETER)
    answers = operation["responses"]
    for status, answer in more.items():
        answers[str(status)] = _both(answers.get(str(status)), answer)
    for status, answer in answers.items():
        answer["headers"] = answer.get("headers", {}) | _headers(status, method)


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A body that need not be there is left out, and is not null."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    return dict(kinds[0]) if len(kinds) == 1 else schema


def _both(own: Mapping[str, Any] | None, ours: Mapping[str, Any]) -> dict[str, Any]:
    """An answer that an operation has of its own (but for FastAPI's 422), and may get from the gate too."""
    if own is None or "HTTPValidationError" in str(own):
        return dict(ours)
    said = [part for part in own["description"].split("; ") if part not in ours["description"]]
    content = {
        media_type: {**each, "examples": own["content"][media_type]["examples"] | each["examples"]}
        for media_type, each in ours["content"].items()
    }
    return {**own, "description": "; ".join([*said, ours["description"]]), "content": content}


def _headers(status: str, method: str) -> dict[str, Any]:
    names = list(_ALWAYS)
    if status in _LATER:
        names.append("Retry-After")
    if method == "post" and status not in _NOT_KEPT and status < "500":
        names.append(idempotency.REPLAYED)
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
