"""How many members a segment has, and some of them: to look at before it is used."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nsmallest
from zlib import crc32

from loyalty import members
from loyalty.engine import Engine
from loyalty.errors import BadInput
from loyalty.segments import store
from loyalty.segments.rules import Definition, Unheard
from loyalty.segments.service.checking import check, unheard
from loyalty.segments.service.paging import ask
from loyalty.states import State

SAMPLE_LIMIT = 50
PATIENCE = timedelta(milliseconds=1_500)
STEP, GLANCED_AT = 1_000, 2_000
"""So few at a time that what is begun while there is patience ends before the request's time."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A segment as it is now: how many members, of how many there are, and some of them.

    Where it is not `exact`, time ran out: `count` is of those who were looked at, and with all the
    others it would be `most`. `unheard` are names in it that may be misspelt.
    """

    count: int
    most: int
    members: int
    sample: tuple[State, ...]
    unheard: tuple[Unheard, ...]

    @property
    def exact(self) -> bool:
        """Tell whether everybody was looked at."""
        return self.count == self.most

    @property
    def estimate(self) -> int:
        """Give how many there are, if those who were not looked at are like the others."""
        looked_at = self.members - (self.most - self.count)
        return self.count if self.exact else self.count * self.members // max(1, looked_at)


async def preview(
    engine: Engine,
    definition: Definition,
    sample: int,
    now: datetime,
    patience: timedelta = PATIENCE,
) -> Preview:
    """Count a segment, and choose at most `sample` of it, as evenly as chance would.

    Raises BadInput; Refused with SegmentNamesUnknown or ProgramMissing.
    """
    if not 0 <= sample <= SAMPLE_LIMIT:
        raise BadInput(f"0 to {SAMPLE_LIMIT} can be shown", ("first",))
    began = engine.clock()
    await check(engine, definition)
    count, chosen = 0, list[str]()
    left = there = await members.count(engine)
    question = await ask(engine, definition, now)
    async for ids, gone_through in question.walk("", STEP, GLANCED_AT):
        count += len(ids)
        chosen = nsmallest(sample, [*chosen, *ids], key=_draw)
        left -= gone_through
        if left > 0 and engine.clock() - began >= patience:
            break
    else:
        left = 0
    states = await store.recipients.whole_states(engine.mongo, sorted(chosen))
    most, names = count + max(0, left), await unheard(engine, definition)
    return Preview(count, most, there, tuple(states), names)


def _draw(member_id: str) -> tuple[int, str]:
    """Give a member's lot: the same each time, and the same for nobody else."""
    return crc32(member_id.encode()), member_id
