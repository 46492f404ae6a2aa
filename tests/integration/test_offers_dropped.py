"""What members have of offers that a newer version changed or dropped: as it was when issued."""

from datetime import timedelta

import pytest

from loyalty import audit, members, offers, program, wallets
from loyalty.engine import Engine
from loyalty.offers import Claim, Step, refusals, tills
from loyalty.wallets import Adjustment
from tests.engines import PLAIN, Clock, enrol
from tests.integration.test_offers_at_the_till import refusal
from tests.integration.test_offers_in_line import states

PRICED = "price: {points: 100, currency: points}"
OFFERS = (
    PLAIN
    + f"""
offers:
  - {{id: mug, kind: CUSTOM, name: Mug, {PRICED}}}
  - {{id: cup, kind: CUSTOM, name: Cup, stock: 3, active_minutes: 30, {PRICED}}}
  - {{id: gift, kind: POINTS, gives: {{points: 50, currency: points}}, name: Gift, {PRICED}}}
  - {{id: alone, kind: CUSTOM, name: Alone, exclusive: true}}
"""
)


async def having(engine: Engine, offer: str, *, reserve: bool = False) -> tuple[str, str]:
    """Let a member pay for an offer, which the next version has no more."""
    await program.publish(engine, OFFERS)
    anna = await enrol(engine, "anna")
    await wallets.adjust(engine, Adjustment(anna, "points", 500, "s", "s", "staff"))
    outcome = await offers.claim(engine, Claim(anna, offer, "k", reserve))
    await program.publish(engine, PLAIN)
    gone = refusals.OfferUnknown(offer)
    assert await refusal(offers.claim(engine, Claim(anna, offer, "late"))) == gone
    return anna, outcome.result["held"]


async def available(engine: Engine, member_id: str) -> int:
    state, now = await members.require(engine, member_id), engine.clock()
    return wallets.wallet_of(state, now).accounts["points"].available(now)


async def test_it_is_used(engine: Engine) -> None:
    anna, held = await having(engine, "mug")
    await tills.redeem(engine, tills.Redemption(anna, held, "use"))
    assert (await states(engine, anna), await available(engine, anna)) == (["REDEEMED"], 400)


@pytest.mark.parametrize(("offer", "reserve"), [("mug", False), ("mug", True), ("cup", False)])
async def test_it_is_given_back(engine: Engine, clock: Clock, offer: str, *, reserve: bool) -> None:
    anna, held = await having(engine, offer, reserve=reserve)
    assert await available(engine, anna) == 400
    await offers.cancel(engine, Step(anna, held, "back"))
    assert (await states(engine, anna), await available(engine, anna)) == (["CANCELLED"], 500)
    await engine.commits.drain()
    clock.present += timedelta(hours=1)
    assert (await audit.verify(engine)).violations == []


async def test_it_is_confirmed_activated_and_used(engine: Engine) -> None:
    anna, held = await having(engine, "cup", reserve=True)
    await offers.confirm(engine, Step(anna, held, "yes"))
    activation = refusals.OfferNotActivated(held)
    assert await refusal(tills.redeem(engine, tills.Redemption(anna, held, "no"))) == activation
    await offers.activate(engine, Step(anna, held, "on"))
    await tills.redeem(engine, tills.Redemption(anna, held, "use"))
    assert (await states(engine, anna), await available(engine, anna)) == (["REDEEMED"], 400)


async def test_it_gives_what_it_promised(engine: Engine) -> None:
    anna, held = await having(engine, "gift", reserve=True)
    await program.publish(engine, OFFERS.replace("points: 50", "points: 5"))
    await offers.confirm(engine, Step(anna, held, "yes"))
    assert (await states(engine, anna), await available(engine, anna)) == (["REDEEMED"], 450)


async def test_it_goes_with_what_it_went_with(engine: Engine) -> None:
    anna, alone = await having(engine, "alone")
    await program.publish(engine, OFFERS)
    mug = (await offers.claim(engine, Claim(anna, "mug", "mug"))).result["held"]
    await program.publish(engine, PLAIN)
    state = await members.require(engine, anna)
    conflict = refusals.OffersExclude("alone", "mug")
    assert await tills.together(engine, state, [alone, mug]) == [conflict]
    await tills.redeem(engine, tills.Redemption(anna, mug, "use", "till:1"))
    using = tills.Redemption(anna, alone, "too", "till:1")
    assert await refusal(tills.redeem(engine, using)) == conflict
