"""A program of challenges and what its members do; which of it counts, the tests say."""

from datetime import datetime
from typing import Any

import pytest

from loyalty import activities, reactions
from loyalty.activities import Visit
from loyalty.challenges import Submitting
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.states import STATES
from tests.engines import purchase, stored

GAMES = """
format: 1
id: games
name: Games
money: EUR
time_zone: Europe/Copenhagen
currencies:
  - {id: points, name: points, expiry: {mode: NEVER}}
challenges:
  - id: ladder
    name: Ladder
    criterion: SUM
    of: SPEND
    period: MONTH
    leaderboard: true
    levels:
      - {id: low, target: "10.00", grants: [{points: 10, currency: points}]}
      - {id: high, target: "25.00", grants: [{points: 30, currency: points}], badge: High}
  - id: visits
    name: Three visits
    triggers: [{trigger: VISIT}]
    joining: OPT_IN
    target: 3
    grants: [{points: 5, currency: points}]
  - id: photos
    name: Photos
    triggers: [{trigger: EVENT, event: photo}]
    submissions: {per_period: 2}
    target: 1
    repeats: true
    grants: [{points: 7, currency: points}]
    period: WEEK
  - id: past
    name: Past
    joining: OPT_IN
    ends_on: "2026-02-01"
    target: 1
"""


async def buy(engine: Engine, member: str, total: int, **more: Any) -> None:
    wanted = purchase(member, engine.new_id(), total, money="EUR", **more)
    await activities.record_purchase(engine, wanted)


async def visit(engine: Engine, member: str, at: datetime) -> None:
    await activities.record_visit(engine, Visit("door", engine.new_id(), member, at))


def photo(member: str, key: str, **more: Any) -> Submitting:
    return Submitting(member, "photos", key, **{"url": "https://pics.example/1", **more})


async def react(engine: Engine) -> None:
    while await reactions.react(engine):
        pass


async def balance(engine: Engine, member: str) -> int:
    state = await engine.mongo.find_one(STATES, {"_id": member})
    assert state is not None
    accounts = state.get("wallet", {}).get("accounts", {})
    return int(accounts["points"]["balance"]) if "points" in accounts else 0


async def challenges_of(engine: Engine, member: str) -> Any:
    return (await stored(engine.mongo, member) or {}).get("challenges", {})


async def refused(engine: Engine, member: str, work: Any) -> Any:
    """Expect a refusal that leaves the member as they were."""
    before = await stored(engine.mongo, member)
    with pytest.raises(Refused) as caught:
        await work
    assert await stored(engine.mongo, member) == before
    return caught.value.refusal
