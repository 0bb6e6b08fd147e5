"""Words by which a person steers us: leave me alone, go on again, who are you."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from attrs import field, frozen


class Keyword(StrEnum):
    """What a person can ask for with one word."""

    STOP = "stop"
    START = "start"
    HELP = "help"


Words = Mapping[Keyword, Collection[str]]

DEFAULT_WORDS: Mapping[Keyword, frozenset[str]] = {
    Keyword.STOP: frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"}),
    Keyword.START: frozenset({"START", "UNSTOP"}),
    Keyword.HELP: frozenset({"HELP", "INFO"}),
}
"""Twilio's default English lists (help article "Twilio support for opt-out keywords"); YES, which it takes
for START on some numbers, is left out: here it is an answer."""

WORDS: Mapping[str, Mapping[Keyword, frozenset[str]]] = {
    "en": DEFAULT_WORDS,
    "es": {
        Keyword.STOP: frozenset({"STOP", "BAJA", "CANCELAR", "ALTO"}),
        Keyword.START: frozenset({"START", "INICIO"}),
        Keyword.HELP: frozenset({"AYUDA", "INFO"}),
    },
    "fr": {
        Keyword.STOP: frozenset({"STOP", "ARRET"}),
        Keyword.START: frozenset({"START"}),
        Keyword.HELP: frozenset({"AIDE", "INFO"}),
    },
    "de": {
        Keyword.STOP: frozenset({"STOP", "STOPP", "ABMELDEN"}),
        Keyword.START: frozenset({"START"}),
        Keyword.HELP: frozenset({"HILFE", "INFO"}),
    },
    "pt": {
        Keyword.STOP: frozenset({"STOP", "SAIR"}),
        Keyword.START: frozenset({"START"}),
        Keyword.HELP: frozenset({"AJUDA", "INFO"}),
    },
    "it": {
        Keyword.STOP: frozenset({"STOP"}),
        Keyword.START: frozenset({"START"}),
        Keyword.HELP: frozenset({"AIUTO", "INFO"}),
    },
    "nl": {
        Keyword.STOP: frozenset({"STOP", "AFMELDEN"}),
        Keyword.START: frozenset({"START"}),
        Keyword.HELP: frozenset({"HELP", "INFO"}),
    },
}
"""By ISO 639 code. STOP and START are the trade's words in each of these languages. Beside them stand only
words in general use: ARRET and AIDE are what Canada's carriers require (AWS End User Messaging, "Required
opt-out keywords" and "French compliance keywords"), BAJA and CANCELAR what the Mobile Marketing Association
asks of senders in Spanish, ALTO and INICIO what US senders reserve beside them, SAIR what Brazil's carriers
take; STOPP, ABMELDEN and AFMELDEN are what German and Dutch senders ask for, and the words for HELP the
languages' own. Short on purpose: a word that is an answer in some campaign does harm here."""

LONGEST = 40
"""Characters in a word; a message is not looked at any closer where what it says is longer."""

_MARKS = re.compile(r"[\W_]*")
_WORD = re.compile(r"[^\W_]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def _spelled(words: Words) -> Mapping[Keyword, frozenset[str]]:
    """Attrs converter: each word as it is compared.

    Raises:
        ValueError: one is not a single word.
    """
    return {keyword: frozenset(map(_listed, listed)) for keyword, listed in words.items()}


@frozen
class Keywords:
    """The words that count.

    STOP itself always does, whatever is listed; and a word in two lists stops rather than starts or helps.

    Args:
        words: by what they ask for, in any spelling; the English ones unless others are given.

    Raises:
        ValueError: one of them is not a single word of letters and digits.
    """

    words: Mapping[Keyword, frozenset[str]] = field(default=DEFAULT_WORDS, converter=_spelled, hash=False)

    def of(self, text: str) -> Keyword | None:
        """What a message asks for: its only word, whatever its case, accents and surroundings, is listed.

        Args:
            text: the whole message, of any length.
        """
        word = _only_word(text)
        if word is None:
            return None
        if word == "STOP":
            return Keyword.STOP
        return next((keyword for keyword in Keyword if word in self.words.get(keyword, ())), None)

    @classmethod
    def of_languages(
        cls,
        languages: Iterable[str] = ("en",),
        own: Mapping[Keyword, Mapping[str, Collection[str]]] | None = None,
    ) -> "Keywords":
        """The words of several languages together.

        Args:
            languages: ISO 639 codes of `WORDS`, e.g. ``en``.
            own: lists by keyword and language, from `parse_words`. Such a list stands for the one in `WORDS`,
                and counts whether or not its language is among `languages`.

        Raises:
            ValueError: there are no words for a language, or what is listed is not a word.
        """
        own = own or {}
        words: dict[Keyword, set[str]] = {keyword: set() for keyword in Keyword}
        for keyword in Keyword:
            lists = own.get(keyword, {})
            for language in languages:
                words[keyword].update(() if language in lists else _built_in(language, own)[keyword])
            for listed in lists.values():
                words[keyword].update(listed)
        return cls(words)


def parse_languages(text: str) -> tuple[str, ...]:
    """Read a list of languages, e.g. ``en,de``.

    Raises:
        ValueError: there is none, or one is no code of two or three letters.
    """
    languages = tuple(_language(part) for part in text.split(",") if part.strip())
    if not languages:
        raise ValueError("must name at least one language, such as en or en,de")
    return languages


def parse_words(text: str) -> Mapping[str, frozenset[str]]:
    """Read lists of words by language, e.g. ``de:STOPP ABMELDEN;fr:ARRET``.

    Raises:
        ValueError: it is not of this form, a language comes twice, or what is listed is not a word.
    """
    lists: dict[str, frozenset[str]] = {}
    for part in filter(str.strip, text.split(";")):
        code, colon, listed = part.partition(":")
        if not colon:
            raise ValueError(f"must be LANGUAGE:WORD WORD;LANGUAGE:WORD, and {part.strip()!r} has no colon")
        language, words = _language(code), frozenset(map(_listed, listed.split()))
        if language in lists:
            raise ValueError(f"must name each language once, and {language} is there twice")
        if not words:
            raise ValueError(f"must give {language} at least one word")
        lists[language] = words
    return lists


def _built_in(
    language: str, own: Mapping[Keyword, Mapping[str, Collection[str]]]
) -> Mapping[Keyword, Collection[str]]:
    if language in WORDS:
        return WORDS[language]
    if language in own.get(Keyword.STOP, {}):  # a language of the sender's own needs no more than that
        return dict.fromkeys(Keyword, ())
    known = ", ".join(sorted(WORDS))
    raise ValueError(f"must be of {known}, or {language} needs stop words of its own")


def _language(text: str) -> str:
    code = text.strip().lower()
    if not _LANGUAGE.fullmatch(code):
        raise ValueError(f"must name languages by two or three letters (ISO 639), and {code!r} is not that")
    return code


def _listed(text: str) -> str:
    word = _only_word(text)
    if word is None:
        raise ValueError(f"must list single words of letters and digits, and {text!r} is not one")
    return word


def _only_word(text: str) -> str | None:
    """The only word of a text, as it is compared: without accents, in capitals."""
    begin = _end_of_marks(text)
    bare = text[begin : len(text) - _end_of_marks(text[::-1])]
    if len(bare) > LONGEST:  # decomposing what anybody sent takes its time
        return None
    parts = unicodedata.normalize("NFKD", bare)
    word = "".join(c for c in parts if not unicodedata.category(c).startswith("M")).upper()
    return word if _WORD.fullmatch(word) else None


def _end_of_marks(text: str) -> int:
    marks = _MARKS.match(text)
    return 0 if marks is None else marks.end()
