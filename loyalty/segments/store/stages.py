"""A definition as fixed stages of our own over members' documents; what it names are only values.

Field names come from here and from ids that the program's format admits (no dot, no dollar), and a
test on random members holds every stage to the rules. It names the fields of all nouns' sections.
"""

from calendar import isleap
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from loyalty.challenges import counting
from loyalty.members import Channel, MemberStatus, Purpose
from loyalty.mongo import Document
from loyalty.program import terms
from loyalty.segments.rules import Condition, Definition, Frame, days_bought, leaves
from loyalty.segments.rules import conditions as ask

Chosen = Mapping[Condition, Sequence[str]]
"""The members who meet each condition on purchases, for whom it was asked."""

EVERYBODY: Document = {}
NOBODY: Document = {"_id": {"$in": []}}
ACTIVE: Document = {"profile.status": MemberStatus.ACTIVE.value}


def chosen_among(ids: Sequence[str], definition: Definition, frame: Frame, met: Chosen) -> Document:
    """Select those of some members who are in a segment, with those who `met` what they bought."""
    return {"_id": {"$in": list(ids)}, **ACTIVE, "$and": [_stage(definition, frame, met)]}


def possible(definition: Definition, frame: Frame) -> Document:
    """Select members who are in a segment, or may be: what they bought is left open."""
    return {**ACTIVE, "$and": [_stage(definition, frame, None)]}


def undecided(definition: Definition, frame: Frame) -> list[Document]:
    """Select members whose document the clock has overtaken: only the rules can tell of them."""
    asked = {type(leaf) for _, leaf in leaves(definition)}
    over = {"$lte": frame.now}
    return [
        *([{"tiers._due_at": over}] if ask.TierHeld in asked else []),
        *([{"wallet.expires_next_at": over}] if ask.Balance in asked else []),
    ]


def _stage(
    definition: Definition, frame: Frame, met: Chosen | None, *, yes: bool = True
) -> Document:
    """Write a definition as a filter; what is left open is met, and under a NOT (`yes`) not met."""
    leaf = definition.leaf
    if leaf is not None:
        if not days_bought(leaf):
            return _STAGES[type(leaf)](leaf, frame)
        if met is None:
            return EVERYBODY if yes else NOBODY
        return {"_id": {"$in": list(met[leaf])}}
    if definition.not_ is not None:
        return {"$nor": [_stage(definition.not_, frame, met, yes=not yes)]}
    parts = [_stage(part, frame, met, yes=yes) for part in definition.parts]
    if not parts:
        return EVERYBODY
    return {"$or" if definition.any_ is not None else "$and": parts}


def _between(path: str, least: int | None, most: int | None) -> Document:
    """Bound a number that is 0 where it is not there."""
    parts: list[Document] = []
    if least:
        parts.append({path: {"$gte": least}})
    if most is not None:
        parts.append({path: {"$not": {"$gt": most}}})
    return {"$and": parts} if parts else EVERYBODY


def _tier(leaf: ask.TierHeld, frame: Frame) -> Document:
    wanted = frame.wanted_tiers(leaf)
    found: list[Document] = []
    for ladder in frame.program.ladders:
        tiers = wanted.get(ladder.id, frozenset())
        others = [tier.id for tier in ladder.tiers if tier.id not in tiers]
        entry = ladder.tiers[0]
        if entry.threshold is None and entry.id in tiers:  # who has no tier noted has this one
            found.append({f"tiers.{ladder.id}.tier": {"$nin": others}})
        elif tiers:
            found.append({f"tiers.{ladder.id}.tier": {"$in": sorted(tiers)}})
    return {"$or": found} if found else NOBODY


def _balance(leaf: ask.Balance, frame: Frame) -> Document:
    """Sum up what is free in the lots that are not pending, less what is owed, at least 0.

    Whose lots or holds are over is undecided; one that is over and still there is set aside whole.
    """
    account = f"$wallet.accounts.{leaf.currency}"
    is_open = {"$lte": [{"$ifNull": ["$$lot.available_at", frame.now]}, frame.now]}
    lots = _list(f"{account}.lots")
    opened = {"$filter": {"input": lots, "as": "lot", "cond": is_open}}
    parts = {"$map": {"input": _list(f"{account}.holds"), "as": "h", "in": "$$h.allocations"}}
    every = {"input": parts, "initialValue": [], "in": {"$concatArrays": ["$$value", "$$this"]}}
    held = {
        "$filter": {"input": {"$reduce": every}, "as": "p", "cond": {"$in": ["$$p.lot", "$$o.id"]}}
    }
    free = {
        "$subtract": [
            {"$sum": "$$o.remaining"},
            {
                "$add": [
                    {"$sum": {"$map": {"input": held, "as": "p", "in": "$$p.amount"}}},
                    {"$ifNull": [f"{account}.arrears", 0]},
                ]
            },
        ]
    }
    have = {"$let": {"vars": {"o": opened}, "in": {"$max": [0, free]}}}
    bounds: list[Document] = []
    if leaf.at_least:
        bounds.append({"$expr": {"$gte": [have, leaf.at_least]}})
    if leaf.at_most is not None:
        bounds.append({"$expr": {"$lte": [have, leaf.at_most]}})
    return {"$and": bounds} if bounds else EVERYBODY


def _list(path: str) -> Document:
    return {"$ifNull": [path, []]}


def _last_purchase(leaf: ask.LastPurchase, frame: Frame) -> Document:
    if leaf.never:
        return {"activity.purchases": {"$not": {"$gt": 0}}}
    return {"activity.purchases": {"$gt": 0}, "activity.kept_at.0": _recent(leaf, frame)}


def _recent(leaf: ask.LastPurchase | ask.Engagement, frame: Frame) -> Document:
    if leaf.within_days is not None:
        return {"$gte": frame.since(leaf.within_days)}
    return {"$not": {"$gte": frame.since(leaf.not_within_days or 1)}}


def _purchases(leaf: ask.Purchases, _: Frame) -> Document:
    return _between("activity.purchases", leaf.at_least, leaf.at_most)


def _spend(leaf: ask.Spend, frame: Frame) -> Document:
    return _between("activity.spend", *frame.spend(leaf))


def _locale(leaf: ask.LocaleIs, _: Frame) -> Document:
    path = "profile.locale"  # the dot comes after the hyphen: between them is what begins with it
    inside = [{path: {"$gte": f"{one}-", "$lt": f"{one}."}} for one in leaf.any_of]
    return {"$or": [{path: {"$in": list(leaf.any_of)}}, *inside]}


def _time_zone(leaf: ask.TimeZoneIs, _: Frame) -> Document:
    return {"profile.time_zone": {"$in": list(leaf.any_of)}}


def _birth_month(leaf: ask.BirthMonth, _: Frame) -> Document:
    months = sorted(set(leaf.any_of))
    spans = [{"profile.birthday": {"$gte": f"{m:02}-", "$lt": f"{m:02}."}} for m in months]
    return {"$or": spans}


def _age(leaf: ask.Age, frame: Frame) -> Document:
    born: Document = {"$exists": True}
    if leaf.at_least is not None:
        born["$lte"] = latest_birth(frame.today, leaf.at_least)
    if leaf.at_most is not None:
        born["$gt"] = latest_birth(frame.today, leaf.at_most + 1)
    return {"profile.birth_date": born}


def latest_birth(today: date, years: int) -> str:
    """Give the last day of birth of who is so many years old, as it is stored."""
    leaps_over = (today.month, today.day) == (2, 28) and not isleap(today.year)
    return f"{today.year - years:04}-{'02-29' if leaps_over else f'{today:%m-%d}'}"


def _enrolled(leaf: ask.Enrolled, frame: Frame) -> Document:
    since, before = frame.enrolled(leaf)
    bounds = {"$gte": since, "$lt": before}
    return {"profile.enrolled_at": {way: at for way, at in bounds.items() if at is not None}}


def _label(leaf: ask.Label, _: Frame) -> Document:
    return {"profile.segments": {"$in": list(leaf.any_of)}}


def _consent(leaf: ask.ConsentGiven, _: Frame) -> Document:
    said = {"purpose": leaf.purpose.value, "channel": leaf.channel.value}
    yes = {"profile.consents": {"$elemMatch": {**said, "granted": True}}}
    if (leaf.purpose, leaf.channel) != (Purpose.SERVICE, Channel.PUSH):
        return yes
    return {"$or": [yes, {"profile.consents": {"$not": {"$elemMatch": said}}}]}


def _engagement(leaf: ask.Engagement, frame: Frame) -> Document:
    return {f"engagement.{leaf.event.lower()}_at": _recent(leaf, frame)}


def _challenge(leaf: ask.Challenge, frame: Frame) -> Document:
    challenge = frame.challenge(leaf.challenge)
    if challenge is None:
        return NOBODY
    if leaf.achieved:
        reached = {"challenge": challenge.id} | ({"level": leaf.level} if leaf.level else {})
        return {"challenges.achievements": {"$elemMatch": reached}}
    if leaf.joined:
        if challenge.joining is terms.ChallengeJoining.AUTOMATIC:
            return EVERYBODY
        return {f"challenges.parts.{challenge.id}.joined_at": {"$lte": frame.now}}
    return _share(challenge, leaf.at_least_percent or 0, frame)


def _share(challenge: terms.Challenge, percent: int, frame: Frame) -> Document:
    span = counting.next_span(challenge, frame.today)
    if span is None:
        return NOBODY
    period, mark = f"$challenges.parts.{challenge.id}.periods.{span.key}", frame.mark(challenge)
    have: Document = {"$ifNull": [f"{period}.count", 0]}
    if challenge.criterion is terms.ChallengeCriterion.DISTINCT:
        have = {"$size": _list(f"{period}.seen")}
    elif challenge.criterion is terms.ChallengeCriterion.STREAK:
        here = counting.number_on(challenge, frame.today)
        have = _streak(_list(f"{period}.seen"), here)
    if challenge.repeats:
        have = {"$mod": [have, mark]}
    return {"$expr": {"$gte": [{"$multiply": [have, 100]}, percent * mark]}}


def _streak(seen: Document, here: int) -> Document:
    """Give the longest run of consecutive numbers that still goes on; they are stored in order."""
    number = {"$toInt": {"$arrayElemAt": ["$$this", 0]}}
    follows = {"$eq": [number, {"$add": ["$$value.last", 1]}]}
    run = {"$cond": [follows, {"$add": ["$$value.run", 1]}, 1]}
    going_on = {"$cond": [{"$gte": [number, here - 1]}, run, 0]}
    best = {"$max": ["$$value.best", going_on]}
    step = {"last": number, "run": run, "best": best}
    start = {"last": -1, "run": 0, "best": 0}
    runs = {"$reduce": {"input": seen, "initialValue": start, "in": step}}
    return {"$getField": {"field": "best", "input": runs}}


def _plan(leaf: ask.PlanHeld, frame: Frame) -> Document:
    known = {right.id for right in frame.program.rights}
    held = [_is_on(plan, frame) for plan in leaf.any_of if plan in known]
    return {"$or": held} if held else NOBODY


def _is_on(plan: str, frame: Frame) -> Document:
    """Select who has a plan: until what is paid for ends, and its grace if it was not cancelled."""
    path = f"plans.memberships.{plan}"
    last = {"$last": f"${path}.paid"}
    ends = {
        "$let": {
            "vars": {"paid": last},
            "in": {
                "$cond": [
                    {"$gt": [f"${path}.cancelled_at", None]},
                    "$$paid.ends_at",
                    "$$paid.grace_ends_at",
                ]
            },
        }
    }
    lapses = {"$ifNull": [ends, f"${path}.started_at"]}
    return {
        f"{path}.started_at": {"$exists": True},
        f"{path}.refunded_at": {"$exists": False},
        "$expr": {"$gt": [lapses, frame.now]},
    }


_STAGES: Mapping[type[Condition], Callable[[Any, Frame], Document]] = {
    ask.TierHeld: _tier,
    ask.Balance: _balance,
    ask.LastPurchase: _last_purchase,
    ask.Purchases: _purchases,
    ask.Spend: _spend,
    ask.LocaleIs: _locale,
    ask.TimeZoneIs: _time_zone,
    ask.BirthMonth: _birth_month,
    ask.Age: _age,
    ask.Enrolled: _enrolled,
    ask.Label: _label,
    ask.ConsentGiven: _consent,
    ask.Engagement: _engagement,
    ask.Challenge: _challenge,
    ask.PlanHeld: _plan,
}
