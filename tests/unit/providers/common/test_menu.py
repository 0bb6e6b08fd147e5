"""Which keys count on a call, and what is said about them."""

from itertools import chain, combinations

import pytest

from adapters.providers.common.menu import KEYS, Menu, meaning, offered, offered_by
from domain.campaign_rules import KEYPAD, OPT_OUT_KEY
from domain.statuses import DeliveryStatus

MENU = Menu("Menu.", "Thanks.", "Later.", "Gone.", "Bye.", "Stop.")
SOME_KEYS = ["".join(keys) for keys in chain(*(combinations(KEYPAD, length) for length in (0, 1, 2, 11)))]


@pytest.mark.parametrize(
    ("keys", "travels"),
    [
        ([], ""),
        (["2", "1"], "12"),
        (["#", "*", "0"], "0*#"),
        (["9"], ""),
        (["1", "9", "1"], "1"),
        (["12", "", " ", "a", "\u0661", "1"], "1"),
        ("21#9x", "12#"),
    ],
)
def test_keys_travel_in_one_order_and_nothing_else_does(keys: list[str] | str, travels: str) -> None:
    """What is no key, and the one that counts anyway, is left out."""
    assert offered(keys) == travels


@pytest.mark.parametrize(
    ("url", "keys"),
    [
        ("https://hooks.example.com/w", ""),
        (f"https://hooks.example.com/w?{KEYS}=", ""),
        (f"https://hooks.example.com/w?a=1&{KEYS}=1%23%2A", "1*#"),
        (f"https://hooks.example.com/w?{KEYS}=999abc%00", ""),
        (f"https://hooks.example.com/w?{KEYS}=1#2", "1"),
    ],
)
def test_whatever_stands_in_an_address_only_keys_are_read_from_it(url: str, keys: str) -> None:
    """Nothing is raised, whatever the address."""
    assert offered_by(url) == keys


@pytest.mark.parametrize("keys", SOME_KEYS)
def test_the_keys_of_a_campaign_count_in_place_of_the_menus(keys: str) -> None:
    """9 opts out on every call; a key that is not named means nothing."""
    known = keys or "12"
    told = {key: meaning(key, keys) for key in (*KEYPAD, OPT_OUT_KEY, "", "11", "12")}

    assert told.pop(OPT_OUT_KEY) is DeliveryStatus.OPTED_OUT
    assert {key for key, status in told.items() if status is DeliveryStatus.REPLIED} == set(known)
    assert {key for key, status in told.items() if status is None} == told.keys() - set(known)


@pytest.mark.parametrize(
    ("key", "keys", "said"),
    [
        ("1", "", "Thanks."),
        ("2", "", "Later."),
        ("9", "", "Gone."),
        ("3", "", "Bye."),
        ("2", "23", "Thanks."),
        ("3", "23", "Thanks."),
        ("9", "23", "Gone."),
        ("1", "23", "Bye."),
        ("", "23", "Bye."),
    ],
)
def test_the_answer_promises_no_call_back_that_the_campaign_may_not_mean(
    key: str, keys: str, said: str
) -> None:
    """A key of a campaign is thanked for, whichever it is."""
    assert MENU.reply(key, keys) == said


def test_the_question_is_the_campaigns_own_where_it_has_keys() -> None:
    """Then only 9 is named: the text has said what the others mean."""
    assert (MENU.question(""), MENU.question("1")) == ("Menu.", "Stop.")
