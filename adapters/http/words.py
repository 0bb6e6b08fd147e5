"""What the pages for people say, by language. A further one is a further `Words` in `WORDS`."""

from collections.abc import Mapping

from attrs import frozen

from application.preferences import Standing
from domain.statuses import Channel


@frozen
class Words:
    """All words of the pages in one language. They are plain text.

    Args:
        language: its tag (RFC 5646).
        unsubscribe: the page with the one button: title, explanation, button.
        unsubscribed: the page after it, by the channel that is off: title and explanation.
        to_preferences: the link to the preference page.
        preferences: that page: title and explanation.
        channels: their names.
        standings: what a channel's standing means for the person.
        turn_off: the button by which a channel is chosen against.
        turn_on: the button by which it is chosen again.
        turned_off: said once it is.
        turned_on: said once it is.
        nothing: said where we have no address of the person.
        bad_link: the page for a link that is not ours: title and explanation.
        refused: the page for a form that cannot be read: title and explanation.
        unavailable: the page while nothing can be stored: title and explanation.
    """

    language: str
    unsubscribe: tuple[str, str, str]
    unsubscribed: Mapping[Channel, tuple[str, str]]
    to_preferences: str
    preferences: tuple[str, str]
    channels: Mapping[Channel, str]
    standings: Mapping[Standing, str]
    turn_off: Mapping[Channel, str]
    turn_on: Mapping[Channel, str]
    turned_off: Mapping[Channel, str]
    turned_on: Mapping[Channel, str]
    nothing: str
    bad_link: tuple[str, str]
    refused: tuple[str, str]
    unavailable: tuple[str, str]


ENGLISH = Words(
    language="en",
    unsubscribe=(
        "Unsubscribe",
        "Press the button to get no more of these messages. Nothing changes until you press it.",
        "Unsubscribe",
    ),
    unsubscribed={
        Channel.EMAIL: ("You are unsubscribed", "We will send you no more e-mails."),
        Channel.SMS: ("You are unsubscribed", "We will send you no more text messages."),
        Channel.VOICE: ("You are unsubscribed", "We will not call you any more."),
    },
    to_preferences="Choose how we may reach you",
    preferences=("How we may reach you", "Each change counts at once. You can change it back here."),
    channels={Channel.EMAIL: "E-mail", Channel.SMS: "Text messages", Channel.VOICE: "Phone calls"},
    standings={
        Standing.OPEN: "On",
        Standing.OFF: "Off",
        Standing.BLOCKED: "Off for another reason, such as a failed delivery or a complaint. "
        "This cannot be changed here.",
    },
    turn_off={
        Channel.EMAIL: "Stop e-mails",
        Channel.SMS: "Stop text messages",
        Channel.VOICE: "Stop phone calls",
    },
    turn_on={
        Channel.EMAIL: "Allow e-mails",
        Channel.SMS: "Allow text messages",
        Channel.VOICE: "Allow phone calls",
    },
    turned_off={
        Channel.EMAIL: "E-mails are off now.",
        Channel.SMS: "Text messages are off now.",
        Channel.VOICE: "Phone calls are off now.",
    },
    turned_on={
        Channel.EMAIL: "E-mails are on now.",
        Channel.SMS: "Text messages are on now. If you once sent us STOP by text message, send START to the "
        "same number as well.",
        Channel.VOICE: "Phone calls are on now.",
    },
    nothing="We have no address of yours.",
    bad_link=(
        "This link does not work",
        "Part of it may be missing. Please open it again from its message. Nothing has changed.",
    ),
    refused=("That did not work", "Nothing has changed. Please go back and try again."),
    unavailable=(
        "Please try again",
        "We cannot store your choice at this moment. Nothing has changed. Please try again in a few seconds.",
    ),
)

WORDS: Mapping[str, Words] = {words.language: words for words in (ENGLISH,)}


def words_for(accept_language: str) -> Words:
    """The words in the first language that a browser asks for and we have; English where we have none.

    Args:
        accept_language: the header (RFC 9110, section 12.5.4). Browsers list the preferred one first, so
            weights are not looked at.
    """
    for choice in accept_language.split(","):
        language = choice.partition(";")[0].partition("-")[0].strip().lower()
        if language in WORDS:
            return WORDS[language]
    return ENGLISH
