"""What members do with offers themselves: claim or reserve, confirm, activate, cancel."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from loyalty import members, program, wallets
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import Refused, Unavailable
from loyalty.members import Doing
from loyalty.offers import rules, store
from loyalty.offers.rules import Held, HeldState, Issue, OfferNotHeld, OfferSoldOut
from loyalty.offers.service import stocking
from loyalty.offers.service.asking import (
    PlansOf,
    Versions,
    asking,
    known,
    no_plans,
    pinned,
    versions_of,
)
from loyalty.offers.service.giving import give_points
from loyalty.offers.service.settling import end, pay, pay_back, pay_held, set_aside, settle
from loyalty.offers.store.units import Unit
from loyalty.program import Version, terms
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn


@dataclass(frozen=True, slots=True)
class Claim:
    """An offer that a member wants: at once, or reserved until it is confirmed."""

    member_id: str
    offer: str
    key: str
    reserve: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be done with what a member has: `held` is its id."""

    member_id: str
    held: str
    key: str


async def claim(engine: Engine, wanted: Claim, plans_of: PlansOf = no_plans) -> Outcome:
    """Let a member have an offer for its price; the result names what they `held` from then.

    Of what is sold out but has a waiting list, a place in line. Raises Refused with what stands in
    the way (see `availability`), OfferUnknown, MemberUnknown, MemberNotActive or KeyReused;
    Unavailable.
    """
    verb = "offer.reserve" if wanted.reserve else "offer.claim"
    asked = wallets.hash_input(verb=verb, offer=wanted.offer)
    return await take(engine, wanted, plans_of, Manner(asked, _told))


@dataclass(frozen=True, slots=True)
class Manner:
    """How an offer is taken: asked for in which words (their hash), how the same commit ends."""

    asked: str
    end: Callable[[Turn, Version, Held], Change]


async def take(engine: Engine, wanted: Claim, plans_of: PlansOf, manner: Manner) -> Outcome:
    """Let a member have an offer for its price, and end with it as told, in one commit.

    Raises as `claim` does.
    """
    wallets.check_key(wanted.key)
    version = await program.active(engine)
    offer = known(version, wanted.offer)

    def deciding(unit: Unit | None) -> Command:
        def decide(state: State, now: datetime) -> Change:
            if unit is not None and unit.leased_until is not None and now >= unit.leased_until:
                raise Unavailable("it took too long")
            members.must_be_free(state, Doing.SPEND)
            turn = Turn(state, now)
            held = _taken(turn, version, Wish(offer, wanted.reserve, unit, plans_of))
            return manner.end(turn, version, held)

        return Command(wanted.member_id, decide, wanted.key, manner.asked)

    return await stocking.with_unit(engine, offer, wanted.member_id, deciding)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of an offer, with the unit that was taken for it, if it is limited."""

    offer: terms.Offer
    reserve: bool
    unit: Unit | None
    plans_of: PlansOf


def _taken(turn: Turn, version: Version, wish: Wish) -> Held:
    offer, now = wish.offer, turn.now
    settle(turn)
    asked = replace(asking(turn.state, version, now, wish.plans_of), holding=turn.of(store.HOLDING))
    left = None if wish.unit is None else 1
    reasons = rules.obstacles(offer, version.program, asked, left)
    waits = offer.waiting_list and any(isinstance(one, OfferSoldOut) for one in reasons)
    if reasons and not (waits and len(reasons) == 1):
        raise Refused(reasons[0])
    zone, today = version.program.zone, version.program.place.day(now)
    holding = turn.of(store.HOLDING)
    issue = Issue(turn.member_id, offer, version.number, now, zone, {"kind": "CLAIM"})
    held = replace(rules.new_held(holding, issue), claimed_on=today)
    if waits:
        held = replace(held, state=HeldState.WAITING, expires_at=offer.ends, code=None)
    elif wish.reserve:
        until = rules.reserved_until(offer, now)
        held = replace(held, state=HeldState.RESERVED, expires_at=until)
        held = set_aside(turn, version, stocking.with_its_unit(held, wish.unit), offer.price)
    else:
        held = pay(turn, version, stocking.with_its_unit(held, wish.unit), offer.price)
    taken = holding.added(held).counted(offer.id, today, 1)
    turn.put(store.HOLDING, taken)
    return held


_TOLD = {HeldState.WAITING: "OfferAwaited", HeldState.RESERVED: "OfferReserved"}


def _told(turn: Turn, version: Version, held: Held) -> Change:
    """Tell of what was taken; points are credited at once."""
    offer = known(version, held.offer)
    kind = _TOLD.get(held.state, "OfferIssued")
    turn.tell(Fact(kind, {"offer": offer.id, "held": held.id, "claimed": True}))
    if offer.gives is not None and held.state is HeldState.ISSUED:
        held = give_points(turn, version, offer, held)
        end(turn, rules.redeemed(held, offer, turn.now), was=held.state)
    return turn.change(held=held.id, unit=held.unit, taker=held.taker, state=held.state.value)


async def confirm(engine: Engine, step: Step) -> Outcome:
    """Turn a reservation into the offer itself. Raises Refused with OfferNotHeld, OfferOver,
    OfferExpired, OfferNotUsable, MemberUnknown, MemberNotActive or KeyReused; Unavailable.
    """

    def decide(turn: Turn, versions: Versions, held: Held) -> None:
        version, offer = pinned(held, versions)
        if over := rules.is_over(offer, version.program, turn.now):
            raise Refused(over)
        held = rules.check_usable(held, version.program, turn.now, {HeldState.RESERVED})
        until = rules.valid_until(offer, turn.now, version.program.zone)
        held = pay_held(turn, version, held)
        held = replace(held, state=HeldState.ISSUED, expires_at=until)
        turn.put(store.HOLDING, turn.of(store.HOLDING).replaced(held))
        _told(turn, version, held)

    return await take_step(engine, step, _asked("offer.confirm", step), decide)


async def activate(engine: Engine, step: Step) -> Outcome:
    """Switch on what a member has; points that are given are credited. Raises as `confirm`."""

    def decide(turn: Turn, versions: Versions, held: Held) -> None:
        version, offer = pinned(held, versions)
        held = rules.check_usable(held, version.program, turn.now, {HeldState.ISSUED})
        running = rules.activated(held, offer, turn.now)
        if offer.gives is not None:
            running = give_points(turn, version, offer, running)
            end(turn, rules.redeemed(running, offer, turn.now), was=running.state)
            return
        turn.put(store.HOLDING, turn.of(store.HOLDING).replaced(running))
        turn.tell(Fact("OfferActivated", {"offer": offer.id, "held": held.id}))

    return await take_step(engine, step, _asked("offer.activate", step), decide)


async def cancel(engine: Engine, step: Step) -> Outcome:
    """Give back what is not used: its points return, its unit is free. Raises as `confirm`."""

    def decide(turn: Turn, versions: Versions, held: Held) -> None:
        version, offer = pinned(held, versions)
        held = rules.check_usable(held, version.program, turn.now, rules.CANCELLABLE)
        pay_back(turn, version, held, by_choice=True)
        end(turn, rules.cancelled(held, offer, turn.now), was=held.state)

    outcome = await take_step(engine, step, _asked("offer.cancel", step), decide)
    await stocking.end_unit(engine, outcome)
    return outcome


Decide = Callable[[Turn, Versions, Held], None]


def _asked(verb: str, step: Step) -> str:
    return wallets.hash_input(verb=verb, held=step.held)


async def take_step(engine: Engine, step: Step, asked: str, decide: Decide) -> Outcome:
    """Do something with what a member has, in one commit; the result tells its unit.

    `asked` is the hash of everything that was asked for. `decide` is given the versions that it,
    and what was used on any receipt, was issued by.
    """
    wallets.check_key(step.key)
    holding = (await members.require(engine, step.member_id)).value(store.HOLDING)
    looked_at = [held for held in holding.helds if held.id == step.held or held.receipt]
    versions = await versions_of(engine, looked_at)

    def deciding(state: State, now: datetime) -> Change:
        members.must_be_free(state, Doing.SPEND)
        turn = Turn(state, now)
        wallets.settle(turn)
        held = turn.of(store.HOLDING).held(step.held)
        if held is None:
            raise Refused(OfferNotHeld(step.held))
        decide(turn, versions, held)
        after = turn.of(store.HOLDING).held(step.held) or held
        return turn.change(
            held=held.id,
            offer=held.offer,
            unit=after.unit,
            taker=after.taker,
            had=after.state is HeldState.REDEEMED,
        )

    return await engine.commits.submit(Command(step.member_id, deciding, step.key, asked))
