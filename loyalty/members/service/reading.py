"""How members are found: by their id, by what leads to them, by when they joined."""

from collections.abc import AsyncGenerator
from datetime import datetime
from functools import partial

from loyalty import states
from loyalty.engine import Engine
from loyalty.errors import MemberUnknown, Refused
from loyalty.members import store
from loyalty.members.service.enrolling import EXTERNAL
from loyalty.states import STATES, State
from loyalty.walks import Walk


async def prepare(engine: Engine) -> None:
    """Create the indexes, and let changes of members be told."""
    await store.prepare(engine.mongo)
    engine.live.cover(STATES)


async def find(engine: Engine, member_id: str) -> State | None:
    """Read a member's state, or None."""
    return await states.read_state(engine.mongo, member_id)


def watch(engine: Engine, member_id: str) -> AsyncGenerator[State, None]:
    """Give a member's state at once and when it has changed, each time the newest.

    Raises Unavailable when it cannot be read at once.
    """
    return engine.live.follow(STATES, member_id, partial(find, engine, member_id))


async def find_by_external_id(engine: Engine, external_id: str) -> State | None:
    """Read the member with the shop's own number, or None."""
    member_id = await find_id(engine, f"{EXTERNAL}:{external_id}")
    return await find(engine, member_id) if member_id else None


async def find_id(engine: Engine, identity: str) -> str | None:
    """Give the id of the member that an identity (`sub:…`, `external:…`) leads to, or None."""
    found = (await store.holders(engine.mongo, [identity])).get(identity)
    return found.member_id if found else None


async def newest(engine: Engine, walk: Walk[tuple[datetime, str]]) -> list[State]:
    """List members by enrolment, newest first."""
    return await store.newest(engine.mongo, walk)


async def count(engine: Engine) -> int:
    """Give how many members there are, those who left included."""
    return await store.count(engine.mongo)


async def require(engine: Engine, member_id: str) -> State:
    """Read a member's state. Raises Refused(MemberUnknown)."""
    state = await find(engine, member_id)
    if state is None:
        raise Refused(MemberUnknown(member_id))
    return state
