"""Message templates in a small part of Jinja (`adapters.templates.language`), HTML also by way of MJML."""

from collections.abc import Iterable, Mapping
from enum import Enum

from attrs import frozen
from jinja2 import Template, UndefinedError, meta

from adapters.templates.cache import BoundedCache
from adapters.templates.language import MAX_LENGTH, environment, parsed
from adapters.templates.mjml import compile_mjml
from adapters.templates.needs import needed_names
from adapters.templates.plain_text import plain_text
from application.errors import TemplateFault
from application.ports.messaging import Content
from application.ports.rendering import NO_LINKS
from domain.campaign import Message
from domain.contact import Contact

CACHED = 4096
"""How many compiled templates are kept."""

CACHED_LENGTH = 4_000_000
"""How many characters they may have together; compiled, one takes up to 15 bytes."""


class _Kind(Enum):
    TEXT = "text"
    HTML = "html"
    MJML = "mjml"


@frozen
class _Compiled:
    """A template, ready to be filled in.

    Args:
        template: of Jinja.
        source: what it was compiled from: of MJML, the HTML that came of it.
        used: every name in it.
        needed: the names that it cannot do without.
    """

    template: Template
    source: str
    used: frozenset[str]
    needed: frozenset[str]

    @property
    def size(self) -> int:
        return len(self.source)


class JinjaRenderer:
    """Renders with the contact's attributes, and its external_id, phone, email and timezone, as names.

    What a contact does not have is not defined: a template that needs it fails, and one that can do without
    says so with ``default``.
    """

    def __init__(self) -> None:
        self._plain = environment(html=False)
        self._escaping = environment(html=True)
        self._cache: BoundedCache[tuple[_Kind, str], _Compiled] = BoundedCache(CACHED, CACHED_LENGTH)

    def message(self, message: Message, contact: Contact, links: Mapping[str, str] = NO_LINKS) -> Content:
        """Render all parts in the contact's language; the subject is one line.

        Only the HTML part escapes the contact's data. Where there is an HTML part and no text,
        the text is made from it.

        Raises:
            TemplateFault: a part names something that the contact does not have, or cannot be rendered.
        """
        names = {**contact.known, **links}
        words = message.in_language(contact.known.get("language"))
        html = self._html(words, names)
        if words.text.strip() or html is None:
            text = self._render("text", words.text, names)
        else:
            text = plain_text(html)
        if not text.strip():
            raise TemplateFault("the text is empty for this contact")
        subject = None if words.subject is None else self._render("subject", words.subject, names)
        return Content(text, None if subject is None else _one_line(subject), html)

    def line(self, template: str, contact: Contact) -> str:
        """Render one line of text.

        Raises:
            TemplateFault: as above.
        """
        return _one_line(self._render("line", template, contact.known))

    def variables(self, template: str) -> frozenset[str]:
        """The names that a template uses; for checking it before anybody is enrolled.

        Raises:
            TemplateFault: it is malformed, or uses what templates here do not have.
        """
        return self._compile(_Kind.TEXT, template).used

    def needed(self, template: str) -> frozenset[str]:
        """The names that must have a value: all but those with a ``default`` or tested with ``is defined``.

        Raises:
            TemplateFault: as for `variables`.
        """
        return self._compile(_Kind.TEXT, template).needed

    def mjml(self, template: str) -> str:
        """The HTML template that comes of an MJML one.

        Raises:
            TemplateFault: it is malformed, or cannot be compiled; with what the compiler says.
        """
        return self._compile(_Kind.MJML, template).source

    def _html(self, words: Message, names: Mapping[str, str]) -> str | None:
        if words.mjml is not None:
            return self._render("mjml", words.mjml, names, _Kind.MJML)
        return None if words.html is None else self._render("html", words.html, names, _Kind.HTML)

    def _render(self, part: str, source: str, names: Mapping[str, str], kind: _Kind = _Kind.TEXT) -> str:
        try:
            return _joined(self._compile(kind, source).template.generate(names))
        except UndefinedError as error:
            # Jinja's message is "'NAME' is undefined": it tells the name and no data.
            raise TemplateFault(f"the {part} cannot be rendered: {error.message} for this contact") from None
        except _TooLong:
            raise TemplateFault(f"the {part} comes to more than {MAX_LENGTH} characters") from None
        except TemplateFault as error:
            raise TemplateFault(f"the {part} is malformed: {error}") from None
        except Exception as error:
            # What a filter raises may quote the contact's data: its type is told, and no cause is chained.
            raise TemplateFault(f"the {part} cannot be rendered: {type(error).__name__}") from None

    def _compile(self, kind: _Kind, source: str) -> _Compiled:
        return self._cache.get((kind, source), lambda: self._compiled(kind, source), lambda made: made.size)

    def _compiled(self, kind: _Kind, source: str) -> _Compiled:
        engine = self._plain if kind is _Kind.TEXT else self._escaping
        try:
            tree = parsed(engine, source)
            if kind is _Kind.MJML:
                source = compile_mjml(engine, source)
                tree = parsed(engine, source)
            # The code generator changes the tree, so it is read before.
            used, needed = frozenset(meta.find_undeclared_variables(tree)), needed_names(tree)
            return _Compiled(engine.from_string(tree), source, used, needed)
        except (RecursionError, SyntaxError, MemoryError):
            # Jinja's parser and code generator recurse, and Python limits the nesting of what they generate.
            raise TemplateFault("it is nested too deeply") from None
        except ValueError:
            # What is constant is worked out already, and Python limits how long a number may be written.
            raise TemplateFault("it comes to a number that is too long") from None


class _TooLong(Exception):
    """More comes of a template than may."""


def _joined(pieces: Iterable[str]) -> str:
    """The pieces together: no more of them are made than may come of a template."""
    made, length = [], 0
    for piece in pieces:
        made.append(piece)
        length += len(piece)
        if length > MAX_LENGTH:
            raise _TooLong
    return "".join(made)


def _one_line(text: str) -> str:
    # A line break in a subject would begin another header of the e-mail (RFC 5322, 2.2).
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
