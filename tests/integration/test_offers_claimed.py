"""Claims: for a price, within limits, of a stock; reserved, confirmed, activated, given back."""

from datetime import datetime
from typing import Any

import pytest

from loyalty import offers, program, wallets
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refused
from loyalty.offers import Claim, Held, HeldState, Step, refusals
from loyalty.wallets import Adjustment, InsufficientPoints
from tests.engines import PLAIN, Clock, enrol, stored

SHOP = (
    PLAIN
    + """
ladders:
  - {id: club, name: Club, tiers: [{id: basic, name: Basic},
      {id: gold, name: Gold, threshold: {spend: "500.00"}}]}
offers:
  - id: mug
    kind: FREE_PRODUCT
    name: A mug
    products: [mug]
    price: {points: 100, currency: points}
  - {id: free, kind: CUSTOM, name: Free, limits: [{count: 1, per: MONTH}]}
  - {id: once, kind: CUSTOM, name: Once, limits: [{count: 1}]}
  - {id: gold, kind: CUSTOM, name: Gold only, audience: {tiers: [gold]}}
  - id: early
    kind: CUSTOM
    name: Early
    starts_at: "2026-10-01T00:00:00-04:00"
    early_access: [{tier: basic, starts_at: "2026-09-24T00:00:00-04:00"}]
  - {id: over, kind: CUSTOM, name: Over, ends_at: "2026-03-02T00:00:00-05:00"}
  - {id: gift, kind: CUSTOM, name: Gift, personal: true}
  - {id: seat, kind: EXPERIENCE, name: Seat, stock: 2, price: {points: 10, currency: points}}
  - {id: bonus, kind: POINTS, name: Bonus, gives: {points: 25, currency: points},
     limits: [{count: 1, per: DAY}]}
  - {id: flash, kind: PERCENT_OFF, percent: "20", name: Flash, active_minutes: 15}
"""
)


async def member(engine: Engine, points: int = 0, name: str = "anna") -> str:
    await program.publish(engine, SHOP)
    member_id = await enrol(engine, name)
    if points:
        wanted = Adjustment(member_id, "points", points, f"start-{name}", "start", "staff")
        await wallets.adjust(engine, wanted)
    return member_id


async def claim(engine: Engine, member_id: str, offer: str, key: str = "k", **named: Any) -> Held:
    outcome = await offers.claim(engine, Claim(member_id, offer, key, **named))
    [held] = [
        held
        for held in offers.helds(outcome.state, engine.clock())
        if held.id == outcome.result["held"]
    ]
    return held


async def refusal(engine: Engine, member_id: str, offer: str, key: str = "k") -> object:
    """Claim something that is refused, and check that nothing was written."""
    before = await stored(engine.mongo, member_id)
    with pytest.raises(Refused) as refused:
        await offers.claim(engine, Claim(member_id, offer, key))
    assert await stored(engine.mongo, member_id) == before
    return refused.value.refusal


async def balance(engine: Engine, member_id: str) -> int:
    document = await stored(engine.mongo, member_id) or {}
    accounts = document.get("wallet", {}).get("accounts", {})
    found: int = accounts.get("points", {}).get("balance", 0)
    return found


async def test_a_reward_of_100_is_had_for_100_points_and_refused_at_99(engine: Engine) -> None:
    member_id = await member(engine, 99)
    assert await refusal(engine, member_id, "mug") == InsufficientPoints("points", 100, 99)
    await wallets.adjust(engine, Adjustment(member_id, "points", 1, "one", "one more", "staff"))
    held = await claim(engine, member_id, "mug", "k2")
    assert (held.state, held.paid["points"]) == (HeldState.ISSUED, 100)
    assert await balance(engine, member_id) == 0


async def test_a_claim_sent_again_is_done_once(engine: Engine) -> None:
    member_id = await member(engine, 300)
    first = await offers.claim(engine, Claim(member_id, "mug", "k"))
    again = await offers.claim(engine, Claim(member_id, "mug", "k"))
    assert (again.replayed, again.result) == (True, first.result)
    assert await balance(engine, member_id) == 200
    with pytest.raises(Refused) as refused:
        await offers.claim(engine, Claim(member_id, "free", "k"))
    assert refused.value.refusal == KeyReused("k")


@pytest.mark.parametrize(
    ("offer", "why"),
    [
        ("none", refusals.OfferUnknown("none")),
        ("gift", refusals.OfferPersonal("gift")),
        (
            "early",
            refusals.OfferNotYet("early", datetime(2026, 9, 24, 4), datetime(2026, 9, 24).date()),
        ),
        (
            "over",
            refusals.OfferOver("over", datetime(2026, 3, 2, 5), datetime(2026, 3, 1).date()),
        ),
    ],
)
async def test_what_stands_in_the_way_is_said_with_its_distance(
    engine: Engine, offer: str, why: object
) -> None:
    assert await refusal(engine, await member(engine), offer) == why


async def test_an_offer_for_a_tier_names_the_tier(engine: Engine) -> None:
    found = await refusal(engine, await member(engine), "gold")
    assert isinstance(found, refusals.TierNeeded)
    assert found.tiers == ("gold",)
    assert [name.in_language("en") for name in found.names] == ["Gold"]


async def test_a_limit_counts_by_month_and_says_when_again(engine: Engine, clock: Clock) -> None:
    member_id = await member(engine)
    await claim(engine, member_id, "free", "k1")
    again_on = datetime(2026, 4, 1).date()
    reached = refusals.OfferLimitReached("free", 1, "MONTH", again_on)
    assert await refusal(engine, member_id, "free", "k2") == reached
    clock.present = datetime(2026, 4, 1, 3, 59)  # still March in New York
    assert await refusal(engine, member_id, "free", "k3") == reached
    clock.present = datetime(2026, 4, 1, 4, 0)
    assert (await claim(engine, member_id, "free", "k4")).state is HeldState.ISSUED


async def test_once_is_once_unless_it_is_given_back(engine: Engine) -> None:
    member_id = await member(engine)
    held = await claim(engine, member_id, "once", "k1")
    assert await refusal(engine, member_id, "once", "k2") == refusals.OfferHadAlready("once", 1)
    await offers.cancel(engine, Step(member_id, held.id, "k3"))
    assert (await claim(engine, member_id, "once", "k4")).state is HeldState.ISSUED


async def test_a_stock_is_sold_out_and_what_is_given_back_can_be_had(engine: Engine) -> None:
    anna, bo, cy = [await member(engine, 10, name) for name in ("anna", "bo", "cy")]
    held = await claim(engine, anna, "seat")
    await claim(engine, bo, "seat")
    assert await refusal(engine, cy, "seat") == refusals.OfferSoldOut("seat", False)
    await offers.cancel(engine, Step(anna, held.id, "back"))
    assert await balance(engine, anna) == 10
    assert (await claim(engine, cy, "seat", "k2")).unit is not None
    version = await program.active(engine)
    supply = (await offers.supplies(engine, version))["seat"]
    assert (supply.stock, supply.sold, supply.left) == (2, 2, 0)
    assert await offers.supplies(engine, version) is await offers.supplies(engine, version)


async def test_a_reservation_holds_points_and_seat_until_it_is_confirmed(engine: Engine) -> None:
    member_id = await member(engine, 15)
    held = await claim(engine, member_id, "seat", reserve=True)
    assert (held.state, held.expires_at) == (HeldState.RESERVED, datetime(2026, 3, 2, 12, 15))
    assert await refusal(engine, member_id, "seat", "k2") == InsufficientPoints("points", 10, 5)
    outcome = await offers.confirm(engine, Step(member_id, held.id, "yes"))
    [held] = offers.helds(outcome.state, engine.clock())
    assert (held.state, held.expires_at) == (HeldState.ISSUED, None)
    assert await balance(engine, member_id) == 5


async def test_a_reservation_that_lapses_goes_back(engine: Engine, clock: Clock) -> None:
    member_id = await member(engine, 10)
    held = await claim(engine, member_id, "seat", reserve=True)
    clock.advance(minutes=16)
    with pytest.raises(Refused) as refused:
        await offers.confirm(engine, Step(member_id, held.id, "late"))
    assert isinstance(refused.value.refusal, refusals.OfferExpired)
    await offers.sweep(engine, 200)
    assert await balance(engine, member_id) == 10
    state = (await claim(engine, member_id, "seat", "k2")).state
    assert state is HeldState.ISSUED


async def test_points_that_are_claimed_are_credited_at_once(engine: Engine) -> None:
    member_id = await member(engine)
    held = await claim(engine, member_id, "bonus")
    assert held.state is HeldState.REDEEMED
    assert await balance(engine, member_id) == 25


async def test_what_must_be_activated_runs_for_its_minutes(engine: Engine, clock: Clock) -> None:
    member_id = await member(engine)
    held = await claim(engine, member_id, "flash")
    using = offers.tills.Redemption(member_id, held.id, "use")
    with pytest.raises(Refused) as refused:
        await offers.tills.redeem(engine, using)
    assert refused.value.refusal == refusals.OfferNotActivated(held.id)
    outcome = await offers.activate(engine, Step(member_id, held.id, "on"))
    [running] = offers.helds(outcome.state, engine.clock())
    assert (running.state, running.expires_at) == (
        HeldState.ACTIVATED,
        datetime(2026, 3, 2, 12, 15),
    )
    clock.advance(minutes=15)
    with pytest.raises(Refused) as refused:
        await offers.tills.redeem(engine, using)
    assert isinstance(refused.value.refusal, refusals.OfferExpired)
