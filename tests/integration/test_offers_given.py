"""What higher nouns give within their commit: points, credit, offers; once in a cycle."""

from datetime import datetime

from loyalty import offers, program, wallets
from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.offers import HeldState
from loyalty.program import terms
from loyalty.states import Change, State
from loyalty.turns import Turn
from tests.engines import PLAIN, enrol, stored

WITH_OFFERS = (
    PLAIN
    + """
offers:
  - {id: coffee, kind: FREE_PRODUCT, name: A free coffee, products: [coffee], valid_days: 30}
  - {id: over, kind: CUSTOM, name: Over, ends_at: "2026-01-01T00:00:00Z"}
  - {id: seat, kind: EXPERIENCE, name: A seat, stock: 2}
"""
)


async def give(engine: Engine, member_id: str, *grants: dict[str, object], key: str = "k") -> State:
    """Give within a command, as a higher noun does."""
    version = await program.active(engine)
    wanted = [terms.Grant.model_validate(grant) for grant in grants]

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        offers.give(turn, version, wanted, {"kind": "TEST"})
        return turn.change()

    return (await engine.commits.submit(Command(member_id, decide, key))).state


async def test_points_are_booked_and_offers_issued_in_one_commit(engine: Engine) -> None:
    await program.publish(engine, WITH_OFFERS)
    member_id = await enrol(engine)
    points: dict[str, object] = {"points": 50, "currency": "points"}
    state = await give(engine, member_id, points, {"offer": "coffee"})
    assert wallets.wallet_of(state).account("points").balance == 50
    [held] = offers.helds(state, engine.clock())
    assert (held.offer, held.state, held.why) == ("coffee", HeldState.ISSUED, {"kind": "TEST"})
    document = await stored(engine.mongo, member_id)
    assert document is not None
    assert [fact["kind"] for fact in document["outbox"]] == ["MemberEnrolled", "OfferIssued"]
    assert document["offers"]["due_at"] == datetime(2026, 4, 2, 4, 0)


async def test_an_offer_that_is_over_or_not_declared_is_not_given(engine: Engine) -> None:
    await program.publish(engine, WITH_OFFERS)
    state = await give(engine, await enrol(engine), {"offer": "over"}, {"offer": "gone"})
    assert offers.helds(state, engine.clock()) == []


async def test_of_a_limited_stock_it_waits_for_its_unit(engine: Engine) -> None:
    await program.publish(engine, WITH_OFFERS)
    state = await give(engine, await enrol(engine), {"offer": "seat"})
    [held] = offers.helds(state, engine.clock())
    assert (held.state, held.unit) == (HeldState.WAITING, None)


async def test_an_offer_is_issued_once_in_a_cycle(engine: Engine) -> None:
    await program.publish(engine, WITH_OFFERS)
    member_id = await enrol(engine)
    version = await program.active(engine)

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        offers.issue(turn, version, "coffee", {"kind": "TEST"}, cycle="2026-03")
        return turn.change()

    for key in ("a", "b"):
        outcome = await engine.commits.submit(Command(member_id, decide, key))
    assert len(offers.helds(outcome.state, engine.clock())) == 1
