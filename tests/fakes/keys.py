"""The tables of API keys and idempotency keys in memory, and a hasher that costs nothing."""

from collections.abc import Collection
from datetime import datetime

from attrs import define, evolve, field

from application.ports.api_keys import ApiKey
from application.ports.idempotency_keys import Answer, KeyedRequest


@define
class FakeApiKeys:
    """The port `ApiKeys`.

    Args:
        rows: the keys by id.
    """

    rows: dict[str, ApiKey]

    async def add(self, key: ApiKey) -> None:
        self.rows[key.id] = key

    async def get(self, key_id: str) -> ApiKey | None:
        return self.rows.get(key_id)

    async def of_tenant(self, tenant: str) -> list[ApiKey]:
        found = [key for key in self.rows.values() if key.tenant == tenant]
        return sorted(found, key=lambda key: (key.created_at, key.id))

    async def revoke(self, tenant: str, key_id: str, at: datetime) -> ApiKey | None:
        known = self.rows.get(key_id)
        if known is None or known.tenant != tenant:
            return None
        self.rows[key_id] = evolve(known, revoked_at=known.revoked_at or at)
        return self.rows[key_id]


@define
class FakeIdempotencyKeys:
    """The port `IdempotencyKeys`.

    Args:
        rows: the requests by tenant and key.
    """

    rows: dict[tuple[str, str], KeyedRequest]

    async def claim(self, tenant: str, key: str, request: KeyedRequest, forgotten: datetime) -> bool:
        known = self.rows.get((tenant, key))
        if known is not None and known.claimed_at >= forgotten:
            return False
        self.rows[tenant, key] = request
        return True

    async def get(self, tenant: str, key: str) -> KeyedRequest | None:
        return self.rows.get((tenant, key))

    async def take_over(self, tenant: str, key: str, known: KeyedRequest, request: KeyedRequest) -> bool:
        found = self._held(tenant, key, known.holder)
        if found is None or found.claimed_at != known.claimed_at:
            return False
        self.rows[tenant, key] = evolve(found, holder=request.holder, claimed_at=request.claimed_at)
        return True

    async def renew(self, tenant: str, key: str, holder: str, at: datetime) -> bool:
        found = self._held(tenant, key, holder)
        if found is None:
            return False
        self.rows[tenant, key] = evolve(found, claimed_at=at)
        return True

    async def answer(self, tenant: str, key: str, holder: str, answer: Answer, at: datetime) -> bool:
        found = self._held(tenant, key, holder)
        if found is None:
            return False
        self.rows[tenant, key] = evolve(found, answered_at=at, answer=answer)
        return True

    async def release(self, tenant: str, key: str, holder: str) -> None:
        if self._held(tenant, key, holder) is not None:
            del self.rows[tenant, key]

    async def forget(self, before: datetime) -> None:
        for place in [place for place, request in self.rows.items() if request.claimed_at < before]:
            del self.rows[place]

    async def redact(self, tenant: str, needles: Collection[bytes]) -> int:
        found = [
            place
            for place, request in self.rows.items()
            if place[0] == tenant
            and request.answer is not None
            and any(needle and needle in request.answer.body for needle in needles)
        ]
        for place in found:
            self.rows[place] = evolve(self.rows[place], answer=None)
        return len(found)

    def _held(self, tenant: str, key: str, holder: str) -> KeyedRequest | None:
        known = self.rows.get((tenant, key))
        return known if known and known.holder == holder and known.answered_at is None else None


@define
class FakeHasher:
    """The port `SecretHasher`, which counts what it was asked.

    Args:
        verified: how often it was asked to verify.
    """

    verified: int = field(default=0)

    async def hash(self, secret: str) -> str:
        return f"hashed:{secret}"

    async def verify(self, hashed: str, secret: str) -> bool:
        self.verified += 1
        return hashed == f"hashed:{secret}"


@define
class FakeRandom:
    """The port `RandomBytes`: bytes of 1, then bytes of 2 and so on."""

    drawn: int = field(default=0)

    def __call__(self, size: int) -> bytes:
        self.drawn += 1
        return bytes([self.drawn]) * size
