"""Give back what a refund takes: points of the goods, what counted, what points had paid for.

Worked out under the version and the circumstances of the purchase, which its record keeps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from loyalty import challenges, members, offers, plans, program, referrals, states, tiers, wallets
from loyalty.activities import rules, store
from loyalty.activities.rules import Circumstances, Due, Refund, Refunded
from loyalty.activities.service.recording import check_when, to_the_millisecond
from loyalty.activities.service.redemptions import find_redemption
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import Refused, Unavailable
from loyalty.mongo import Document
from loyalty.program import Purchase, Version, line_bases
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn
from loyalty.wallets import PostedEntry


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase as it was recorded: under which version, in which circumstances, with what.

    `lots` are those its accruals went to, by rule; `spent` is the redemption that paid a part;
    `challenges` are those that counted it, `stamps` what it got on punch cards, `learned` what it
    was counted for towards personal offers.
    """

    reference: str
    purchase: Purchase
    version: Version
    circumstances: Circumstances
    lots: Mapping[str, str]
    spent: PostedEntry | None = None
    challenges: tuple[str, ...] = ()
    stamps: Mapping[str, Sequence[int]] = field(default_factory=dict)
    learned: tuple[tuple[str, str, int], ...] = ()


async def record_refund(engine: Engine, refund: Refund) -> Outcome:
    """Record a refund of a purchase, once for its source and id, and take back what it earned.

    The result holds what was `refunded` now, and what is `left` of the purchase, in minor units.
    Raises BadInput; Refused with PurchaseUnknown, PurchaseOfAnother, RefundTooHigh, RefundTooMany,
    RefundedAlready, MoneyMismatch, ProgramMissing or KeyReused; Unavailable.
    """
    rules.check_refund(refund)
    return await refund_checked(engine, refund)


async def refund_checked(engine: Engine, refund: Refund) -> Outcome:
    """Record a refund that was checked."""
    now = engine.clock()
    refund = replace(refund, occurred_at=to_the_millisecond(refund.occurred_at))
    check_when(refund.occurred_at, now)
    version = await program.active(engine)
    bought = await _find(engine, refund)
    document = store.refund_document(refund, bought.purchase.member_id)
    fingerprint = wallets.hash_input(**document)

    def decide(state: State, now: datetime) -> Change:
        return _Refunding(Turn(state, now), bought, version).decide(refund)

    claim = store.claim(document, fingerprint, engine.new_id(), now)
    command = Command(document["member"], decide, claim.document["key"], fingerprint, claim)
    return await engine.commits.submit(command)


async def _find(engine: Engine, refund: Refund) -> Bought:
    """Find the purchase and what its record keeps. Raises Refused, Unavailable."""
    reference = store.purchase_id(refund.purchase_source, refund.purchase_id)
    claim = await store.find_claim(engine.mongo, reference)
    if claim is None or "refused" in claim:
        raise Refused(rules.PurchaseUnknown(refund.purchase_source, refund.purchase_id))
    if refund.member_id not in (None, claim["member"]):
        raise Refused(rules.PurchaseOfAnother(refund.purchase_id, str(refund.member_id)))
    if refund.money not in (None, claim["money"]):
        raise Refused(rules.MoneyMismatch(str(refund.money), claim["money"]))
    state = await members.require(engine, claim["member"])
    record = state.find_record(claim["key"])
    if record is None:  # a record is in the ledger before it leaves the ring
        older = await states.ledger_records(engine.mongo, claim["member"], [claim["key"]])
        record = older.get(claim["key"])
    if record is None:
        raise Unavailable("the purchase is on its way: send the refund again")
    purchase = store.purchase_from_document(claim)
    named = purchase.redemption
    spent = await find_redemption(engine, state, named) if named else None
    made_by = await program.version(engine, record["result"]["version"])
    return Bought(
        reference=reference,
        purchase=purchase,
        version=made_by,
        circumstances=_circumstances(record),
        lots=_lots(record),
        spent=spent,
        challenges=tuple(record["result"].get("challenges", ())),
        stamps=record["result"].get("stamps", {}),
        learned=tuple((rule, what, n) for rule, what, n in record["result"].get("learned", ())),
    )


def _circumstances(record: Document) -> Circumstances:
    kept = record["result"]
    return Circumstances(
        frozenset(kept.get("meant", ())),
        {name: Fraction(factor) for name, factor in kept.get("factors", {}).items()},
        {},
        kept.get("room", {}),
    )


def _lots(record: Document) -> dict[str, str]:
    return {
        entry["explanation"]["rule"]: entry["lot"]
        for entry in record["entries"]
        if "rule" in entry.get("explanation", {})
    }


@dataclass(slots=True)
class _Refunding:
    """One refund on one turn, for a purchase and the version that is in force now."""

    turn: Turn
    bought: Bought
    version: Version

    def decide(self, refund: Refund) -> Change:
        """Work out everything a refund does to its member. Raises BadInput, Refused."""
        bought, turn = self.bought, self.turn
        refunds = turn.of(store.REFUNDS)
        before = refunds.purchases.get(bought.reference, rules.NOTHING_REFUNDED)
        after = rules.refunded_with(bought.purchase, before, refund)
        wallets.settle(turn)
        dues = self._dues(before, after)
        points = self._claw_back(dues, refund)
        self._give_back(before, after, refund)
        after = replace(after, taken=rules.taken_with(before.taken, dues))
        latest = turn.of(store.REFUNDS)
        purchases = {**latest.purchases, bought.reference: after}
        turn.put(store.REFUNDS, replace(latest, purchases=purchases))
        counted = self._uncount(before, after, points)
        self._undo(before, after)
        refunded = rules.refunded_total(after) - rules.refunded_total(before)
        whole = rules.is_over(bought.purchase, after)
        told = {"purchase": bought.reference, "whole": whole, "refunded": refunded}
        turn.tell(Fact("PurchaseRefunded", {**told, "points": points}))
        left = bought.purchase.total - rules.refunded_total(after)
        amounts = {"refunded": refunded, "left": left, "money": bought.purchase.money}
        return turn.change(**amounts, **counted)

    def _dues(self, before: Refunded, after: Refunded) -> list[Due]:
        bought = self.bought
        terms, found = bought.version.program, bought.circumstances
        first = rules.worth(bought.purchase, rules.NOTHING_REFUNDED, terms, found)
        left = rules.worth(bought.purchase, after, terms, found)
        return rules.dues(first, left, before.taken)

    def _claw_back(self, dues: list[Due], refund: Refund) -> dict[str, int]:
        """Take back what is due, one entry for each rule; give the points by currency."""
        turn = self.turn
        points: dict[str, int] = {}
        for due in dues:
            whole, why = self._whole(due)
            if not whole:
                continue
            why |= {"kind": "REFUND", "rule": due.rule, "activity": self.bought.reference}
            why["refund"] = refund.id
            wanted = wallets.Clawback(due.currency, whole, self.bought.lots.get(due.rule))
            wallets.clawback(turn, self.bought.version, wanted, why)
            points[due.currency] = points.get(due.currency, 0) + whole
        self._free_caps(dues)
        return points

    def _whole(self, due: Due) -> tuple[int, dict[str, object]]:
        """Give the whole points that are due, and the arithmetic; what is carried pays first."""
        why: dict[str, object] = {"earned": str(due.earned), "left": str(due.left)}
        if due.before:
            why["before"] = str(due.before)
        if not due.carries:
            return int(due.points), why
        accounts = self.turn.of(wallets.WALLET).accounts
        carry = accounts[due.currency].carry if due.currency in accounts else {}
        carried = Fraction(carry.get(due.rule, "0"))
        whole, rest = rules.out_of_carry(due.points, carried)
        wallets.carry(self.turn, due.currency, {due.rule: str(rest)})
        return whole, why | {"carried_in": str(carried), "carried_out": str(rest)}

    def _free_caps(self, dues: list[Due]) -> None:
        """Let capped rules give again what they have taken back."""
        counters = self.turn.of(store.COUNTERS)
        terms = self.bought.version.program
        on = rules.local_day(self.bought.purchase, terms)
        given = rules.given_without(counters.get("given", {}), dues, terms, on)
        if given:
            self.turn.put(store.COUNTERS, {**counters, "given": given})

    def _give_back(self, before: Refunded, after: Refunded, refund: Refund) -> None:
        """Return the points that paid for what was refunded to the lots they came from."""
        purchase, spent = self.bought.purchase, self.bought.spent
        if spent is None or not purchase.points_payment:
            return
        refunds = self.turn.of(store.REFUNDS)
        entry, total = spent.entry, -spent.entry.points
        was, now_is = (
            total * rules.points_payment_of(purchase, refunded) // purchase.points_payment
            for refunded in (before, after)
        )
        returned = refunds.returned.get(spent.id, 0)
        points = min(now_is - was, total - returned)
        if points <= 0:
            return
        wanted = wallets.Reinstatement.of(entry.currency, entry.allocations, points, returned)
        why = {"kind": "REINSTATEMENT", "activity": self.bought.reference, "refund": refund.id}
        wallets.reinstate(self.turn, self.bought.version, wanted, why)
        returned_now = {**refunds.returned, spent.id: returned + points}
        self.turn.put(store.REFUNDS, replace(refunds, returned=returned_now))

    def _uncount(
        self, before: Refunded, after: Refunded, points: Mapping[str, int]
    ) -> dict[str, Any]:
        """Take what was refunded off the counters and off what counts for tiers."""
        purchase, turn = self.bought.purchase, self.turn
        was_over, is_over = (rules.is_over(purchase, part) for part in (before, after))
        spent = self._spend(before) - self._spend(after)
        gone = int(is_over and not was_over)
        given_back = purchase.occurred_at if gone else None
        turn.put(store.COUNTERS, store.without(turn.of(store.COUNTERS), spent, given_back))
        taken = tiers.Tally(spend=spent, purchases=gone)
        tiers.settle(turn, self.version.program)
        tiers.undo(turn, self.bought.version.program, purchase.occurred_at, taken, points)
        return {
            "version": self.version.number,
            "purchases": gone,
            "spend": spent,
            "points": dict(points),
        }

    def _spend(self, refunded: Refunded) -> int:
        """Give what counts as spend of what is left."""
        left = rules.remaining(self.bought.purchase, refunded)
        return rules.total_base(line_bases(left, self.bought.version.program))

    def _undo(self, before: Refunded, after: Refunded) -> None:
        """Let the nouns that count what was bought take back what they counted."""
        turn, bought = self.turn, self.bought
        was, left = (rules.remaining(bought.purchase, part) for part in (before, after))
        plans.undo(turn, bought.version, bought.stamps, (was, left))
        challenges.undo(turn, bought.version, was, left, bought.challenges)
        offers.undo(turn, bought.version, left)
        referrals.undo(turn, bought.version, left)
        offers.personal.unlearn(turn, bought.version, (was, left), list(bought.learned))
