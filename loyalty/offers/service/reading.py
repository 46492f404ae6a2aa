"""What is read of offers: what a member has and may have, where they stand in line."""

import sys
from collections.abc import Collection
from datetime import datetime

from loyalty import members
from loyalty.engine import Engine
from loyalty.errors import MemberNotActive
from loyalty.members import Doing
from loyalty.offers import rules, store
from loyalty.offers.rules import Choice, Held, HeldState
from loyalty.offers.service import stocking
from loyalty.offers.service.asking import PlansOf, asking, no_plans
from loyalty.offers.store.lines import Waiter
from loyalty.program import Version
from loyalty.states import State
from loyalty.walks import Walk

EVERYTHING: Walk[int] = Walk(sys.maxsize)


async def prepare(engine: Engine) -> None:
    """Create the indexes."""
    await store.prepare(engine.mongo)


def helds(
    state: State,
    now: datetime,
    walk: Walk[int] = EVERYTHING,
    states: Collection[HeldState] | None = None,
) -> list[Held]:
    """List what a member has of offers as it is now, newest first; a place is a held's number."""
    every = (held.at(now) for held in reversed(state.value(store.HOLDING).helds))
    found = [held for held in every if states is None or held.state in states]
    if walk.back:
        newer = [held for held in reversed(found) if walk.place is None or held.number > walk.place]
        return newer[: walk.limit]
    return [held for held in found if walk.place is None or held.number < walk.place][: walk.limit]


async def choices(
    engine: Engine, state: State, version: Version, plans_of: PlansOf = no_plans
) -> list[Choice]:
    """Tell of every offer that is not personal whether a member may have it now, or why not."""
    asked = asking(state, version, engine.clock(), plans_of)
    status = members.profile_of(state).status.value
    barred = [] if members.may(state, Doing.SPEND) else [MemberNotActive(state.member_id, status)]
    supplies = await stocking.supplies(engine, version)
    return [
        Choice(offer, (*barred, *rules.obstacles(offer, version.program, asked, left)), left)
        for offer in version.program.offers
        if not offer.personal
        for left in [supplies[offer.id].left if offer.id in supplies else None]
    ]


async def place_in_line(engine: Engine, member_id: str, held: Held) -> int | None:
    """Give the place in line of what waits, from 1; None where it does not wait."""
    if held.state is not HeldState.WAITING:
        return None
    waiter = Waiter(held.id, held.offer, member_id, held.issued_at)
    return await store.lines.position(engine.mongo, waiter)
