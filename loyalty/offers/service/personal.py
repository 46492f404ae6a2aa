"""Personal offers: issued by what a member bought or with a message, each with its reason."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from loyalty import commands, members, program, sweeps
from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.errors import Refused, Unavailable
from loyalty.members import Doing
from loyalty.mongo import Document
from loyalty.offers import rules, store
from loyalty.offers.rules import Asking, Held, Issue, OfferSoldOut, Subject
from loyalty.offers.service import stocking
from loyalty.offers.service.asking import known
from loyalty.offers.service.giving import is_over_by_now, issue
from loyalty.offers.service.settling import end, settle
from loyalty.offers.store.units import Unit
from loyalty.program import Purchase, Version, Who, terms
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn

Learned = list[tuple[str, str, int]]
"""What a purchase was counted for: the rule, the subject, and the how-manieth cycle of it.

What paid for returns of an earlier cycle counted in none: `PAID`.
"""
PAID = -1


def learn(turn: Turn, version: Version, purchase: Purchase, who: Who) -> Learned:
    """Count a purchase, and issue what it calls for; give what it was counted for.

    Of a purchase that is reported late, what would be over by now is not issued, and nobody is won
    back whose time for it came before it was known that they had bought at all.
    """
    declared = version.program
    learned: Learned = []
    if not declared.personal_offers:
        return learned
    history = rules.bought(turn.of(store.HISTORY), declared, purchase.occurred_at)
    history, _ = rules.won_back(history, declared, turn.now)
    on = declared.place.day(purchase.occurred_at)
    for rule in declared.personal_offers:
        if not _counts(rule, purchase, version, who):
            continue
        for subject in rules.subjects(rule, purchase):
            if history.owed_of(rule.id, subject.id):
                learned.append((rule.id, subject.id, PAID))
                history = rules.owing(history, rule, subject, -1)
                continue
            learned.append((rule.id, subject.id, history.cycle(rule.id, subject.id)))
            history, is_called = rules.counted(history, rule, subject, on)
            if is_called and not is_over_by_now(turn, version, rule.offer):
                issue(turn, version, rule.offer, _why(rule, subject))
    turn.put(store.HISTORY, history)
    return learned


def unlearn(
    turn: Turn, version: Version, left: tuple[Purchase, Purchase], learned: Learned
) -> None:
    """Take back what a purchase was counted for and nothing is left of.

    `left` is what was left of it before the refund and after, `version` the one that counted it.
    What was issued stays issued: what a cycle that is over counted is owed by the next ones.
    """
    history = before = turn.of(store.HISTORY)
    on = version.program.place.day(left[0].occurred_at)
    counted = {(rule, subject): cycle for rule, subject, cycle in learned}
    for rule in version.program.personal_offers:
        was, now_is = (rules.subjects(rule, part) for part in left)
        kept = {subject.id for subject in now_is}
        for subject in was:
            cycle = counted.get((rule.id, subject.id))
            if cycle is None or subject.id in kept:
                continue
            if cycle == history.cycle(rule.id, subject.id):
                history = rules.uncounted(history, rule, subject, on)
            else:
                history = rules.owing(history, rule, subject, 1)
    if history is not before:
        turn.put(store.HISTORY, history)


def _counts(rule: terms.PersonalOffer, purchase: Purchase, version: Version, who: Who) -> bool:
    is_bought = rule.kind is terms.PersonalKind.BOUGHT
    return is_bought and terms.holds(rule.when, purchase, version.program.place, who)


def _why(rule: terms.PersonalOffer, subject: Subject) -> dict[str, object]:
    """Give the facts of the reason: the rule, what was bought, how often, in how many days."""
    facts = {
        "kind": f"BOUGHT_{rule.by}",
        "rule": rule.id,
        "count": rule.count,
        "days": rule.days,
        "subject": subject.id or None,
        "name": subject.name,
        "similar": rule.also_similar or None,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


@dataclass(frozen=True, slots=True)
class Enclosed:
    """An offer that comes with a message: to whom, which, and the message's id."""

    member_id: str
    offer: str
    message: str


def imagined(offer: terms.Offer, version: Version, now: datetime) -> Held:
    """Give an offer as somebody would have it who was issued it now; nothing is issued."""
    issue = Issue("mbr_", offer, version.number, now, version.program.zone, {})
    return rules.new_held(rules.Holding(), issue)


async def enclose(engine: Engine, wanted: Enclosed) -> Held | None:
    """Issue an offer with a message, once for the message; give it, None where it is gone again.

    It is free of its price, and within its limits and stock. Raises Refused with OfferUnknown,
    OfferOver, OfferSoldOut, OfferHadAlready, OfferLimitReached, MemberUnknown or MemberNotActive;
    Unavailable.
    """
    version = await program.active(engine)
    offer = known(version, wanted.offer)
    key = commands.own_key("message", wanted.message)

    def deciding(unit: Unit | None) -> Command:
        def decide(state: State, now: datetime) -> Change:
            if unit is not None and unit.leased_until is not None and now >= unit.leased_until:
                raise Unavailable("it took too long")
            members.must_be_free(state, Doing.RECEIVE)
            return _enclosed(Turn(state, now), version, (offer, unit), wanted.message)

        return Command(wanted.member_id, decide, key, commands.hash_input(offer=offer.id))

    outcome = await stocking.with_unit(engine, offer, wanted.member_id, deciding)
    return outcome.state.value(store.HOLDING).held(outcome.result["held"])


def _enclosed(
    turn: Turn, version: Version, wanted: tuple[terms.Offer, Unit | None], message: str
) -> Change:
    (offer, unit), declared = wanted, version.program
    if over := rules.is_over(offer, declared, turn.now):
        raise Refused(over)
    if offer.is_limited and unit is None:
        raise Refused(OfferSoldOut(offer.id, offer.waiting_list))
    holding = turn.of(store.HOLDING)
    for reached in rules.limits_reached(
        offer, declared, Asking(terms.NOBODY_SPECIAL, holding, {}, turn.now)
    ):
        raise Refused(reached)
    why = {"kind": "MESSAGE", "message": message}
    issue = Issue(turn.member_id, offer, version.number, turn.now, declared.zone, why)
    held = stocking.with_its_unit(rules.new_held(holding, issue), unit)
    today = declared.place.day(turn.now)
    held = replace(held, claimed_on=today)
    turn.put(store.HOLDING, holding.added(held).counted(offer.id, today, 1))
    told = {"offer": offer.id, "held": held.id, "by": why["kind"], "message": message}
    turn.tell(Fact("OfferIssued", told))
    return turn.change(held=held.id, unit=held.unit, taker=held.taker, state=held.state.value)


def enclosed(state: State, message: str) -> str | None:
    """Find what a member was issued with a message, its id; None where nothing was."""
    helds = state.value(store.HOLDING).helds
    return next((held.id for held in helds if held.why.get("message") == message), None)


async def take_back(engine: Engine, member_id: str, message: str) -> None:
    """Take back what was issued with a message that surely reached nobody, unless it is in use.

    Its unit is for others then, and it counts for the member's limits no more. Done again it
    changes nothing. Raises Unavailable.
    """

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        settle(turn)
        for held in turn.of(store.HOLDING).helds:
            if held.why.get("message") == message and rules.is_unshown(held):
                end(turn, rules.withdrawn(held, now), was=held.state)
        return turn.change()

    with suppress(Refused):  # who is unknown by now has nothing
        await engine.commits.submit(Command(member_id, decide))


async def win_back_due(engine: Engine, limit: int = 200) -> int:
    """Issue what is to win back members who have not bought for long; return how many were due.

    Who takes no part waits for it until they do again (`look_again`).
    """
    version = await program.find_active(engine)
    if version is None:
        return 0
    due = await store.histories.due_members(engine.mongo, engine.clock(), limit)

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        history, called = rules.won_back(turn.of(store.HISTORY), version.program, now)
        if not members.may(state, Doing.RECEIVE):
            history, called = replace(turn.of(store.HISTORY), due_at=None), []
        turn.put(store.HISTORY, history)
        for rule in called:
            issue(turn, version, rule.offer, _why(rule, Subject("")) | {"kind": "WIN_BACK"})
        return turn.change()

    return await sweeps.each(due, lambda member: engine.commits.submit(Command(member, decide)))


async def look_again(engine: Engine, fact: Document) -> None:
    """React to a member who takes part again: what was due meanwhile to win them back is due."""
    version = await program.find_active(engine)
    if version is None:
        return

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        history = turn.of(store.HISTORY)
        turn.put(store.HISTORY, rules.due_again(history, version.program))
        return turn.change()

    await engine.commits.submit(Command(fact["member"], decide))
