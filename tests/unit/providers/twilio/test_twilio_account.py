"""What Twilio's errors mean for a message."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.providers.common.http import Timeouts, Wire
from adapters.providers.twilio.account import TwilioAccount
from application.errors import TransientFault
from application.ports.messaging import Accepted, Refused


async def create(status: int, body: Any, **headers: str) -> Accepted | Refused:
    transport = httpx.MockTransport(lambda _request: httpx.Response(status, json=body, headers=headers))
    async with httpx.AsyncClient(transport=transport) as client:
        wire = Wire(client, "twilio", "sms", Timeouts())
        account = TwilioAccount(wire, "AC1", "s3cret", "https://api.twilio.com")
        return await account.create("Messages", {"To": "+12025550101"})


@pytest.mark.parametrize("code", [20429, 21611, 30001, 30003, 30008, 63038])
async def test_codes_that_pass_carry_the_wait_that_is_asked_for(code: int) -> None:
    """The status is a 400, the code says later, and Retry-After says when."""
    with pytest.raises(TransientFault, match=str(code)) as caught:
        await create(400, {"code": code}, **{"retry-after": "4"})

    assert caught.value.retry_after == timedelta(seconds=4)


@pytest.mark.parametrize("code", [20404, 21210, 21212, 21601, 21606, 21659, 21660, 21661, 21701, 21705])
async def test_what_is_wrong_with_our_account_or_sender_waits_for_somebody_to_mend_it(code: int) -> None:
    """It is no fault of the message, so none is given up for it."""
    with pytest.raises(TransientFault, match=f"^twilio: {code} ") as caught:
        await create(404 if code == 20404 else 400, {"code": code, "message": "+12025550101 is wrong"})

    assert "+1202" not in str(caught.value)


@pytest.mark.parametrize(
    "code", [21211, 21214, 21408, 21612, 21614, 30004, 30005, 30006, 30007, 30034, 29999, 14107]
)
async def test_codes_that_stay_do_not_suppress(code: int) -> None:
    """Only an opt-out at Twilio suppresses; a code that nobody has listed is permanent and no more."""
    refused = await create(400, {"code": code, "message": "+12025550101 is wrong"})

    assert isinstance(refused, Refused)
    assert refused.reason.startswith(f"{code} ")
    assert not refused.suppresses
    assert "+1202" not in refused.reason


async def test_an_opt_out_at_twilio_suppresses() -> None:
    """21610: the person has said STOP to this sender."""
    assert await create(400, {"code": 21610}) == Refused("21610 the recipient has opted out", suppresses=True)
