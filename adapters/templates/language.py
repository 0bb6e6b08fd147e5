"""What a template may hold: names, filters and conditions of Jinja, and nothing else of it.

Every syntax node, filter and test is on a list, and there are no loops, calls, attributes or arithmetic, so a
template cannot reach into Python and its output cannot grow beyond its text and the contact's data. The
immutable sandbox of Jinja stays around it as a second wall.
"""

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from application.errors import TemplateFault

MAX_LENGTH = 200_000
"""How many characters a template may have, and what comes of it."""

_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Filter, nodes.Test,
    nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Keyword,
    nodes.Tuple, nodes.List,
)  # fmt: skip
_FILTERS = (
    "capitalize", "d", "default", "e", "escape", "first", "int", "last", "length", "lower", "title", "trim",
    "truncate", "upper", "urlencode",
)  # fmt: skip

_WORDS = {
    "Call": "a call such as x.upper()",
    "Getattr": "an attribute such as x.y",
    "Getitem": "an item such as x[0]",
    "For": "a loop",
    "Assign": "an assignment",
    "AssignBlock": "an assignment",
    "Include": "another template",
    "Extends": "another template",
    "Import": "another template",
    "FromImport": "another template",
    **dict.fromkeys(("Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow", "Neg", "Pos"), "arithmetic"),
    "Concat": "joining with ~",
}
"""What people call the syntax nodes that they are likely to try."""


def environment(*, html: bool) -> ImmutableSandboxedEnvironment:
    """The engine, with strict undefined names.

    Args:
        html: whether it escapes the data for HTML.
    """
    result = ImmutableSandboxedEnvironment(autoescape=html, undefined=StrictUndefined)
    result.globals.clear()
    result.filters = {name: result.filters[name] for name in _FILTERS}
    return result


def parsed(engine: ImmutableSandboxedEnvironment, source: str) -> nodes.Template:
    """The syntax tree of a template that holds only what is on the lists.

    Raises:
        TemplateFault: it is too long, malformed, or uses what templates here do not have.
        RecursionError: it is nested too deeply.
    """
    if len(source) > MAX_LENGTH:
        raise TemplateFault(f"it has more than {MAX_LENGTH} characters")
    try:
        tree = engine.parse(source)
    except TemplateSyntaxError as error:
        raise TemplateFault(f"{(error.message or '').rstrip('.')}, on its line {error.lineno}") from None
    for node in tree.find_all(nodes.Node):
        if wrong := _refused(node, engine):
            raise TemplateFault(f"{wrong}, on its line {node.lineno or 1}")
    return tree


def _refused(node: nodes.Node, engine: ImmutableSandboxedEnvironment) -> str | None:
    match node:
        case nodes.Filter() if node.name not in _FILTERS:
            return f"there is no filter {node.name!r} (there are {', '.join(_FILTERS)})"
        case nodes.Test() if node.name not in engine.tests:
            return f"there is no test {node.name!r}"
        case nodes.Const(value=str(text)) if not _is_text(text):
            return "there is a character that no text can have: NUL, or half of a surrogate pair"
        case nodes.Name() if node.name == "self":
            return "'self' is a word of Jinja, not of the contact"
        case _ if not isinstance(node, _NODES):
            what = _WORDS.get(type(node).__name__, type(node).__name__)
            return f"{what} is not possible here: there are names, filters and conditions"
        case _:
            return None


def _is_text(text: str) -> bool:
    return not any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in text)
