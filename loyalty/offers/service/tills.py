"""What tills do: check and redeem what members have, by its id or its code; burn codes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from loyalty import members, program, wallets
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refused, Unavailable
from loyalty.members import Doing
from loyalty.offers import rules, store
from loyalty.offers.rules import (
    Held,
    HeldState,
    OfferNotHeld,
    OffersExclude,
    OfferSoldOut,
    VoucherUnknown,
    VoucherUsed,
)
from loyalty.offers.service import stocking
from loyalty.offers.service.asking import PlansOf, Versions, known, no_plans, pinned, versions_of
from loyalty.offers.service.claiming import Claim, Manner, Step, take, take_step
from loyalty.offers.service.giving import give_points, issue
from loyalty.offers.service.settling import end
from loyalty.offers.store.units import Unit
from loyalty.program import Version, terms
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn


@dataclass(frozen=True, slots=True)
class Redemption:
    """Something a member uses at a till; what is used on one `receipt` must go together."""

    member_id: str
    held: str
    key: str
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Voucher:
    """What a code is: of which offer, whose, and whether it can be used (`state`).

    `held` is what a member has; without it nobody in particular has the code, and `used_at` tells
    when it was burned, if it was.
    """

    code: str
    offer: str
    state: HeldState
    member_id: str | None = None
    held: Held | None = None
    used_at: datetime | None = None


async def redeem(engine: Engine, wanted: Redemption) -> Outcome:
    """Use what a member has, once. Raises Refused with OfferNotHeld, OfferNotActivated,
    OfferExpired, OfferNotUsable, OffersExclude, MemberUnknown, MemberNotActive or KeyReused;
    Unavailable.
    """

    def decide(turn: Turn, versions: Versions, held: Held) -> None:
        _use(turn, versions, held, wanted.receipt)

    step = Step(wanted.member_id, wanted.held, wanted.key)
    asked = wallets.hash_input(verb="offer.redeem", held=wanted.held, receipt=wanted.receipt)
    outcome = await take_step(engine, step, asked, decide)
    await stocking.end_unit(engine, outcome)
    return outcome


def _use(turn: Turn, versions: Versions, held: Held, receipt: str | None) -> Held:
    """Use what a member has, with what was used on the same receipt; points are credited."""
    version, offer = pinned(held, versions)
    held = rules.check_usable(held, version.program, turn.now)
    _check_receipt(turn, versions, offer, receipt)
    used = give_points(turn, version, offer, rules.redeemed(held, offer, turn.now, receipt))
    end(turn, used, was=held.state)
    return used


def _check_receipt(turn: Turn, versions: Versions, offer: terms.Offer, receipt: str | None) -> None:
    """Refuse what does not go together with what was used on the same receipt."""
    if receipt is None:
        return
    used = [held for held in turn.of(store.HOLDING).helds if held.receipt == receipt]
    for _, other in (pinned(held, versions) for held in used):
        for conflict in rules.conflicts([offer, other]):
            raise Refused(conflict)


async def together(engine: Engine, state: State, held_ids: Sequence[str]) -> list[OffersExclude]:
    """Tell which of these do not go together in one purchase; empty where all may be used.

    Raises Refused with OfferNotHeld, OfferExpired or OfferNotUsable for one that cannot be used.
    """
    holding, offers = state.value(store.HOLDING), []
    for held_id in dict.fromkeys(held_ids):
        held = holding.held(held_id)
        if held is None:
            raise Refused(OfferNotHeld(held_id))
        version, offer = pinned(held, await versions_of(engine, [held]))
        rules.check_usable(held, version.program, engine.clock())
        offers.append(offer)
    return list(rules.conflicts(offers))


@dataclass(frozen=True, slots=True)
class Gift:
    """An offer that staff give a member; `reason` is shown, `actor` is who gave it."""

    member_id: str
    offer: str
    key: str
    reason: str
    actor: str


async def hand_out(engine: Engine, wanted: Gift) -> Outcome:
    """Give a member an offer by hand, free of its price and limits.

    Of a limited one it comes from what is left, before those who wait. Raises Refused with
    OfferUnknown, OfferOver, MemberUnknown, MemberNotActive or KeyReused; Unavailable.
    """
    wallets.check_key(wanted.key)
    version = await program.active(engine)
    offer = known(version, wanted.offer)

    def decide(state: State, now: datetime) -> Change:
        members.must_be_free(state, Doing.RECEIVE)
        over = rules.is_over(offer, version.program, now)
        if over is not None:
            raise Refused(over)
        turn = Turn(state, now)
        why = {"kind": "GIFT", "reason": wanted.reason, "actor": wanted.actor}
        held = issue(turn, version, offer.id, why)
        return turn.change(held=held.id if held else None)

    fingerprint = wallets.hash_input(verb="offer.issue", offer=offer.id, reason=wanted.reason)
    return await engine.commits.submit(Command(wanted.member_id, decide, wanted.key, fingerprint))


async def check(engine: Engine, code: str) -> Voucher:
    """Tell what a code is. Raises Refused(VoucherUnknown)."""
    code = code.strip().upper()
    version = await program.active(engine)
    for offer in version.program.offers:
        if offer.code is not None and offer.code.text == code:
            return Voucher(code, offer.id, _of_the_offer(offer, engine.clock()))
    for member_id in await store.helds.owners_of(engine.mongo, code):
        state = await members.require(engine, member_id)
        for held in state.value(store.HOLDING).helds:
            if held.code == code:
                now = held.at(engine.clock())
                return Voucher(code, held.offer, now.state, member_id, now, now.ended_at)
    unit = await store.units.find_code(engine.mongo, code)
    if unit is None:
        raise Refused(VoucherUnknown(code))
    return _of_nobody(version, unit, engine.clock())


def _of_the_offer(offer: terms.Offer, now: datetime) -> HeldState:
    return HeldState.EXPIRED if offer.ends and now >= offer.ends else HeldState.ISSUED


def _of_nobody(version: Version, unit: Unit, now: datetime) -> Voucher:
    offer = version.program.offer(unit.offer)
    state = HeldState.EXPIRED if offer is None else _of_the_offer(offer, now)
    if unit.state != store.units.FREE:
        state = HeldState.REDEEMED
    return Voucher(unit.code or "", unit.offer, state, used_at=unit.ended_at)


@dataclass(frozen=True, slots=True)
class Burning:
    """A code shown at a till; a generic one, that everybody may show, names who shows it."""

    code: str
    key: str
    member_id: str | None = None
    receipt: str | None = None

    @property
    def input_hash(self) -> str:
        """Tell the same code, shown the same way, from another under the same key."""
        code, shown_by = self.code.strip().upper(), self.member_id
        return wallets.hash_input(
            verb="voucher.redeem", code=code, member=shown_by, receipt=self.receipt
        )


async def burn(engine: Engine, wanted: Burning, plans_of: PlansOf = no_plans) -> Voucher:
    """Burn a code, once. A generic one is claimed and used by the member who shows it.

    Raises Refused with VoucherUnknown, VoucherUsed, KeyReused, and as `claim` and `redeem` do;
    Unavailable.
    """
    wallets.check_key(wanted.key)
    await store.keys.keep(engine.mongo, wanted.key, wanted.input_hash)
    try:
        return await _burn(engine, wanted, plans_of)
    except Refused:
        await store.keys.let_go(engine.mongo, wanted.key)
        raise


async def _burn(engine: Engine, wanted: Burning, plans_of: PlansOf) -> Voucher:
    voucher = await check(engine, wanted.code)
    version = await program.active(engine)
    if voucher.held is not None and voucher.member_id is not None:
        using = Redemption(voucher.member_id, voucher.held.id, wanted.key, wanted.receipt)
        await _burn_held(engine, version, using, voucher.code)
        return await check(engine, wanted.code)
    offer = version.program.offer(voucher.offer)
    if offer is not None and offer.code is not None and offer.code.text is not None:
        return await _use_generic(engine, wanted, voucher, plans_of)
    if voucher.state is HeldState.EXPIRED:
        _refuse_over(version, offer, voucher, engine.clock())
    unit_id = f"{voucher.offer}:{voucher.code}"
    taker = f"till:{wanted.key}"
    await store.units.burn_code(engine.mongo, unit_id, taker, engine.clock())
    unit = await store.units.find_code(engine.mongo, voucher.code)
    if unit is None or unit.ended_at is None:
        raise Unavailable("somebody is having the code right now")
    if unit.taker != taker:
        raise Refused(_used(version, voucher.code, unit.ended_at))
    return _of_nobody(version, unit, engine.clock())


def _used(version: Version, code: str, at: datetime) -> VoucherUsed:
    return VoucherUsed(code, at, version.program.place.day(at))


def _refuse_over(
    version: Version, offer: terms.Offer | None, voucher: Voucher, now: datetime
) -> None:
    """Refuse a code of an offer that has ended, or that the program no longer declares."""
    if offer is None:
        raise Refused(VoucherUnknown(voucher.code))
    over = rules.is_over(offer, version.program, now)
    if over is not None:
        raise Refused(over)


async def _burn_held(engine: Engine, version: Version, using: Redemption, code: str) -> None:
    """Use what has a code; where it was used by now, perhaps a moment ago, say when."""
    try:
        await redeem(engine, using)
    except Refused as refused:
        now = await check(engine, code)
        if isinstance(refused.refusal, KeyReused) or now.state is not HeldState.REDEEMED:
            raise
        raise Refused(_used(version, code, now.used_at or engine.clock())) from None


async def _use_generic(
    engine: Engine, wanted: Burning, voucher: Voucher, plans_of: PlansOf
) -> Voucher:
    """Take what a generic code gives for who shows it, and use it, in one commit."""
    if wanted.member_id is None:
        raise Refused(VoucherUnknown(voucher.code))
    holding = (await members.require(engine, wanted.member_id)).value(store.HOLDING)
    others = await versions_of(engine, [held for held in holding.helds if held.receipt])

    def use(turn: Turn, version: Version, held: Held) -> Change:
        if held.state is HeldState.WAITING:
            raise Refused(OfferSoldOut(held.offer, has_waiting_list=True))
        turn.tell(Fact("OfferIssued", {"offer": held.offer, "held": held.id, "claimed": True}))
        used = _use(turn, {**others, version.number: version}, held, wanted.receipt)
        return turn.change(held=used.id, unit=used.unit, taker=used.taker, state=used.state.value)

    claiming = Claim(wanted.member_id, voucher.offer, wanted.key)
    outcome = await take(engine, claiming, plans_of, Manner(wanted.input_hash, use))
    held = outcome.state.value(store.HOLDING).held(outcome.result["held"])
    now = replace(voucher, member_id=wanted.member_id, held=held)
    return replace(now, state=HeldState.REDEEMED, used_at=held.ended_at if held else None)
