"""Keys are made, listed and revoked, and open what they were made for."""

import pytest
from attrs import define, field

from application.authenticate_key import REMEMBERED, AuthenticateKey
from application.control_api_keys import ControlApiKeys
from application.errors import Conflict, DatabaseUnavailable, UnknownKey
from application.ports.suppressions import EVERYBODY
from domain.access import Scope
from tests.fakes.clock import NOW, FakeClock
from tests.fakes.database import FakeDatabase
from tests.fakes.keys import FakeHasher, FakeRandom

READ = [Scope.READ]


@define
class Keys:
    """The use cases on one database."""

    database: FakeDatabase = field(factory=FakeDatabase)
    hasher: FakeHasher = field(factory=FakeHasher)
    clock: FakeClock = field(factory=FakeClock)
    authenticate: AuthenticateKey = field()
    control: ControlApiKeys = field()

    @authenticate.default
    def _authenticate(self) -> AuthenticateKey:
        return AuthenticateKey(self.database, self.hasher, b"process", "decoy")

    @control.default
    def _control(self) -> ControlApiKeys:
        return ControlApiKeys(self.database, self.hasher, FakeRandom(), self.clock)


@pytest.fixture
def keys() -> Keys:
    return Keys()


async def test_a_new_key_opens_its_tenant(keys: Keys) -> None:
    """It is given once; what is kept and what is shown of it does not hold its secret."""
    made = await keys.control.create("acme", "shop", [Scope.WRITE])

    found = await keys.authenticate(made.text)

    assert found == made.key
    assert (found.tenant, found.scopes, found.created_at) == ("acme", {Scope.WRITE}, NOW)
    assert await keys.control.list("acme") == [made.key]
    assert await keys.control.list("others") == []
    secret = made.text.rpartition(found.id)[2]
    assert secret not in repr(made) + repr(found)


async def test_no_key_is_for_all_tenants(keys: Keys) -> None:
    """What it would suppress would hold for everybody."""
    with pytest.raises(Conflict, match="stands for all tenants"):
        await keys.control.create(EVERYBODY, "shop", [Scope.ADMIN])

    assert await keys.control.list(EVERYBODY) == []


async def test_none_is_valid_by_default(keys: Keys) -> None:
    """An empty database knows nobody."""
    assert await keys.authenticate(f"drum_{'01' * 8}_{'A' * 43}") is None
    assert await keys.control.list("acme") == []


@pytest.mark.parametrize(
    "text", ["", "nonsense", f"drum_{'09' * 8}_{'A' * 43}", f"drum_{'01' * 8}_{'A' * 43}"]
)
async def test_what_is_wrong_costs_one_verification(keys: Keys, text: str) -> None:
    """An unknown id and a wrong secret look alike, also by the time that they take."""
    await keys.control.create("acme", "shop", READ)

    found = await keys.authenticate(text)

    assert found is None
    assert keys.hasher.verified == 1


async def test_a_key_is_verified_once_in_a_process(keys: Keys) -> None:
    """Its row is read each time; another secret with the same id is not taken for it."""
    made = await keys.control.create("acme", "shop", READ)

    found = [await keys.authenticate(made.text) for _ in range(3)]
    wrong = await keys.authenticate(made.text[:-1] + "_")

    assert found == [made.key] * 3
    assert wrong is None
    assert keys.hasher.verified == 2


async def test_only_so_many_keys_are_remembered(keys: Keys) -> None:
    """The one that was verified first is forgotten first, and costs a verification again."""
    made = [await keys.control.create("acme", str(number), READ) for number in range(3)]
    for each in made:
        await keys.authenticate(each.text)
    keys.authenticate._remembered.update({bytes([0, n % 256, n // 256]): "" for n in range(REMEMBERED - 3)})
    for each in made[:1]:
        more = await keys.control.create("acme", "more", READ)
        await keys.authenticate(more.text)
        verified = keys.hasher.verified
        await keys.authenticate(each.text)

    assert keys.hasher.verified == verified + 1


async def test_who_guesses_too_often_comes_in_with_known_keys_only(keys: Keys) -> None:
    """Nothing is verified for them, so that guessing costs us nothing; a neighbor's known key still works."""
    known, new = [await keys.control.create("acme", name, READ) for name in ("known", "new")]
    await keys.authenticate(known.text)

    assert await keys.authenticate(known.text, known_only=True) == known.key
    assert await keys.authenticate(new.text, known_only=True) is None
    assert keys.hasher.verified == 1


async def test_a_revoked_key_is_worthless_at_once(keys: Keys) -> None:
    """Also where it was verified before; the first time it was revoked stays."""
    made = await keys.control.create("acme", "shop", READ)
    await keys.authenticate(made.text)

    revoked = await keys.control.revoke("acme", made.key.id)
    keys.clock.advance(hours=1)
    again = await keys.control.revoke("acme", made.key.id)

    assert revoked.revoked_at == again.revoked_at == NOW
    assert await keys.authenticate(made.text) is None


async def test_another_tenants_key_is_unknown(keys: Keys) -> None:
    """Nobody revokes what is not theirs, or learns that it is there."""
    made = await keys.control.create("acme", "shop", READ)

    with pytest.raises(UnknownKey):
        await keys.control.revoke("others", made.key.id)
    assert await keys.authenticate(made.text) == made.key


async def test_nobody_comes_in_while_the_database_is_down(keys: Keys) -> None:
    """A key that may have been revoked is not taken on trust."""
    made = await keys.control.create("acme", "shop", READ)
    await keys.authenticate(made.text)
    keys.database.down = True

    with pytest.raises(DatabaseUnavailable):
        await keys.authenticate(made.text)
