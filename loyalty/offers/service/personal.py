"""Personal offers: issued by what a member bought, each with its reason."""

from datetime import datetime

from loyalty import members, program
from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.offers import rules, store
from loyalty.offers.rules import Subject
from loyalty.offers.service.giving import issue
from loyalty.program import Purchase, Version, Who, terms
from loyalty.states import Change, State
from loyalty.turns import Turn


def learn(turn: Turn, version: Version, purchase: Purchase, who: Who) -> None:
    """Count a purchase, and issue what it calls for."""
    declared = version.program
    if not declared.personal_offers:
        return
    history = rules.bought(turn.of(store.HISTORY), declared, purchase.occurred_at)
    on = declared.place.local(purchase.occurred_at).date()
    for rule in declared.personal_offers:
        if not _counts(rule, purchase, version, who):
            continue
        for subject in rules.subjects(rule, purchase):
            history, is_called = rules.counted(history, rule, subject, on)
            if is_called:
                issue(turn, version, rule.offer, _why(rule, subject))
    turn.put(store.HISTORY, history)


def unlearn(turn: Turn, version: Version, returned: Purchase, who: Who) -> None:
    """Take back the count of a purchase's lines that were returned whole.

    What was issued stays issued, and counts no line again.
    """
    history = before = turn.of(store.HISTORY)
    on = version.program.place.local(returned.occurred_at).date()
    for rule in version.program.personal_offers:
        if _counts(rule, returned, version, who):
            for subject in rules.subjects(rule, returned):
                history = rules.uncounted(history, rule, subject, on)
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


async def win_back_due(engine: Engine, limit: int = 200) -> int:
    """Issue what is to win back members who have not bought for long; return to how many."""
    version = await program.find_active(engine)
    if version is None:
        return 0
    due = await store.histories.due_members(engine.mongo, engine.clock(), limit)

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        history, called = rules.won_back(turn.of(store.HISTORY), version.program, now)
        turn.put(store.HISTORY, history)
        if members.profile_of(state).status is members.MemberStatus.ACTIVE:
            for rule in called:
                issue(turn, version, rule.offer, _why(rule, Subject("")) | {"kind": "WIN_BACK"})
        return turn.change()

    for member_id in due:
        await engine.commits.submit(Command(member_id, decide))
    return len(due)
