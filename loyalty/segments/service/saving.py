"""Segments that staff keep by name: created, changed, deleted, listed; each version is kept."""

from datetime import datetime

from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.segments import store
from loyalty.segments.rules import Definition, Segment, Version, Wording, refusals, saved
from loyalty.segments.service.checking import check
from loyalty.walks import Walk


async def prepare(engine: Engine) -> None:
    """Create the indexes."""
    await store.saved.prepare(engine.mongo)


async def create(engine: Engine, name: str, definition: Definition, actor: str) -> Segment:
    """Keep a segment under a name.

    Raises BadInput; Refused with SegmentNamesUnknown, SegmentNameTaken or ProgramMissing.
    """
    name = saved.checked_name(name)
    await check(engine, definition)
    now = engine.clock()
    segment_id = "seg_" + engine.new_id().replace("-", "")
    segment = Segment(segment_id, (Version(1, name, definition, now, actor),), now)
    if not await store.saved.insert(engine.mongo, segment):
        raise Refused(refusals.SegmentNameTaken(name))
    return segment


async def update(engine: Engine, segment_id: str, wanted: Wording, actor: str) -> Segment:
    """Write the next version of a segment.

    Raises BadInput; Refused with SegmentUnknown, SegmentChanged, SegmentNamesUnknown,
    SegmentNameTaken or ProgramMissing.
    """
    name = saved.checked_name(wanted.name)
    await check(engine, wanted.definition)
    await _must_be(engine, segment_id, wanted.number)
    written = Version(wanted.number + 1, name, wanted.definition, engine.clock(), actor)
    if not await store.saved.add(engine.mongo, segment_id, written):
        raise Refused(refusals.SegmentNameTaken(name))
    segment = await require(engine, segment_id)
    if written not in segment.versions:
        raise Refused(refusals.SegmentChanged(segment_id, segment.now.number))
    return segment


async def delete(engine: Engine, segment_id: str, number: int) -> Segment:
    """Delete a segment that has this version; give what it was. What copied it is as it was.

    Raises Refused with SegmentUnknown or SegmentChanged.
    """
    segment = await _must_be(engine, segment_id, number)
    await store.saved.delete(engine.mongo, segment_id, number, engine.clock())
    left = await find(engine, segment_id)
    if left is not None:
        raise Refused(refusals.SegmentChanged(segment_id, left.now.number))
    return segment


async def find(engine: Engine, segment_id: str) -> Segment | None:
    """Read a segment; None for one that was deleted."""
    return await store.saved.find(engine.mongo, segment_id)


async def require(engine: Engine, segment_id: str) -> Segment:
    """Read a segment. Raises Refused(SegmentUnknown)."""
    segment = await find(engine, segment_id)
    if segment is None:
        raise Refused(refusals.SegmentUnknown(segment_id))
    return segment


async def newest(engine: Engine, walk: Walk[tuple[datetime, str]]) -> list[Segment]:
    """List segments, the last changed first; a place is when one was changed, and its id."""
    return await store.saved.newest(engine.mongo, walk)


async def _must_be(engine: Engine, segment_id: str, number: int) -> Segment:
    segment = await require(engine, segment_id)
    if segment.now.number != number:
        raise Refused(refusals.SegmentChanged(segment_id, segment.now.number))
    return segment
