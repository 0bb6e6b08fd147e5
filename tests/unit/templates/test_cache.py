"""A cache with two bounds."""

from collections.abc import Callable

import pytest

from adapters.templates.cache import BoundedCache


def never() -> str:
    raise AssertionError("it was there")


def made(text: str) -> Callable[[], str]:
    return lambda: text


def test_a_value_is_made_once() -> None:
    """What is there is not made again."""
    cache: BoundedCache[str, str] = BoundedCache(2, 100)

    assert [cache.get("a", made("x"), len), cache.get("a", never, len)] == ["x", "x"]


def test_what_was_not_used_for_longest_goes_first() -> None:
    """A value that is asked for stays."""
    cache: BoundedCache[str, str] = BoundedCache(2, 100)
    for key in ("a", "b", "a", "c"):
        cache.get(key, made(key), len)

    assert cache.get("a", never, len) == "a"
    assert cache.get("c", never, len) == "c"
    assert cache.get("b", made("new"), len) == "new"


def test_values_stay_within_the_size() -> None:
    """As many old values go as it takes, and one larger than all of it is not kept at all."""
    cache: BoundedCache[str, str] = BoundedCache(10, 100)
    for key, length in (("a", 40), ("b", 40), ("c", 90), ("d", 101)):
        cache.get(key, made("x" * length), len)

    assert (len(cache), cache.used) == (1, 90)
    assert len(cache.get("c", never, len)) == 90


def test_a_failure_is_not_kept() -> None:
    """What could not be made is tried again."""
    cache: BoundedCache[str, str] = BoundedCache(10, 100)
    with pytest.raises(AssertionError):
        cache.get("a", never, len)

    assert cache.get("a", made("x"), len) == "x"


def test_what_is_made_on_the_way_is_kept_once() -> None:
    """Where making a value makes it elsewhere, too, its size counts once."""
    cache: BoundedCache[str, str] = BoundedCache(10, 100)

    def again() -> str:
        return cache.get("a", made("x"), len)

    cache.get("a", again, len)

    assert (len(cache), cache.used) == (1, 1)
