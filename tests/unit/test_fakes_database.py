"""What the fake database does that no contract asks of it."""

import pytest

from application.errors import DatabaseUnavailable
from tests.fakes.database import FakeDatabase


async def test_a_fake_that_is_down_refuses_transactions() -> None:
    """While it is down nothing begins; afterwards it goes on."""
    database = FakeDatabase()
    database.down = True

    with pytest.raises(DatabaseUnavailable):
        async with database.transaction():
            pass

    database.down = False
    async with database.transaction() as tx:
        assert await tx.enrollments.get("e-ada") is None


async def test_a_transaction_inside_a_transaction_is_refused() -> None:
    """A real database would wait for itself, so a test that does this must fail at once."""
    database = FakeDatabase()

    async with database.transaction():
        with pytest.raises(RuntimeError, match="inside another"):
            async with database.transaction():
                pass
