"""Cases that humans take over."""

import pytest

from domain.handoffs import HandoffState, InvalidName, read_name, state_of


@pytest.mark.parametrize(
    ("is_claimed", "is_resolved", "state"),
    [
        (False, False, HandoffState.OPEN),
        (True, False, HandoffState.CLAIMED),
        (False, True, HandoffState.RESOLVED),
        (True, True, HandoffState.RESOLVED),
    ],
)
def test_a_case_stands_in_one_way(is_claimed: bool, is_resolved: bool, state: HandoffState) -> None:
    """What is closed is closed, whoever had it."""
    assert state_of(is_claimed=is_claimed, is_resolved=is_resolved) is state


@pytest.mark.parametrize("name", ["anna", " anna ", "U012AB3CD", "Änne Müller"])
def test_people_are_called_as_they_like(name: str) -> None:
    """Space around a name is nothing."""
    assert read_name(name) == name.strip()


@pytest.mark.parametrize("name", ["", " ", "a\tb", "a\nb", "x" * 101])
def test_what_is_no_name(name: str) -> None:
    """It must fit a line."""
    with pytest.raises(InvalidName, match="one line of 1 to 100 characters"):
        read_name(name)
