"""Who waits when a version needs no line any more: all get it, or all hear why they do not."""

import asyncio

import pytest

from loyalty import audit, offers, program
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.offers import Claim
from tests.engines import PLAIN, steppable
from tests.integration.conftest import OpenEngine
from tests.integration.test_offers_in_line import members, states, work

SEAT = "{id: seat, kind: EXPERIENCE, name: Seat, price: {points: 10, currency: points}}"
UNLIMITED = f"{PLAIN}\noffers:\n  - {SEAT}\n"
WITHOUT = PLAIN


async def in_line(engine: Engine, count: int) -> list[str]:
    """Let one have the only seat and others wait for it."""
    first, *others = await members(engine, count + 1, points=10)
    for member_id in (first, *others):
        await offers.claim(engine, Claim(member_id, "seat", "k"))
    assert [await states(engine, member_id) for member_id in others] == [["WAITING"]] * count
    return others


async def told(engine: Engine, kind: str) -> list[dict[str, object]]:
    await work(engine)
    return [fact["data"] for fact in await engine.mongo.find("facts", {"kind": kind})]


async def test_all_get_what_is_limited_no_longer(engine: Engine) -> None:
    waiting = await in_line(engine, 3)
    await program.publish(engine, UNLIMITED)
    facts = await told(engine, "OfferIssued")
    assert [await states(engine, member_id) for member_id in waiting] == [["ISSUED"]] * 3
    assert [fact["waited"] for fact in facts if "waited" in fact] == [True] * 3
    assert await engine.mongo.find("offer_lines", {}) == []
    assert (await audit.verify(engine)).violations == []


@pytest.mark.parametrize("version", [UNLIMITED, WITHOUT])
async def test_what_ends_a_line_is_done_in_parts(engine: Engine, version: str) -> None:
    waiting = await in_line(engine, 3)
    await program.publish(engine, version)
    assert await offers.sweep(engine, 2) == 2
    assert [await states(engine, m) == ["WAITING"] for m in waiting] == [False, False, True]
    assert await offers.sweep(engine, 2) == 1


async def test_who_waits_for_what_is_dropped_waits_no_more(engine: Engine) -> None:
    waiting = await in_line(engine, 2)
    await program.publish(engine, WITHOUT)
    facts = await told(engine, "OfferWithdrawn")
    assert [await states(engine, member_id) for member_id in waiting] == [["WITHDRAWN"]] * 2
    assert [fact["why"] for fact in facts] == ["OFFER_DROPPED"] * 2
    assert await engine.mongo.find("offer_lines", {}) == []
    assert (await audit.verify(engine)).violations == []


@pytest.mark.parametrize(("version", "state"), [(UNLIMITED, "ISSUED"), (WITHOUT, "WITHDRAWN")])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_worker_that_dies_is_followed_by_another(
    engine: Engine, open_process: OpenEngine, version: str, state: str, when: str
) -> None:
    waiting = await in_line(engine, 2)
    await program.publish(engine, version)

    async def die() -> None:
        raise Unavailable("the process died")

    getattr(steppable(engine), when)["update_batch", "member_states"] = die
    with pytest.raises(Unavailable):
        await offers.sweep(engine, 200)
    other = await open_process()
    await asyncio.gather(work(other), work(engine))
    assert [await states(other, member_id) for member_id in waiting] == [[state]] * 2
    assert await other.mongo.find("offer_lines", {}) == []
    ends = await other.mongo.count("facts", {"kind": "OfferWithdrawn"})
    seats = await other.mongo.count("facts", {"kind": "OfferIssued", "data.waited": True})
    assert (ends, seats) == ((2, 0) if state == "WITHDRAWN" else (0, 2))
    assert (await audit.verify(other)).violations == []


async def test_a_worker_with_an_older_version_at_hand_drops_nobody(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, WITHOUT)
    slow = await open_process()
    assert (await program.active(slow)).program.offer("seat") is None
    waiting = await in_line(engine, 1)
    await offers.sweep(slow, 200)
    assert await states(engine, waiting[0]) == ["WAITING"]
