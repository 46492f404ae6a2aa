"""Whether limited offers add up: every unit is its holder's, and never more than there are.

Units are read after the members who should have them; where they differ, both are read again
before anything is said, as the member may have claimed or given back in between.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from loyalty import states
from loyalty.audit.report import Report
from loyalty.audit.rules import Finding
from loyalty.engine import Engine
from loyalty.mongo import Document
from loyalty.program import Program, Version, find_active
from loyalty.states import State

UNITS = "offer_units"
LIVE = {"RESERVED", "ISSUED", "ACTIVATED"}
DONE_WITHIN = timedelta(minutes=10)


async def check_members(engine: Engine, report: Report, found: Sequence[State]) -> None:
    """Compare what members have of limited offers with the units that are theirs."""
    ids = [state.member_id for state in found]
    units = await _units_of(engine, ids)
    for state in found:
        mine = [unit for unit in units if unit["member"] == state.member_id]
        if not any(_broken(state, mine, engine.clock())):
            continue
        newer = await states.read_state(engine.mongo, state.member_id)
        again = await _units_of(engine, [state.member_id])
        if newer is not None:
            report.add(state.member_id, _broken(newer, again, engine.clock()))


async def _units_of(engine: Engine, ids: Sequence[str]) -> list[Document]:
    return await engine.mongo.find(UNITS, {"member": {"$in": list(ids)}})


def _broken(state: State, units: Iterable[Mapping[str, Any]], now: datetime) -> Iterator[Finding]:
    helds = (state.section("offers") or {}).get("helds", ())
    by_taker = {held["taker"]: held for held in helds if "taker" in held}
    unit_of = {unit["taker"]: unit for unit in units}
    for taker, held in by_taker.items():
        unit = unit_of.get(taker, {})
        is_theirs = (unit.get("_id"), unit.get("state")) == (held["unit"], "TAKEN")
        if held["state"] in LIVE and not is_theirs:
            yield "what_is_held_has_its_unit", f"{held['id']}: unit {held['unit']}"
    for taker, unit in unit_of.items():
        if unit["state"] == "TAKEN" and not _has_time(unit, by_taker.get(taker), now):
            yield "taken_units_are_held", f"unit {unit['_id']}"


def _has_time(unit: Mapping[str, Any], held: Mapping[str, Any] | None, now: datetime) -> bool:
    """Tell whether a unit is held, or may still come to be: its claim, or its end, is just done."""
    if held is None:
        leased_until: datetime | None = unit.get("leased_until")
        return leased_until is not None and leased_until > now - DONE_WITHIN
    return held["state"] in LIVE or held["ended_at"] > now - DONE_WITHIN


async def check_stocks(engine: Engine, report: Report, programs: Iterable[Program]) -> None:
    """Find offers of which there are more units than any version of the program ever had, or of
    which more are had than the active one has, or some of a kind that it has no more (of a stock,
    or of a list of codes), though one of them was taken since it is active.
    """
    stocks: dict[str, int] = {}
    for program in programs:
        for offer in program.offers:
            stocks[offer.id] = max(stocks.get(offer.id, 0), offer.stock or 0)
    active = await find_active(engine)
    for group in await engine.mongo.aggregate(UNITS, _COUNTED):
        offer_id, stock = group["_id"], stocks.get(group["_id"], 0)
        problem = None
        if group["pieces"] > stock:
            problem = f"{group['pieces']} units of {stock}"
        elif active is not None:
            problem = _passed(active, group)
        if problem is not None:
            report.add(offer_id, [("a_stock_is_never_exceeded", problem)])


_IS_CODE = {"$gt": ["$code", None]}
_COUNTED: list[Document] = [
    {
        "$group": {
            "_id": "$offer",
            "pieces": {"$sum": {"$cond": [_IS_CODE, 0, 1]}},
            "had": {"$sum": {"$cond": [{"$eq": ["$state", "FREE"]}, 0, 1]}},
            "piece_at": {"$max": {"$cond": [_IS_CODE, None, "$taken_at"]}},
            "code_at": {"$max": {"$cond": [_IS_CODE, "$taken_at", None]}},
        }
    }
]


def _passed(active: Version, group: Mapping[str, Any]) -> str | None:
    """Say what was taken since the version is active though it has no such units, or too few."""
    offer = active.program.offer(group["_id"])
    if offer is None or not offer.is_limited:
        return None
    since = (active.activated_at or active.created_at) + DONE_WITHIN
    of_stock, of_list = (
        group[at] is not None and group[at] > since for at in ("piece_at", "code_at")
    )
    if offer.stock is None:
        return "one of a stock was taken since there is a list" if of_stock else None
    if of_list:
        return "a code was taken since there is no list"
    if of_stock and group["had"] > offer.stock:
        return f"{group['had']} are had, and one was taken since there are fewer"
    return None
