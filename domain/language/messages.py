"""Messages: those of steps, and the named ones of the section ``templates``."""

from collections.abc import Mapping

from attrs import frozen

from domain.campaign import Message
from domain.language import words
from domain.language.sections import Path, Section, text
from domain.limits import KEY, LANGUAGE
from domain.wording import nearest, shown

_LIKE_A_KEY = "use a-z, 0-9, - and _, beginning with a letter, at most 40 characters"
_LIKE_A_TAG = "use a language tag in lower case, such as de or pt-br"


@frozen
class Templates:
    """The named messages.

    Args:
        messages: name to message.
        complete: whether all could be read; if not, any other name may be meant, too.
    """

    messages: Mapping[str, Message]
    complete: bool

    def name(self, value: object) -> str:
        """Read the name of a template.

        Raises:
            ValueError: there is none of that name.
        """
        name = text(value)
        if name not in self.messages and self.complete:
            known = nearest(name, self.messages) if self.messages else "there are none under templates"
            raise ValueError(f"there is no template {shown(name)}; {known}")
        return name


def read_templates(top: Section) -> Templates:
    """Read the section."""
    known = len(top.problems)
    section = top.names("templates", KEY, _LIKE_A_KEY)
    complete = len(top.problems) == known
    messages = {name: _read(section.values[name], (*section.path, name), section) for name in section.values}
    return Templates(messages, complete)


def read_message(step: Section) -> Message:
    """The message that stands in a step itself; an empty one where there is none."""
    return _read(step.values.get("message", {}), (*step.path, "message"), step)


def _read(value: object, path: Path, around: Section) -> Message:
    section = Section.open(value, path, words.MESSAGE, around.problems)
    languages = section.names("languages", LANGUAGE, _LIKE_A_TAG)
    variants = {
        tag: _parts(Section.open(words_in, (*languages.path, tag), words.VARIANT, around.problems))
        for tag, words_in in languages.values.items()
    }
    return _parts(section, variants)


def _parts(section: Section, languages: Mapping[str, Message] | None = None) -> Message:
    return Message(
        text=section.take("text", text, ""),
        subject=section.take("subject", text, None),
        html=section.take("html", text, None),
        mjml=section.take("mjml", text, None),
        languages=languages or {},
    )
