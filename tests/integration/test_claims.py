"""Ids that count once: who holds a claim, and when it may be given back."""

from datetime import datetime

from loyalty import claims
from loyalty.claims import Claim
from loyalty.engine import Engine
from tests.engines import steppable

COLLECTION = "activities"


def claim(key: str, member: str = "mbr_anna", claimed: str = "till:1") -> Claim:
    document = {
        "_id": claimed,
        "member": member,
        "input": "same",
        "key": key,
        "open_since": datetime(2026, 3, 2, 12),
    }
    return Claim(COLLECTION, document)


async def stored(engine: Engine, claimed: str = "till:1") -> dict[str, object] | None:
    return await engine.mongo.find_one(COLLECTION, {"_id": claimed})


async def test_a_claim_that_nobody_else_saw_is_released_whole(engine: Engine) -> None:
    assert await claims.take(engine.mongo, [claim("k1")]) == {}
    await claims.release(engine.mongo, [claim("k1")])
    assert await stored(engine) is None
    assert await claims.take(engine.mongo, [claim("k2")]) == {}


async def test_a_claim_that_another_met_is_not_released_under_its_feet(engine: Engine) -> None:
    await claims.take(engine.mongo, [claim("k1")])
    held = await claims.take(engine.mongo, [claim("k2")])
    assert (held[0] or {})["key"] == "k1"
    await claims.release(engine.mongo, [claim("k1")])
    assert (await stored(engine) or {})["key"] == "k1"


async def test_a_claim_is_released_by_its_own_key_only(engine: Engine) -> None:
    await claims.take(engine.mongo, [claim("k1")])
    await claims.release(engine.mongo, [claim("k2")])
    assert (await stored(engine) or {})["key"] == "k1"


async def test_a_claim_released_while_another_looks_is_to_be_had(engine: Engine) -> None:
    await claims.take(engine.mongo, [claim("k1")])

    async def give_back() -> None:
        await claims.release(engine.mongo, [claim("k1")])

    steppable(engine).after["insert_new", COLLECTION] = give_back
    assert await claims.take(engine.mongo, [claim("k2"), claim("k3", claimed="till:2")]) == {
        0: None
    }
    assert await claims.take(engine.mongo, [claim("k2")]) == {}


async def test_a_noted_claim_tells_so_and_is_open_no_longer(engine: Engine) -> None:
    await claims.take(engine.mongo, [claim("k1")])
    await claims.note(engine.mongo, [claim("k1")])
    held = await claims.take(engine.mongo, [claim("k2")])
    assert held == {0: {"_id": "till:1", "member": "mbr_anna", "input": "same", "key": "k1"}}
