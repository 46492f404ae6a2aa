"""Integration keys in a real MongoDB: kept as hashes, found, listed, revoked, used to sign in."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from api.identity import Identity, Unauthenticated
from api.integration_keys import (
    COLLECTION,
    add_key,
    find_key,
    list_keys,
    new_integration_key,
    revoke_key,
)
from loyalty.mongo import Driver, Mongo
from tests.engines import patient

NOW = datetime(2026, 3, 1, 12, 0, 0, 123_000)


@pytest.fixture(params=["pymongo", "motor"])
async def mongo(
    mongo_url: str, database_name: str, request: pytest.FixtureRequest
) -> AsyncIterator[Mongo]:
    driver: Driver = request.param
    mongo = Mongo(patient(mongo_url, database_name, driver))
    yield mongo
    await mongo.close()


async def test_a_key_comes_back_as_it_was_kept(mongo: Mongo) -> None:
    _, key = new_integration_key("till", ["purchases:write", "members:read"], NOW)
    await add_key(mongo, key)
    assert await find_key(mongo, key.key_id) == key


async def test_the_secret_is_nowhere_in_the_database(mongo: Mongo) -> None:
    plain, key = new_integration_key("till", ["purchases:write"], NOW)
    await add_key(mongo, key)
    (document,) = await mongo.find(COLLECTION, {})
    assert document["_id"] == plain[:16]
    assert plain[17:] not in repr(document)


async def test_an_unknown_key_is_not_found(mongo: Mongo) -> None:
    assert await find_key(mongo, "stk_000000000000") is None
    assert await revoke_key(mongo, "stk_000000000000", NOW) is False
    assert await list_keys(mongo) == []


async def test_keys_are_listed_oldest_first_with_the_revoked_ones(mongo: Mongo) -> None:
    _, younger = new_integration_key("web", ["events:write"], NOW + timedelta(days=1))
    _, older = new_integration_key("till", ["purchases:write"], NOW)
    await add_key(mongo, younger)
    await add_key(mongo, older)
    assert await revoke_key(mongo, older.key_id, NOW + timedelta(days=2)) is True
    gone = replace(older, revoked_at=NOW + timedelta(days=2))
    assert await list_keys(mongo) == [gone, younger]


async def test_a_key_is_revoked_once_and_the_first_time_stays(mongo: Mongo) -> None:
    _, key = new_integration_key("till", ["purchases:write"], NOW)
    await add_key(mongo, key)
    assert await revoke_key(mongo, key.key_id, NOW) is True
    assert await revoke_key(mongo, key.key_id, NOW + timedelta(days=1)) is False
    found = await find_key(mongo, key.key_id)
    assert found is not None
    assert found.revoked_at == NOW


async def test_a_scope_that_is_not_known_any_more_is_not_granted(mongo: Mongo) -> None:
    _, key = new_integration_key("till", ["purchases:write"], NOW)
    await add_key(mongo, key)
    change = {"$set": {"scopes": ["purchases:write", "everything"]}}
    await mongo.update_one(COLLECTION, {"_id": key.key_id}, change)
    found = await find_key(mongo, key.key_id)
    assert found is not None
    assert found.scopes == {"purchases:write"}


async def test_a_key_opens_the_door_until_it_is_revoked(mongo: Mongo) -> None:
    plain, key = new_integration_key("till", ["purchases:write"], NOW)
    await add_key(mongo, key)
    seconds = [0.0]
    identity = Identity([], partial(find_key, mongo), monotonic=lambda: seconds[0])
    caller = await identity.authenticate(f"Bearer {plain}")
    assert (caller.kind, caller.subject) == ("integration", key.key_id)
    await revoke_key(mongo, key.key_id, NOW)
    seconds[0] = 30.0
    with pytest.raises(Unauthenticated, match="revoked"):
        await identity.authenticate(f"Bearer {plain}")
