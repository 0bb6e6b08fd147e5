"""All providers in use are asked side by side, and each answer is told."""

import asyncio

import pytest
from attrs import define, field

from application.check_providers import CheckProviders, InUse, NotInUse, ProviderCheck
from application.errors import TransientFault
from application.ports.checks import Checked, Finding

FINE = Checked(Finding.OK, "Fine.")


@define
class Asked:
    """Somebody who answers when all have been asked, or raises."""

    together: asyncio.Barrier | None = None
    fault: Exception | None = None
    times: int = field(default=0, init=False)

    async def check(self) -> Checked:
        self.times += 1
        if self.together is not None:
            await self.together.wait()
        if self.fault is not None:
            raise self.fault
        return FINE


async def test_they_are_asked_side_by_side_and_told_in_order() -> None:
    """None waits for another one's answer."""
    together = asyncio.Barrier(3)
    asked = [InUse(name, "sms", Asked(together)) for name in ("one", "two", "three")]
    found = await CheckProviders(asked, patience=10)()

    assert found == [ProviderCheck(name, "sms", FINE) for name in ("one", "two", "three")]


async def test_only_those_that_are_named_are_asked_in_all_their_roles() -> None:
    """A vendor that carries two channels is asked for both."""
    other = Asked()
    asked = [InUse("one", "sms", Asked()), InUse("two", "email", other), InUse("one", "voice", Asked())]
    found = await CheckProviders(asked)(["one"])

    assert [(each.provider, each.role) for each in found] == [("one", "sms"), ("one", "voice")]
    assert other.times == 0


async def test_a_name_that_is_not_in_use_is_refused_before_anybody_is_asked() -> None:
    """With the names that are."""
    one = Asked()
    with pytest.raises(NotInUse, match="two is not in use; these are: one"):
        await CheckProviders([InUse("one", "sms", one)])(["one", "two"])

    assert one.times == 0


async def test_one_who_never_answers_does_not_hold_up_the_others() -> None:
    """It counts as not reachable."""
    silent = Asked(asyncio.Barrier(2))
    [slow, quick] = await CheckProviders(
        [InUse("slow", "sms", silent), InUse("quick", "sms", Asked())], patience=0.01
    )()

    assert slow.checked == Checked(Finding.NOT_REACHABLE, "Nobody answers within 0.01 s.")
    assert quick.checked == FINE


async def test_a_fault_is_told() -> None:
    """A check of another package may raise one."""
    asked = InUse("one", "sms", Asked(fault=TransientFault("one: HTTP 503")))
    [found] = await CheckProviders([asked])()

    assert found.checked == Checked(Finding.NOT_REACHABLE, "It cannot be asked (one: HTTP 503).")
