"""Limited offers: a unit for each that is had, the line of those who wait, and what is left.

A unit is taken before the member's commit and noted after it. Where a process dies in between, the
unit stands in doubt until its lease is over; then the member's document says who has it.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loyalty import members, program, wallets
from loyalty.commands import Command, Outcome, own_key
from loyalty.engine import Engine
from loyalty.errors import MemberNotActive, MemberUnknown, Refused, Unavailable
from loyalty.members import Doing
from loyalty.mongo import Document
from loyalty.offers import rules, store
from loyalty.offers.rules import (
    Held,
    HeldEnd,
    HeldState,
    OfferNotForYou,
    OfferNotUsable,
    OfferNotYet,
    OfferOver,
    OfferUnknown,
    PlanNeeded,
    TierNeeded,
)
from loyalty.offers.service.asking import (
    PlansOf,
    Versions,
    asking,
    known,
    no_plans,
    pinned,
    versions_of,
)
from loyalty.offers.service.leaving import give_up
from loyalty.offers.service.settling import end, pay
from loyalty.offers.store.lines import Waiter
from loyalty.offers.store.units import Counted, Taking, Unit
from loyalty.program import Version, terms
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn
from loyalty.wallets import InsufficientPoints, refusals

FRESH = timedelta(seconds=1)
AT_ONCE = 200
_CACHED = "offers.supplies"

Deciding = Callable[[Unit | None], Command]


@dataclass(frozen=True, slots=True)
class Supply:
    """How many of a limited offer there are, are sold (taken or used), are left, are waited for."""

    stock: int
    sold: int
    waiting: int = 0

    @property
    def left(self) -> int:
        """Give how many can still be had: never below 0, also where the stock was cut."""
        return max(0, self.stock - self.sold)


async def with_unit(
    engine: Engine, offer: terms.Offer, member_id: str, deciding: Deciding
) -> Outcome:
    """Submit a command that has an offer, with a unit of it in hand where it is limited."""
    if not offer.is_limited:
        return await engine.commits.submit(deciding(None))
    unit = None
    if await store.lines.first(engine.mongo, offer.id) is None:  # nobody goes before them
        unit = await _take(engine, offer, member_id)
    try:
        outcome = await engine.commits.submit(deciding(unit))
    except Refused:
        if unit is not None:
            await store.units.free(engine.mongo, unit.id, unit.taker or "")
        raise
    await _after(engine, offer, outcome, unit)
    return outcome


async def _take(engine: Engine, offer: terms.Offer, member_id: str) -> Unit | None:
    wanted = Taking(offer.id, offer.stock, member_id, engine.new_id())
    return await store.units.take(engine.mongo, wanted, engine.clock())


async def _after(engine: Engine, offer: terms.Offer, outcome: Outcome, unit: Unit | None) -> None:
    """Note who has the unit, or stand in line; what fails here a worker does."""
    result, mongo = outcome.result, engine.mongo
    engine.cache.pop(_CACHED, None)
    with contextlib.suppress(Unavailable):
        if unit is not None and result["taker"] != unit.taker:  # of an answer given before
            await store.units.free(mongo, unit.id, unit.taker or "")
        if result["unit"] is not None and result["state"] == HeldState.REDEEMED:
            now = engine.clock()
            await store.units.burn(mongo, result["unit"], result["taker"], result["held"], now)
        elif result["unit"] is not None:
            await store.units.note(mongo, result["unit"], result["taker"], result["held"])
        elif not outcome.replayed:
            await _join(engine, offer.id, outcome.state, result["held"])


async def _join(engine: Engine, offer: str, state: State, held_id: str) -> None:
    held = state.value(store.HOLDING).held(held_id)
    if held is not None and held.state is HeldState.WAITING:
        await store.lines.join(
            engine.mongo, Waiter(held.id, offer, state.member_id, held.issued_at)
        )


def with_its_unit(held: Held, unit: Unit | None) -> Held:
    """Give a held offer the unit that was taken for it, and the code of that unit."""
    if unit is None:
        return held
    return replace(held, unit=unit.id, taker=unit.taker, code=unit.code or held.code)


async def end_unit(engine: Engine, outcome: Outcome) -> None:
    """Free or burn the unit of what has ended, and serve who waits; else a worker does it.

    Nobody is refused what they did for what somebody else in the line cannot have.
    """
    result = outcome.result
    with contextlib.suppress(Unavailable, Refused):
        await _end_unit(engine, result)


async def serve_at_once(engine: Engine, offer_id: str) -> None:
    """Serve who waits, as `serve`, after something else was done; what fails a worker does."""
    with contextlib.suppress(Unavailable, Refused):
        await serve(engine, offer_id)


async def _end_unit(
    engine: Engine, ended: Mapping[str, str | None], plans_of: PlansOf | None = None
) -> None:
    unit, taker, held = ended["unit"], ended["taker"], ended["held"]
    engine.cache.pop(_CACHED, None)
    if unit is None or taker is None:
        await store.lines.leave(engine.mongo, held or "")
    elif ended["had"]:
        await store.units.burn(engine.mongo, unit, taker, held or "", engine.clock())
    else:
        await store.units.free(engine.mongo, unit, taker)
        await serve(engine, ended["offer"] or "", plans_of)


async def react(engine: Engine, fact: Document, plans_of: PlansOf | None = None) -> None:
    """Free or burn the unit of what has ended; let who waits stand in line, and serve them.

    Who left the program gives up what others wait for.
    """
    match fact["kind"]:
        case "MemberClosed":
            await give_up(engine, fact["member"])
        case "OfferAwaited":
            await _let_wait(engine, fact, plans_of)
        case _:
            await _end_unit(engine, fact["data"], plans_of)


async def _let_wait(engine: Engine, fact: Document, plans_of: PlansOf | None) -> None:
    state, data = await members.find(engine, fact["member"]), fact["data"]
    if state is not None:
        await _join(engine, data["offer"], state, data["held"])
        await serve(engine, data["offer"], plans_of)


@dataclass(frozen=True, slots=True)
class _Seat:
    """What somebody waits for, as it is when it is their turn: under which version, which unit.

    `versions` has the one they came by, whose terms they get.
    """

    waiter: Waiter
    version: Version
    versions: Versions
    plans_of: PlansOf | None
    unit: Unit | None = None

    @property
    def needs_plans(self) -> bool:
        """Tell whether nobody told of plans whom the terms ask for one."""
        came_by = (version.program.offer(self.waiter.offer) for version in self.versions.values())
        return self.plans_of is None and any(one and one.audience.plans for one in came_by)


async def serve(
    engine: Engine, offer_id: str, plans_of: PlansOf | None = None, limit: int = AT_ONCE
) -> int:
    """Give what is free to up to `limit` who are first in line; return how many left the line.

    Of what is limited no longer there is enough for all; what the program has dropped nobody gets.
    Where the terms ask for plans that nobody tells of, it is left to who knows.
    """
    for served in range(limit):
        waiter = await store.lines.first(engine.mongo, offer_id)
        if waiter is None:
            return served
        version = await program.active(engine, fresh=True)  # no older than the one they came by
        seat = _Seat(waiter, version, await _came_by(engine, waiter), plans_of)
        if seat.needs_plans:
            return served
        offer = version.program.offer(offer_id)
        if offer is not None and offer.is_limited:
            unit = await _take(engine, offer, waiter.member)
            if unit is None:
                return served
            seat = replace(seat, unit=unit)
        await _serve_one(engine, seat)
    return limit


async def _came_by(engine: Engine, waiter: Waiter) -> Versions:
    state = await members.find(engine, waiter.member)
    held = state.value(store.HOLDING).held(waiter.held) if state else None
    return await versions_of(engine, [held] if held else [])


async def _serve_one(engine: Engine, seat: _Seat) -> None:
    """Give who waits what they wait for; who cannot have it, or waits no more, leaves the line."""
    waiter, unit = seat.waiter, seat.unit

    def decide(state: State, now: datetime) -> Change:
        if unit is not None and unit.leased_until is not None and now >= unit.leased_until:
            raise Unavailable("it took too long")
        return _seated(Turn(state, now), seat)

    key = own_key("seat", waiter.held)
    command = Command(waiter.member, decide, key, wallets.hash_input(verb=key))
    try:
        outcome = await engine.commits.submit(command)
        taker = outcome.result["taker"]
    except Refused as refused:
        if not isinstance(refused.refusal, OfferNotUsable | MemberUnknown):
            raise
        taker = None
    if unit is not None and taker == unit.taker:
        await store.units.note(engine.mongo, unit.id, unit.taker or "", waiter.held)
    elif unit is not None:
        await store.units.free(engine.mongo, unit.id, unit.taker or "")
    await store.lines.leave(engine.mongo, waiter.held)


def _seated(turn: Turn, seat: _Seat) -> Change:
    """Give it by the terms they came by, for the price of then; the kind of code is that of now."""
    wallets.settle(turn)
    held = turn.of(store.HOLDING).held(seat.waiter.held)
    if held is None or held.at(turn.now).state is not HeldState.WAITING:
        raise Refused(OfferNotUsable(seat.waiter.held, held.state if held else HeldState.CANCELLED))
    came_by, offer = pinned(held, seat.versions)
    try:
        now_is = _still_open(turn, seat, held, offer)
        until = rules.valid_until(offer, turn.now, came_by.program.zone)
        code = rules.own_code(offer, held.id) or rules.own_code(now_is, held.id)
        issued = replace(held, state=HeldState.ISSUED, expires_at=until, code=code)
        price = offer.price if _is_claimed(held) else None
        seated = pay(turn, seat.version, with_its_unit(issued, seat.unit), price)
    except Refused as refused:
        why = _ENDS.get(type(refused.refusal))
        if why is None:
            raise
        leaves = rules.withdrawn if why in _GONE else rules.missed
        end(turn, leaves(held, turn.now, why), was=HeldState.WAITING)
        return turn.change(held=held.id, unit=None, taker=None)
    turn.put(store.HOLDING, turn.of(store.HOLDING).replaced(seated))
    turn.tell(Fact("OfferIssued", {"offer": offer.id, "held": held.id, "waited": True}))
    return turn.change(held=held.id, unit=seated.unit, taker=seated.taker)


def _is_claimed(held: Held) -> bool:
    return held.why.get("kind") == "CLAIM"


def _still_open(turn: Turn, seat: _Seat, held: Held, offer: terms.Offer) -> terms.Offer:
    """Give the offer as it is now, if the member may still have it. Raises Refused."""
    now_is = known(seat.version, held.offer)
    if over := rules.is_over(now_is, seat.version.program, turn.now):
        raise Refused(over)
    members.must_be_free(turn.state, Doing.RECEIVE)
    if _is_claimed(held):
        asked = asking(turn.state, seat.version, turn.now, seat.plans_of or no_plans)
        for why_not in rules.barred(offer, seat.version.program, asked):
            raise Refused(why_not)
    return now_is


_GONE = {HeldEnd.OFFER_DROPPED, HeldEnd.OFFER_ENDED}
_ENDS = {
    OfferUnknown: HeldEnd.OFFER_DROPPED,
    wallets.refusals.CurrencyUnknown: HeldEnd.OFFER_DROPPED,
    OfferOver: HeldEnd.OFFER_ENDED,
    OfferNotYet: HeldEnd.TURN_NOT_FOR_YOU,
    TierNeeded: HeldEnd.TURN_NOT_FOR_YOU,
    PlanNeeded: HeldEnd.TURN_NOT_FOR_YOU,
    OfferNotForYou: HeldEnd.TURN_NOT_FOR_YOU,
    InsufficientPoints: HeldEnd.TURN_NOT_PAID,
    refusals.CurrencyNotRedeemable: HeldEnd.TURN_NOT_PAID,
    MemberNotActive: HeldEnd.TURN_NOT_ACTIVE,
}


async def settle_units(engine: Engine, limit: int) -> int:
    """Find out what became of units whose claim was never noted; return how many there were.

    The command changes nothing but the sequence number: a commit that was under way since before
    the lease was over is decided again, and then comes too late.
    """
    doubtful = await store.units.in_doubt(engine.mongo, engine.clock(), limit)
    for unit in doubtful:
        held = await _holder(engine, unit)
        taker = unit.taker or ""
        if held is None:
            await store.units.free(engine.mongo, unit.id, taker)
        else:
            await store.units.note(engine.mongo, unit.id, taker, held)
    return len(doubtful)


async def _holder(engine: Engine, unit: Unit) -> str | None:
    def decide(state: State, _now: datetime) -> Change:
        helds = state.value(store.HOLDING).helds
        found = next((held.id for held in helds if held.taker == unit.taker), None)
        return Change(result={"held": found})

    key = own_key("unit", unit.taker or "")
    try:
        outcome = await engine.commits.submit(
            Command(unit.member or "", decide, key, wallets.hash_input(verb=key))
        )
    except Refused as refused:
        if not isinstance(refused.refusal, MemberUnknown):
            raise
        return None
    held: str | None = outcome.result["held"]
    return held


async def supplies(engine: Engine, version: Version) -> Mapping[str, Supply]:
    """Tell how many there are of every limited offer, at most FRESH old."""
    now = engine.clock()
    cached: tuple[int, datetime, Mapping[str, Supply]] | None = engine.cache.get(_CACHED)
    if cached and cached[0] == version.number and now < cached[1]:
        return cached[2]
    limited = [offer for offer in version.program.offers if offer.is_limited]
    found: Mapping[str, Supply] = {}
    if limited:
        counted = await store.units.counts(engine.mongo, [offer.id for offer in limited])
        lengths = await store.lines.lengths(engine.mongo)
        found = {
            offer.id: _supply(offer, counted[offer.id], lengths.get(offer.id, 0))
            for offer in limited
        }
    engine.cache[_CACHED] = (version.number, now + FRESH, found)
    return found


def _supply(offer: terms.Offer, counted: Counted, waiting: int) -> Supply:
    stock = offer.stock if offer.stock is not None else counted.had + counted.free_codes
    return Supply(stock, counted.had, waiting)
