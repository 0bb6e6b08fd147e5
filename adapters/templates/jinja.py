"""Message templates in Jinja, cut down to what a message needs: names, filters and conditions.

Every syntax node, filter and test is on a list, and there are no loops, calls, attributes or arithmetic, so a
template cannot reach into Python and its output cannot grow beyond its text and the contact's data. The
immutable sandbox of Jinja stays around it as a second wall.
"""

from collections.abc import Mapping
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from application.errors import TemplateFault
from application.ports.messaging import Content
from domain.campaign import Message
from domain.contact import Contact

MAX_LENGTH = 200_000
"""How many characters a template may have, and what comes of it."""

CACHED = 1024
"""How many compiled templates are kept."""

_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Filter, nodes.Test,
    nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Keyword,
    nodes.Tuple, nodes.List,
)  # fmt: skip
_FILTERS = (
    "capitalize", "d", "default", "e", "escape", "first", "int", "last", "length", "lower", "title", "trim",
    "truncate", "upper", "urlencode",
)  # fmt: skip


def _environment(*, html: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(autoescape=html, undefined=StrictUndefined)
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    return environment


class JinjaRenderer:
    """Renders with the contact's attributes, and its external_id, phone, email and timezone, as names.

    What a contact does not have is not defined: a template that needs it fails, and one that can do without
    says so with ``default``.
    """

    def __init__(self) -> None:
        self._text = _environment(html=False)
        self._html = _environment(html=True)
        self._compile = lru_cache(CACHED)(_compiled)

    def message(self, message: Message, contact: Contact) -> Content:
        """Render all parts; only the HTML part escapes the contact's data, and the subject is one line.

        Raises:
            TemplateFault: a part names something that the contact does not have, or cannot be rendered.
        """
        names = _names(contact)
        text = self._render("text", message.text, names)
        if not text.strip():
            raise TemplateFault("the text is empty for this contact")
        subject = None if message.subject is None else self._render("subject", message.subject, names)
        html = None if message.html is None else self._render("html", message.html, names, html=True)
        return Content(text, subject if subject is None else _one_line(subject), html)

    def line(self, template: str, contact: Contact) -> str:
        """Render one line of text.

        Raises:
            TemplateFault: as above.
        """
        return _one_line(self._render("line", template, _names(contact)))

    def variables(self, template: str) -> frozenset[str]:
        """The names that a template uses; for checking it before anybody is enrolled.

        Raises:
            TemplateFault: it is malformed, or uses what templates here do not have.
        """
        self._compile(template, self._text)
        return frozenset(meta.find_undeclared_variables(_parsed(self._text, template)))

    def _render(self, part: str, source: str, names: Mapping[str, str], *, html: bool = False) -> str:
        try:
            result = self._compile(source, self._html if html else self._text).render(names)
        except UndefinedError as error:
            # Jinja's message is "'NAME' is undefined": it tells the name and no data.
            raise TemplateFault(f"the {part} cannot be rendered: {error.message} for this contact") from None
        except TemplateFault as error:
            raise TemplateFault(f"the {part} is malformed: {error}") from None
        except Exception as error:
            # What a filter raises may quote the contact's data: its type is told, and no cause is chained.
            raise TemplateFault(f"the {part} cannot be rendered: {type(error).__name__}") from None
        if len(result) > MAX_LENGTH:
            raise TemplateFault(f"the {part} comes to more than {MAX_LENGTH} characters")
        return result


def _compiled(source: str, environment: ImmutableSandboxedEnvironment) -> Template:
    try:
        return environment.from_string(_parsed(environment, source))
    except (RecursionError, SyntaxError, MemoryError):
        # Jinja's parser and code generator recurse, and Python limits the nesting of what they generate.
        raise TemplateFault("it is nested too deeply") from None


def _parsed(environment: ImmutableSandboxedEnvironment, source: str) -> nodes.Template:
    if len(source) > MAX_LENGTH:
        raise TemplateFault(f"it has more than {MAX_LENGTH} characters")
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        raise TemplateFault(f"{error.message}, on its line {error.lineno}") from None
    for node in tree.find_all(nodes.Node):
        if wrong := _refused(node, environment):
            raise TemplateFault(f"{wrong}, on its line {node.lineno}")
    return tree


def _refused(node: nodes.Node, environment: ImmutableSandboxedEnvironment) -> str | None:
    match node:
        case nodes.Filter() if node.name not in _FILTERS:
            return f"there is no filter {node.name!r} (there are {', '.join(_FILTERS)})"
        case nodes.Test() if node.name not in environment.tests:
            return f"there is no test {node.name!r}"
        case nodes.Name() if node.name == "self":
            return "'self' is a word of Jinja, not of the contact"
        case _ if not isinstance(node, _NODES):
            return f"{type(node).__name__} is not possible here"
        case _:
            return None


def _names(contact: Contact) -> Mapping[str, str]:
    known = {
        "external_id": contact.external_id,
        "phone": contact.phone,
        "email": contact.email,
        "timezone": contact.timezone,
    }
    return {**contact.attributes, **{name: value for name, value in known.items() if value is not None}}


def _one_line(text: str) -> str:
    # A line break in a subject would begin another header of the e-mail (RFC 5322, 2.2).
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
