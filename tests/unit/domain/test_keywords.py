"""Which messages are a wish: to be left alone, to hear from us again, or to know who we are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.keywords import DEFAULT_WORDS, WORDS, Keyword, Keywords, parse_languages, parse_words
from tests.unit.domain.strategies import thorough

ENGLISH = Keywords()
_SURROUNDINGS = st.text(
    st.sampled_from(" \t\r\n.!?,;:'\"*_-()«»“”…\ufeff\u00a0\N{OCTAGONAL SIGN}"), max_size=60
)


@pytest.mark.parametrize(
    "text",
    [
        *sorted(DEFAULT_WORDS[Keyword.STOP]),
        "stop",
        " Stop \n",
        "STOP.",
        "Stop!!!",
        "“Stop”",
        "«stop»",
        "STOP\u00a0",
        "\ufeffstop",
        "stop \N{OCTAGONAL SIGN}",
        "...stop...",
        "_stop_",
        "unsubscribe\r\n",
        "\uff33\uff34\uff2f\uff30",
        "stóp",
        pytest.param("!" * 100_000 + "stop" + "." * 100_000, id="many marks"),
    ],
)
def test_a_stop_word_by_itself_stops(text: str) -> None:
    """A stop word counts in any case and whatever marks stand around it."""
    assert ENGLISH.of(text) is Keyword.STOP


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "!",
        "stop it",
        "please stop",
        "don't stop",
        "stop by at 5?",
        "stopp",
        "nonstop",
        "st op",
        "s.t.o.p",
        "yes",
        "\N{OCTAGONAL SIGN}",
        "停止",
        pytest.param("stop" * 1000, id="long"),
        pytest.param("e\u0300\u0316" * 100_000 + "e", id="many accents"),
    ],
)
def test_anything_else_is_a_reply(text: str) -> None:
    """A stop word inside a sentence or another word does not count."""
    assert ENGLISH.of(text) is None


@pytest.mark.parametrize(
    ("text", "asks"),
    [("Start", Keyword.START), ("unstop.", Keyword.START), ("HELP", Keyword.HELP), ("info?", Keyword.HELP)],
)
def test_the_other_wishes_are_words_too(text: str, asks: Keyword) -> None:
    """START and HELP are told in the same way."""
    assert ENGLISH.of(text) is asks


@pytest.mark.parametrize(
    ("language", "text", "asks"),
    [
        ("es", "Baja", Keyword.STOP),
        ("es", "¡Alto!", Keyword.STOP),
        ("es", "inicio", Keyword.START),
        ("es", "¿Ayuda?", Keyword.HELP),
        ("fr", "ARRÊT", Keyword.STOP),
        ("fr", "arre\u0302t", Keyword.STOP),
        ("fr", "arret", Keyword.STOP),
        ("fr", "Aide", Keyword.HELP),
        ("de", "Stopp!", Keyword.STOP),
        ("de", "abmelden", Keyword.STOP),
        ("de", "Hilfe", Keyword.HELP),
        ("pt", "sair", Keyword.STOP),
        ("pt", "ajuda", Keyword.HELP),
        ("it", "aiuto", Keyword.HELP),
        ("nl", "afmelden", Keyword.STOP),
    ],
)
def test_each_language_has_words_of_its_own(language: str, text: str, asks: Keyword) -> None:
    """They count where the language is chosen, and only there."""
    assert Keywords.of_languages([language]).of(text) is asks
    assert ENGLISH.of(text) is None


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_trades_words_count_in_every_language(language: str) -> None:
    """STOP and START are understood whatever the language, and each one has a word for help."""
    keywords = Keywords.of_languages([language])

    assert (keywords.of("Stop"), keywords.of("Start")) == (Keyword.STOP, Keyword.START)
    assert keywords.words[Keyword.HELP]


def test_no_built_in_word_stands_in_two_lists() -> None:
    """With all languages at once, every word still asks for what its own list says."""
    everything = Keywords.of_languages(WORDS)

    for words in WORDS.values():
        for keyword, listed in words.items():
            assert {everything.of(word) for word in listed} == {keyword}


def test_languages_add_up() -> None:
    """People who write to one number do not all speak the same language."""
    keywords = Keywords.of_languages(["en", "de"])

    assert [keywords.of(word) for word in ("unsubscribe", "abmelden", "arret")] == [
        Keyword.STOP,
        Keyword.STOP,
        None,
    ]


def test_an_own_list_stands_for_the_built_in_one() -> None:
    """CANCEL may be an answer about an appointment; the other lists of the language stay."""
    keywords = Keywords.of_languages(["en"], {Keyword.STOP: {"en": ["Halt!"]}})

    assert [keywords.of(word) for word in ("halt", "cancel", "stop", "help")] == [
        Keyword.STOP,
        None,
        Keyword.STOP,
        Keyword.HELP,
    ]


@pytest.mark.parametrize("languages", [["en"], ["en", "sv"]])
def test_an_own_list_may_be_of_any_language(languages: list[str]) -> None:
    """It counts whether or not its language is named beside the others."""
    keywords = Keywords.of_languages(languages, {Keyword.STOP: {"sv": ["SLUTA"], "hi": ["रोकें"]}})

    assert [keywords.of(word) for word in ("Sluta", "रोकें", "stop")] == [Keyword.STOP] * 3


def test_stop_outweighs_the_other_lists() -> None:
    """Whoever may have asked to be left alone is left alone."""
    keywords = Keywords({Keyword.STOP: ["basta"], Keyword.START: ["stop", "basta"], Keyword.HELP: ["basta"]})

    assert [keywords.of(word) for word in ("basta", "stop")] == [Keyword.STOP, Keyword.STOP]


@pytest.mark.parametrize(
    ("text", "lists"),
    [
        ("", {}),
        ("de:STOPP ABMELDEN;fr:ARRÊT", {"de": {"STOPP", "ABMELDEN"}, "fr": {"ARRET"}}),
        (" DE : stopp  ;; ", {"de": {"STOPP"}}),
        ("en:stop stop.", {"en": {"STOP"}}),
    ],
)
def test_lists_are_read_from_text(text: str, lists: dict[str, set[str]]) -> None:
    """Languages are parted by semicolons, words by spaces."""
    assert parse_words(text) == lists


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("STOP", "'STOP' has no colon"),
        ("de:STOPP;fr", "'fr' has no colon"),
        ("german:STOPP", "'german' is not that"),
        (":STOPP", "'' is not that"),
        ("de:STOPP;DE:HALT", "de is there twice"),
        ("de:", "give de at least one word"),
        ("de:stop! opt-out", "'opt-out' is not one"),
        ("de:!", "'!' is not one"),
        ("de:" + "x" * 41, "is not one"),
        ("de:STOPP,ABMELDEN", "'STOPP,ABMELDEN' is not one"),
    ],
)
def test_a_list_that_cannot_be_read_says_why(text: str, fault: str) -> None:
    """The sentence names the part that is wrong and what would be right."""
    with pytest.raises(ValueError, match=f"^must .*{fault}"):
        parse_words(text)


def test_languages_are_read_from_text() -> None:
    """A list with commas, in any case."""
    assert parse_languages("en, DE,,fr") == ("en", "de", "fr")


@pytest.mark.parametrize("text", ["", " , ", "english", "e1", "en de"])
def test_languages_that_cannot_be_read_are_refused(text: str) -> None:
    """There must be one, and each must be a code."""
    with pytest.raises(ValueError, match="^must name"):
        parse_languages(text)


@pytest.mark.parametrize("own", [{}, {Keyword.HELP: {"sv": ["HJALP"]}}])
def test_a_language_without_words_is_refused(own: dict[Keyword, dict[str, list[str]]]) -> None:
    """Nobody is left without a way to say stop in a language that was chosen."""
    with pytest.raises(ValueError, match="must be of de, en, .* or sv needs stop words of its own"):
        Keywords.of_languages(["sv"], own)


@thorough
@given(st.text())
def test_any_text_may_come(text: str) -> None:
    """Whatever people write is one of the wishes or none."""
    assert ENGLISH.of(text) in (None, *Keyword)


@thorough
@given(
    word=st.sampled_from([(word, keyword) for keyword, words in DEFAULT_WORDS.items() for word in words]),
    before=_SURROUNDINGS,
    after=_SURROUNDINGS,
    upper=st.booleans(),
)
def test_marks_and_case_change_nothing(
    word: tuple[str, Keyword], before: str, after: str, upper: bool
) -> None:
    """A listed word means the same within any spaces and marks."""
    text, keyword = word

    assert ENGLISH.of(before + (text if upper else text.lower()) + after) is keyword


@thorough
@given(
    st.dictionaries(st.sampled_from(sorted(WORDS)), st.sets(st.from_regex(r"\A[A-Z0-9]{1,9}\Z"), min_size=1))
)
def test_what_is_written_is_what_is_read(lists: dict[str, set[str]]) -> None:
    """Lists come back from their text form as they were."""
    text = ";".join(f"{language}:{' '.join(sorted(words))}" for language, words in lists.items())

    assert parse_words(text) == lists
