"""Who is in a segment: members in the order of their ids, page by page, and one by one.

The database goes through documents; the rules decide on those that the clock has overtaken.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from loyalty import program
from loyalty.activities import buying
from loyalty.engine import Engine
from loyalty.mongo import Document
from loyalty.program import Version
from loyalty.segments import rules, store
from loyalty.segments.rules import Condition, Definition, Frame, Portrait
from loyalty.segments.service import portraits
from loyalty.segments.store.recipients import Stretch
from loyalty.states import State

LOOKED_AT = 20_000
"""So many members one query goes through at most, so that none takes long, whoever is found."""

STEP_LIMIT = 5_000
BUYERS_TOGETHER = 1_000
STATES_TOGETHER = 500


async def page(
    engine: Engine, definition: Definition, after: str, limit: int, now: datetime
) -> list[str]:
    """Give the ids of the next members in a segment, in order, after one ('' to begin).

    Fewer than `limit` only where there are no more. Members are seen as they are at `now` (naive
    UTC). Raises Refused(ProgramMissing).
    """
    question = await ask(engine, definition, now)
    found: list[str] = []
    async for ids, _ in question.walk(after, limit):
        found += ids
        if len(found) >= limit:
            break
    return found[:limit]


async def matches(engine: Engine, definition: Definition, state: State, now: datetime) -> bool:
    """Tell whether a member, as read, is in a segment at an instant (naive UTC).

    Raises Refused(ProgramMissing).
    """
    question = await ask(engine, definition, now)
    return rules.matches(definition, await question.portrait(state), question.frame)


async def ask(engine: Engine, definition: Definition, now: datetime) -> "Question":
    """Ask for a segment under the active program. Raises Refused(ProgramMissing)."""
    version = await program.active(engine)
    return Question(engine, definition, version, Frame(version.program, now))


@dataclass(frozen=True)
class Question:
    """A definition, asked under a version of the program at an instant."""

    engine: Engine
    definition: Definition
    version: Version
    frame: Frame

    @cached_property
    def of_purchases(self) -> list[Condition]:
        """Give the conditions that only purchases themselves can answer."""
        return [leaf for _, leaf in rules.leaves(self.definition) if rules.days_bought(leaf)]

    async def walk(
        self, after: str, step: int, most: int = LOOKED_AT
    ) -> AsyncIterator[tuple[list[str], int]]:
        """Go through members after one, about `step` of those who may be in it at a time.

        At most `most` are looked at in one go, whoever is found. Gives the ids of who is in it, in
        order, and how many members were looked at for good.
        """
        step = min(max(step, BUYERS_TOGETHER if self.of_purchases else 1), STEP_LIMIT)
        length = 2 * step
        while True:
            length = min(2 * length, most)  # where few are found, more are looked at
            stretch = await store.recipients.stretch(self.engine.mongo, after, length)
            rest: Stretch | None = stretch
            while rest is not None:
                ids, last = await self._within(rest, step)
                rest = None if last is None else Stretch(last, stretch.upto)
                yield ids, 0 if rest else length
            if stretch.upto is None:
                return
            after = stretch.upto

    async def _within(self, stretch: Stretch, step: int) -> tuple[list[str], str | None]:
        """Give who of a stretch is in the segment, and up to whom it was gone through if not all.

        The next `step` who may be in it are looked at, and whoever stands among them.
        """
        undecided = store.stages.undecided(self.definition, self.frame)
        decided: Document = {"$nor": undecided} if undecided else {}
        possible = store.stages.possible(self.definition, self.frame)
        where = {**stretch.filter, **possible, **decided}
        maybe = await store.recipients.ids(self.engine.mongo, where, step)
        last = maybe[-1] if len(maybe) == step else None
        sure = await self._confirmed(maybe)
        if undecided:
            among = stretch if last is None else Stretch(stretch.after, last)
            overtaken = {**among.filter, **store.stages.ACTIVE, "$or": undecided}
            others = await store.recipients.ids(self.engine.mongo, overtaken)
            sure = sorted([*sure, *await self._ruled(others)])
        return sure, last

    async def _confirmed(self, maybe: Sequence[str]) -> list[str]:
        """Leave those who bought as asked, where it is asked for."""
        if not self.of_purchases:
            return list(maybe)
        parts = map(self._buyers, _parts(maybe, BUYERS_TOGETHER))
        return [member for part in await asyncio.gather(*parts) for member in part]

    async def _buyers(self, ids: list[str]) -> list[str]:
        """Give who of some members is in the segment, whose documents but for purchases may be."""
        bought = await portraits.bought_by(self.engine, self.definition, self.frame, ids)
        met = {
            leaf: [
                member
                for member in ids
                for days in rules.days_bought(leaf)
                if rules.bought_as_asked(
                    leaf, bought[days].get(member, buying.NOTHING_BOUGHT), self.frame
                ).met
            ]
            for leaf in self.of_purchases
        }
        where = store.stages.chosen_among(ids, self.definition, self.frame, met)
        return await store.recipients.ids(self.engine.mongo, where)

    async def _ruled(self, overtaken: Sequence[str]) -> list[str]:
        """Let the rules decide on members."""
        found: list[str] = []
        for ids in _parts(overtaken, STATES_TOGETHER):
            states = await store.recipients.states_of(self.engine.mongo, ids)
            bought = await portraits.bought_by(self.engine, self.definition, self.frame, ids)
            found += [
                state.member_id
                for state in states
                if rules.matches(
                    self.definition,
                    portraits.draw(state, self.version, self.frame, bought),
                    self.frame,
                )
            ]
        return found

    async def portrait(self, state: State) -> Portrait:
        """Draw a member as far as the segment asks."""
        ids = [state.member_id]
        bought = await portraits.bought_by(self.engine, self.definition, self.frame, ids)
        return portraits.draw(state, self.version, self.frame, bought)


def _parts(ids: Sequence[str], size: int) -> list[list[str]]:
    return [list(ids[start : start + size]) for start in range(0, len(ids), size)]
