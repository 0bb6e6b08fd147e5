"""A drill waits for a system, and not for ever."""

import asyncio

import pytest

from adapters.cli.processes import ServiceFailed
from trials.drill.waiting import within


async def test_what_never_comes_ends_with_a_sentence() -> None:
    """It says what was to happen, and in what time."""
    with pytest.raises(ServiceFailed, match=r"^Nobody came within 0\.01 s\.$"):
        async with within(0.01, "Nobody came"):
            await asyncio.Event().wait()


async def test_what_comes_in_time_and_what_fails_by_itself_is_left_alone() -> None:
    """Time is all that is looked at."""
    async with within(60, "Nobody came"):
        await asyncio.sleep(0)

    with pytest.raises(ValueError, match="another"):
        async with within(60, "Nobody came"):
            raise ValueError("another")
