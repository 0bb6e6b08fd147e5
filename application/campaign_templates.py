"""Where the templates of a campaign definition stand."""

from collections.abc import Iterator, Mapping

from attrs import frozen

Path = tuple[str | int, ...]

_PARTS = ("subject", "text", "html", "mjml")


@frozen
class TemplatePlace:
    """One template.

    Args:
        path: where it stands in the definition.
        value: what stands there; not always text.
        in_message: whether it is part of a message; if not, it is the summary of handoffs.
    """

    path: Path
    value: object
    in_message: bool = True

    @property
    def is_mjml(self) -> bool:
        """Whether it is MJML."""
        return self.in_message and self.path[-1] == "mjml"


def template_places(definition: object) -> Iterator[TemplatePlace]:
    """Every place of a definition where a template can stand, and does: of messages in every language.

    Args:
        definition: data of any shape.
    """
    steps = _at(definition, "steps")
    for index, step in enumerate(steps if isinstance(steps, (list, tuple)) else ()):
        yield from _message(("steps", index, "message"), _at(step, "message"))
    for name, message in _items(_at(definition, "templates")):
        yield from _message(("templates", name), message)
    summary = _at(_at(definition, "handoff"), "summary")
    if summary is not None:
        yield TemplatePlace(("handoff", "summary"), summary, in_message=False)


def message_path(definition: Mapping[str, object], index: int) -> Path:
    """Where the message of a step stands: at the step, or under ``templates``.

    Args:
        definition: one that could be read.
        index: the step's, from 0.
    """
    steps = definition["steps"]
    name = _at(steps[index], "template") if isinstance(steps, (list, tuple)) else None
    return ("templates", name) if isinstance(name, str) else ("steps", index, "message")


def _message(path: Path, message: object) -> Iterator[TemplatePlace]:
    yield from _parts(path, message)
    for tag, variant in _items(_at(message, "languages")):
        yield from _parts((*path, "languages", tag), variant)


def _parts(path: Path, message: object) -> Iterator[TemplatePlace]:
    for part in _PARTS:
        value = _at(message, part)
        if value is not None:
            yield TemplatePlace((*path, part), value)


def _at(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, Mapping) else None


def _items(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from ((key, item) for key, item in value.items() if isinstance(key, str))
