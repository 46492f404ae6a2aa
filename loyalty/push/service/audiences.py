"""Audiences before anything is sent: how many members one has, and some of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from loyalty import members, program, tiers
from loyalty.engine import Engine
from loyalty.members import Doing
from loyalty.program import Program
from loyalty.push import store
from loyalty.push.rules import Audience
from loyalty.states import State

PAGE = 1_000
SAMPLE = 10


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many members are in an audience now, and the ids of some."""

    count: int
    sample: tuple[str, ...]


async def estimate(engine: Engine, audience: Audience) -> Estimate:
    """Count an audience as it is now, and name some of it. Raises Refused(ProgramMissing)."""
    count, sample = 0, list[str]()
    async for member_id in _members(engine, audience):
        count += 1
        if len(sample) < SAMPLE:
            sample.append(member_id)
    return Estimate(count, tuple(sample))


async def _members(engine: Engine, audience: Audience) -> AsyncIterator[str]:
    terms, now, cursor = (await program.active(engine)).program, engine.clock(), ""
    while found := await store.recipients.next_members(engine.mongo, cursor, PAGE):
        cursor = found[-1].member_id
        for state in found:
            if members.profile_of(state).may(Doing.HEAR) and is_meant(audience, state, terms, now):
                yield state.member_id


def is_meant(audience: Audience, state: State, terms: Program, now: datetime) -> bool:
    """Tell whether a member is in an audience."""
    standing = tiers.current_tiers(state, terms, now) if audience.tier else {}
    return audience.tier is None or any(tier.id == audience.tier for tier in standing.values())
