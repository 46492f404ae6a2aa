"""Keys of the shop's own systems: forms, scopes, forgeries and revocation."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from api.identity import Caller, Identity, Unauthenticated
from api.integration_keys import IntegrationKey, new_integration_key
from loyalty.errors import BadInput

NOW = datetime(2026, 3, 1, 12, 0, 0)


@dataclass
class House:
    """A verifier with a shelf of integration keys and seconds that are counted by hand."""

    integrations: dict[str, IntegrationKey] = field(default_factory=dict)
    lookups: list[str] = field(default_factory=list)
    seconds: float = 0

    def __post_init__(self) -> None:
        self.identity = Identity([], self.lookup, monotonic=lambda: self.seconds)

    async def lookup(self, key_id: str) -> IntegrationKey | None:
        self.lookups.append(key_id)
        return self.integrations.get(key_id)

    async def caller(self, key: str) -> Caller:
        return await self.identity.authenticate(f"Bearer {key}")

    async def refuses(self, header: str) -> str:
        with pytest.raises(Unauthenticated) as refused:
            await self.identity.authenticate(header)
        return refused.value.reason


@pytest.fixture
def house() -> House:
    return House()


async def minted(house: House, **changed: Any) -> str:
    plain, key = new_integration_key("till", ["purchases:write"], NOW)
    house.integrations[key.key_id] = replace(key, **changed)
    return plain


async def test_an_integration_key_has_its_scopes_and_nothing_else(house: House) -> None:
    plain = await minted(house)
    caller = await house.caller(plain)
    assert caller == Caller(
        "integration", subject=plain[:16], scopes=frozenset({"purchases:write"})
    )


def test_an_integration_key_is_kept_as_a_hash() -> None:
    plain, key = new_integration_key("till", ["events:write"], NOW)
    secret = plain[17:]
    assert len(secret) == 43
    assert key.secret_sha256 == hashlib.sha256(secret.encode()).digest()
    assert secret not in repr(key)


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1],
        lambda key: key + "A",
        lambda key: key.upper(),
        lambda key: key[:-1] + "!",
        lambda key: "stk_" + "0" * 12 + key[16:],
        lambda key: key[:17] + "A" * 43,
        lambda key: "stk_",
        lambda key: key + "\n.",
    ],
)
async def test_a_changed_integration_key_is_refused(house: House, change: Any) -> None:
    plain = await minted(house)
    await house.caller(plain)
    assert await house.refuses(f"Bearer {change(plain)}") in {"integration_key", "malformed"}


async def test_a_revoked_integration_key_is_refused(house: House) -> None:
    plain = await minted(house, revoked_at=NOW)
    assert await house.refuses(f"Bearer {plain}") == "revoked"


async def test_a_revocation_is_seen_within_thirty_seconds(house: House) -> None:
    plain = await minted(house)
    await house.caller(plain)
    key_id = plain[:16]
    house.integrations[key_id] = replace(house.integrations[key_id], revoked_at=NOW)
    house.seconds += 29
    assert (await house.caller(plain)).kind == "integration"
    assert house.lookups == [key_id]
    house.seconds += 1
    assert await house.refuses(f"Bearer {plain}") == "revoked"


@pytest.mark.parametrize("scopes", [[], ["everything"], ["purchases:write", "*"]])
def test_only_known_scopes_are_granted(scopes: list[str]) -> None:
    with pytest.raises(BadInput, match="scopes must be some of"):
        new_integration_key("till", scopes, NOW)


@pytest.mark.parametrize("name", ["", "a\nb", "a" * 101])
def test_an_integration_key_has_a_name_that_can_be_read(name: str) -> None:
    with pytest.raises(BadInput, match="name must have"):
        new_integration_key(name, ["members:read"], NOW)
