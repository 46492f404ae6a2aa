"""How many members a segment has, and some of them: to look at before it is used."""

from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest
from zlib import crc32

from loyalty import members
from loyalty.engine import Engine
from loyalty.segments import store
from loyalty.segments.rules import Definition
from loyalty.segments.service.checking import check
from loyalty.segments.service.paging import STEP_LIMIT, ask
from loyalty.states import State

LOOKED_AT_MOST = 500_000
SAMPLE_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Preview:
    """A segment as it is now: how many members, of how many there are, and some of them.

    Where it is not `exact`, only the first half million members were looked at: then there are at
    least so many.
    """

    count: int
    exact: bool
    members: int
    sample: tuple[State, ...]


async def preview(engine: Engine, definition: Definition, sample: int, now: datetime) -> Preview:
    """Count a segment, and choose at most `sample` of it, as evenly as chance would.

    Raises Refused with SegmentNamesUnknown or ProgramMissing.
    """
    await check(engine, definition)
    count = looked_at = 0
    chosen: list[str] = []
    there = await members.count(engine)
    question = await ask(engine, definition, now)
    async for ids, gone_through in question.walk("", STEP_LIMIT):
        count += len(ids)
        chosen = nsmallest(min(sample, SAMPLE_LIMIT), [*chosen, *ids], key=_draw)
        looked_at += gone_through
        if there > looked_at >= LOOKED_AT_MOST:
            break
    states = await store.recipients.whole_states(engine.mongo, sorted(chosen))
    exact = there <= max(looked_at, LOOKED_AT_MOST)
    return Preview(count, exact, there, tuple(states))


def _draw(member_id: str) -> tuple[int, str]:
    """Give a member's lot: the same each time, and the same for nobody else."""
    return crc32(member_id.encode()), member_id
