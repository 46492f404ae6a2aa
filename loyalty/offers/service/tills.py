"""What tills do: check and redeem what members have, by its id or its code; burn codes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from loyalty import members, program, wallets
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refused
from loyalty.members import Doing
from loyalty.offers import rules, store
from loyalty.offers.rules import (
    Held,
    HeldState,
    OfferNotActivated,
    OfferNotHeld,
    OffersExclude,
    OfferSoldOut,
    VoucherUnknown,
    VoucherUsed,
)
from loyalty.offers.service import receipts, stocking
from loyalty.offers.service.asking import PlansOf, Versions, known, no_plans, pinned, versions_of
from loyalty.offers.service.claiming import Claim, Manner, Step, take, take_step
from loyalty.offers.service.giving import give_points, issue
from loyalty.offers.service.receipts import Receipt
from loyalty.offers.service.settling import end
from loyalty.offers.store.units import Burn, Unit
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

    `held` is what a member has; without it nobody in particular has the code: it is a `unit` of a
    list, or everybody's. `used_at` tells when it was burned, if it was.
    """

    code: str
    offer: str
    state: HeldState
    member_id: str | None = None
    held: Held | None = None
    used_at: datetime | None = None
    unit: str | None = None

    @property
    def meaning(self) -> str:
        """Name what the code stands for: a held offer, a unit, or an offer."""
        return (self.held.id if self.held else self.unit) or self.offer


async def redeem(engine: Engine, wanted: Redemption) -> Outcome:
    """Use what a member has, once. Raises Refused with OfferNotHeld, OfferNotActivated,
    OfferExpired, OfferNotUsable, OffersExclude, MemberUnknown, MemberNotActive or KeyReused;
    Unavailable.
    """
    receipt = await receipts.find(engine, wanted.receipt)

    def decide(turn: Turn, versions: Versions, held: Held) -> None:
        _use(turn, versions, held, receipt)

    step = Step(wanted.member_id, wanted.held, wanted.key)
    asked = wallets.hash_input(verb="offer.redeem", held=wanted.held, receipt=wanted.receipt)
    outcome = await take_step(engine, step, asked, decide)
    await stocking.end_unit(engine, outcome)
    return outcome


def _use(turn: Turn, versions: Versions, held: Held, receipt: Receipt) -> Held:
    """Use what a member has, with what was used on the same receipt; points are credited."""
    version, offer = pinned(held, versions)
    held = rules.check_usable(held, version.program, turn.now)
    _check_receipt(turn, versions, offer, receipt)
    used = give_points(turn, version, offer, rules.redeemed(held, offer, turn.now, receipt.number))
    end(turn, used, was=held.state)
    return used


def _check_receipt(turn: Turn, versions: Versions, offer: terms.Offer, receipt: Receipt) -> None:
    """Refuse what does not go together with what was used on the same receipt."""
    if receipt.number is not None:
        helds = turn.of(store.HOLDING).helds
        used = [pinned(held, versions)[1] for held in helds if held.receipt == receipt.number]
        receipts.check(offer, [*used, *receipt.burned])


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
    found = await _meanings(engine, await program.active(engine), code)
    if not found:
        raise Refused(VoucherUnknown(code))
    return _meant(found)


async def _meanings(engine: Engine, version: Version, code: str) -> list[Voucher]:
    """Find everything that a code stands for: one thing, but where it was there twice of old."""
    now, found = engine.clock(), []
    for member_id in await store.helds.owners_of(engine.mongo, [code]):
        state = await members.require(engine, member_id)
        helds = [held for held in state.value(store.HOLDING).helds if held.code == code]
        found += [_of_member(code, member_id, held.at(now)) for held in helds]
    had = {voucher.held.unit for voucher in found if voucher.held is not None}
    units = await store.units.find_codes(engine.mongo, [code])
    found += [_of_nobody(version, unit, now) for unit in units if unit.id not in had]
    generic = [one for one in version.program.offers if one.code and one.code.text == code]
    return found + [Voucher(code, offer.id, _of_the_offer(offer, now)) for offer in generic]


def _meant(found: Sequence[Voucher], shown_by: str | None = None) -> Voucher:
    """Choose what is meant: what can be used, and of that what the member has who shows it."""

    def rank(voucher: Voucher) -> tuple[bool, int]:
        if voucher.held is not None:
            place = 0 if voucher.member_id == shown_by else 2
        elif voucher.unit is None:
            place = 4 if shown_by is None else 1
        else:
            place = 3
        return voucher.state not in rules.USABLE, place

    return min(found, key=rank)


def _of_member(code: str, member_id: str, held: Held) -> Voucher:
    return Voucher(code, held.offer, held.state, member_id, held, held.ended_at)


def _of_the_offer(offer: terms.Offer, now: datetime) -> HeldState:
    return HeldState.EXPIRED if offer.ends and now >= offer.ends else HeldState.ISSUED


def _of_nobody(version: Version, unit: Unit, now: datetime) -> Voucher:
    offer = version.program.offer(unit.offer)
    state = HeldState.EXPIRED if offer is None else _of_the_offer(offer, now)
    if unit.state != store.units.FREE:
        state = HeldState.REDEEMED
    return Voucher(unit.code or "", unit.offer, state, used_at=unit.ended_at, unit=unit.id)


@dataclass(frozen=True, slots=True)
class Burning:
    """A code shown at a till; a generic one, that everybody may show, names who shows it."""

    code: str
    key: str
    member_id: str | None = None
    receipt: str | None = None

    @property
    def text(self) -> str:
        """Give the code as it is kept."""
        return self.code.strip().upper()

    @property
    def input_hash(self) -> str:
        """Tell the same code, shown the same way, from another under the same key."""
        return wallets.hash_input(
            verb="voucher.redeem", code=self.text, member=self.member_id, receipt=self.receipt
        )


async def burn(engine: Engine, wanted: Burning, plans_of: PlansOf = no_plans) -> Voucher:
    """Burn a code, once. A generic one is claimed and used by the member who shows it.

    Raises Refused with VoucherUnknown, VoucherUsed, KeyReused, and as `claim` and `redeem` do;
    Unavailable.
    """
    wallets.check_key(wanted.key)
    version = await program.active(engine)
    found = await _meanings(engine, version, wanted.text)
    best = _meant(found, wanted.member_id) if found else None
    meant = {"meant": best.meaning if best else None}
    kept = await store.keys.keep(engine.mongo, wanted.key, wanted.input_hash, meant)
    same = [voucher for voucher in found if voucher.meaning == kept.get("meant")]
    try:
        if best is None:
            raise Refused(VoucherUnknown(wanted.text))
        return await _burn(engine, version, wanted, Meant(same[0] if same else best, plans_of))
    except Refused:
        await store.keys.let_go(engine.mongo, wanted.key)
        raise


@dataclass(frozen=True, slots=True)
class Meant:
    """What a code that is burned stands for; `plans_of` is for one that everybody may show."""

    voucher: Voucher
    plans_of: PlansOf


async def _burn(engine: Engine, version: Version, wanted: Burning, meant: Meant) -> Voucher:
    voucher = meant.voucher
    if voucher.held is not None:
        return await _burn_held(engine, version, wanted, voucher)
    if voucher.unit is None:
        return await _use_generic(engine, wanted, meant)
    offer = version.program.offer(voucher.offer)
    if voucher.state is not HeldState.REDEEMED:
        _check_open(version, offer, voucher, engine.clock())
    burn = Burn(voucher.unit, f"till:{wanted.key}", wanted.receipt, engine.clock())
    unit = await receipts.burn(engine, version, offer, burn)
    if unit.taker != burn.taker and unit.ended_at is not None:
        raise Refused(_used(version, voucher.code, unit.ended_at))
    return _of_nobody(version, unit, engine.clock())


def _used(version: Version, code: str, at: datetime) -> VoucherUsed:
    return VoucherUsed(code, at, version.program.place.day(at))


def _check_open(
    version: Version, offer: terms.Offer | None, voucher: Voucher, now: datetime
) -> None:
    """Refuse a code of nobody whose offer has no list any more, is not open, or needs the app."""
    if offer is None or not offer.has_list:
        raise Refused(VoucherUnknown(voucher.code))
    for why_not in rules.closed(offer, version.program, now):
        raise Refused(why_not)
    if offer.active_minutes is not None:
        raise Refused(OfferNotActivated(voucher.code))


async def _burn_held(
    engine: Engine, version: Version, wanted: Burning, voucher: Voucher
) -> Voucher:
    """Use what has a code; where it was used by now, perhaps a moment ago, say when."""
    owner, held_id = voucher.member_id or "", voucher.meaning
    try:
        using = Redemption(owner, held_id, wanted.key, wanted.receipt)
        state = (await redeem(engine, using)).state
    except Refused as refused:
        now = (await members.require(engine, owner)).value(store.HOLDING).held(held_id)
        is_used = now is not None and now.state is HeldState.REDEEMED
        if isinstance(refused.refusal, KeyReused) or not is_used:
            raise
        at = now.ended_at if now is not None else None
        raise Refused(_used(version, voucher.code, at or engine.clock())) from None
    held = state.value(store.HOLDING).held(held_id) or voucher.held
    return _of_member(voucher.code, owner, held) if held else voucher


async def _use_generic(engine: Engine, wanted: Burning, meant: Meant) -> Voucher:
    """Take what a generic code gives for who shows it, and use it, in one commit."""
    voucher = meant.voucher
    if wanted.member_id is None:
        raise Refused(VoucherUnknown(voucher.code))
    holding = (await members.require(engine, wanted.member_id)).value(store.HOLDING)
    others = await versions_of(engine, [held for held in holding.helds if held.receipt])
    receipt = await receipts.find(engine, wanted.receipt)

    def use(turn: Turn, version: Version, held: Held) -> Change:
        if held.state is HeldState.WAITING:
            raise Refused(OfferSoldOut(held.offer, has_waiting_list=True))
        turn.tell(Fact("OfferIssued", {"offer": held.offer, "held": held.id, "claimed": True}))
        used = _use(turn, {**others, version.number: version}, held, receipt)
        return turn.change(held=used.id, unit=used.unit, taker=used.taker, state=used.state.value)

    claiming = Claim(wanted.member_id, voucher.offer, wanted.key)
    outcome = await take(engine, claiming, meant.plans_of, Manner(wanted.input_hash, use))
    held = outcome.state.value(store.HOLDING).held(outcome.result["held"])
    now = replace(voucher, member_id=wanted.member_id, held=held)
    return replace(now, state=HeldState.REDEEMED, used_at=held.ended_at if held else None)
