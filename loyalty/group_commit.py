"""The queue in front of member states: many commands, one read and one compare-and-set write.

Each command is a pure decision on one member's state. Commands of one member are applied in
order and never in two lanes at once, so one process never races with itself; races between
processes are settled by the sequence number each write was read at.
"""

import asyncio
import contextlib
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from loyalty import claims, commands, outbox, states
from loyalty.claims import Claim
from loyalty.commands import Command, Outcome, Round, Submission
from loyalty.errors import MemberUnknown, Refused, Unavailable
from loyalty.mongo import Document, Mongo
from loyalty.states import State

LANES = 2
TURNS_TO_SEND = 8  # of the loop: two for the lean channel, the driver writes to its socket later
BATCH_LIMIT = 256
MEMBER_QUEUE_LIMIT = 1_024
NOTES_WAIT = 0.1  # seconds; far below the time after which an open claim is finished again
MEMORY_LIMIT = 500
MEMORY_LIFE = timedelta(seconds=60)  # far below the days for which done facts are kept

T = TypeVar("T")


class GroupCommit:
    """Apply commands to members, grouped.

    Raises from `submit`: `Refused` when the rules say no; `Unavailable` when the member's queue
    is full or the database does not answer (send again with the same key).
    """

    def __init__(
        self,
        mongo: Mongo,
        clock: Callable[[], datetime],
        *,
        on_batch: Callable[[int], None] | None = None,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._on_batch = on_batch
        self._queues: defaultdict[str, deque[Submission]] = defaultdict(deque)
        self._ready: OrderedDict[str, None] = OrderedDict()
        self._in_flight: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._unnoted: list[Claim] = []
        self._noting: asyncio.TimerHandle | None = None
        self._memory: OrderedDict[str, tuple[State, datetime]] = OrderedDict()
        self._busy_lanes = 0
        self._wake_up_called = False

    @property
    def waiting(self) -> int:
        """Count the commands that wait for a lane."""
        return sum(len(queue) for queue in self._queues.values())

    async def submit(self, command: Command) -> Outcome:
        """Queue a command and wait until it is durable, refused, or known to be impossible now."""
        queue = self._queues[command.member_id]
        if len(queue) >= MEMBER_QUEUE_LIMIT:
            raise Unavailable("too many changes of this member are waiting")
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        queue.append(Submission(command, command.key, future))
        if command.member_id not in self._in_flight:
            self._ready[command.member_id] = None
        self._fill_lanes_soon()
        return await future

    async def drain(self) -> None:
        """Wait until everything that was submitted is settled."""
        while self._tasks or self._ready or self._noting:
            self._fill_lanes()
            self._note_now()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _fill_lanes_soon(self) -> None:
        """Start lanes when everyone who is awake now has spoken, so that batches are full."""
        if not self._wake_up_called:
            self._wake_up_called = True
            asyncio.get_running_loop().call_soon(self._fill_lanes)

    def _fill_lanes(self) -> None:
        self._wake_up_called = False
        while self._busy_lanes < LANES and self._ready:
            batch = self._next_batch()
            self._busy_lanes += 1
            self._start(self._run_lane(batch))

    def _start(self, work: Coroutine[None, None, T]) -> "asyncio.Task[T]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _next_batch(self) -> dict[str, list[Submission]]:
        batch: dict[str, list[Submission]] = {}
        room = BATCH_LIMIT
        while self._ready and room:
            member_id, _ = self._ready.popitem(last=False)
            queue = self._queues[member_id]
            batch[member_id] = [queue.popleft() for _ in range(min(room, len(queue)))]
            room -= len(batch[member_id])
            self._in_flight.add(member_id)
        return batch

    async def _run_lane(self, batch: dict[str, list[Submission]]) -> None:
        if self._on_batch is not None:
            self._on_batch(sum(map(len, batch.values())))
        everyone = [s for submissions in batch.values() for s in submissions]
        try:
            await self._commit(batch)
            self._note_soon(everyone)
        except BaseException as error:
            for submission in everyone:
                commands.fail(submission, error)
            if not isinstance(error, Exception):
                raise
        finally:
            self._busy_lanes -= 1
            for member_id in batch:
                self._in_flight.discard(member_id)
                if self._queues[member_id]:
                    self._ready[member_id] = None
                else:
                    del self._queues[member_id]
            self._fill_lanes_soon()

    async def _commit(self, todo: dict[str, list[Submission]]) -> None:
        """Repeat read, decide, write until every submission is settled."""
        while todo:
            found, read_at = self._recall(todo)
            unknown = [member_id for member_id in todo if member_id not in found]
            if unknown:
                found |= await states.read_states(self._mongo, unknown)
                await self._settle_old_keys(found, todo)
            claiming = self._start(self._take_claims(found, todo))
            moving = [self._start(work) for work in self._moves_to_ledger(found, todo)]
            for _ in range(TURNS_TO_SEND):
                await asyncio.sleep(0)  # all are under way while the decisions are made
            rounds, again = self._decide(found, todo, read_at)
            await asyncio.gather(claiming, *moving)
            again |= await self._write(rounds, again | claiming.result())
            todo = {member_id: todo[member_id] for member_id in again}

    def _recall(
        self, todo: dict[str, list[Submission]]
    ) -> tuple[dict[str, State], dict[str, datetime]]:
        """Take states as they were last written here, where nothing can hang on their being new.

        The write is guarded by their sequence number as after a read. A refusal or a replay from
        memory might be out of date, so what could lead to one is read again.
        """
        found: dict[str, State] = {}
        read_at: dict[str, datetime] = {}
        oldest = self._clock() - MEMORY_LIFE
        for member_id in todo.keys() & self._memory.keys():
            state, read = self._memory.pop(member_id)
            if read > oldest and all(commands.is_surely_new(state, s.key) for s in todo[member_id]):
                found[member_id], read_at[member_id] = state, read
        return found, read_at

    def _remember(self, work: Round) -> None:
        self._memory[work.state.member_id] = (states.as_written(work.state), work.read_at)
        if len(self._memory) > MEMORY_LIMIT:
            self._memory.popitem(last=False)

    async def _settle_old_keys(
        self, found: dict[str, State], todo: dict[str, list[Submission]]
    ) -> None:
        """Look in the ledger for keys that may have left the ring.

        After the read whose sequence number guards the write: looked up before, a record that is
        trimmed in between would be in neither place.
        """
        for member_id, submissions in todo.items():
            state = found.get(member_id)
            old = [
                (submission, submission.key)
                for submission in submissions
                if state and submission.key and commands.may_be_in_ledger(state, submission)
            ]
            if not state or not old:
                continue
            records = await states.ledger_records(self._mongo, member_id, [key for _, key in old])
            for submission, key in old:
                if key in records:
                    submission.old_record = records[key]

    def _decide(
        self,
        found: dict[str, State],
        todo: dict[str, list[Submission]],
        read_at: dict[str, datetime],
    ) -> tuple[dict[str, Round], set[str]]:
        """Apply the commands of each member; name those whom memory told to change nothing."""
        now = self._clock()
        doubtful: set[str] = set()
        rounds: dict[str, Round] = {}
        for member_id, submissions in todo.items():
            state = found.get(member_id)
            open_ones = [s for s in submissions if not s.future.done()]
            if state is None:
                for submission in open_ones:
                    commands.fail(submission, Refused(MemberUnknown(member_id)))
                continue
            work = Round(state, state.seq, read_at.get(member_id, now))
            refused = [s for s in open_ones if not commands.decide(work, s, now)]
            if member_id in read_at and (refused or work.replayed):
                doubtful.add(member_id)
                work.forget()
                continue
            work.refused = refused
            rounds[member_id] = work
        return rounds, doubtful

    async def _write(self, rounds: dict[str, Round], put_off: set[str]) -> set[str]:
        """Write what was decided; return the members that must be decided again.

        Members that are `put_off` are decided again in any case.
        """
        ready = [work for member_id, work in rounds.items() if member_id not in put_off]
        writing = [work for work in ready if work.decided or work.replayed]
        statements = [
            states.write_statement(work.state, work.read_seq)
            if work.decided
            else states.confirm_statement(work.state)
            for work in writing
        ]
        writing_them = self._mongo.update_batch(states.STATES, statements)
        to_release = [s for work in ready for s in work.refused if s.inserted]
        if to_release:
            errors, _ = await asyncio.gather(writing_them, self._release_claims(to_release))
        else:
            errors = await writing_them
        again = put_off | {writing[error.index].state.member_id for error in errors}
        for work in rounds.values():
            if work.state.member_id in again:
                work.forget()
            else:
                self._finish(work)
        return again

    def _finish(self, work: Round) -> None:
        """Tell the callers of a member whose round is over, and remember the member."""
        self._remember(work)
        for submission in (*work.decided, *work.replayed):
            commands.settle(submission)
        for submission in work.refused:
            commands.fail(submission, submission.error)

    def _moves_to_ledger(
        self, found: dict[str, State], todo: dict[str, list[Submission]]
    ) -> list[Coroutine[Any, Any, set[int]]]:
        """Give what puts the records that may leave the ring, and waiting facts, elsewhere before.

        What is in both places is found in either; what is in neither would be lost.
        """
        lines: list[Document] = []
        facts: list[Document] = []
        for member_id, state in found.items():
            leaving = states.records_that_may_leave(state, len(todo[member_id]))
            if leaving:
                lines += [states.ledger_document(member_id, record) for record in leaving]
                waiting = state.document.get("outbox", ())
                facts += [outbox.fact_document(member_id, fact) for fact in waiting]
        moves = ((states.LEDGER, lines), (outbox.FACTS, facts))
        return [self._mongo.insert_new(collection, moved) for collection, moved in moves if moved]

    async def _take_claims(
        self, found: dict[str, State], todo: dict[str, list[Submission]]
    ) -> set[str]:
        """Take the claims not taken yet; return the members in whose way an older claim stands."""
        new = [
            (submission, submission.command.claim)
            for member_id in found
            for submission in todo[member_id]
            if submission.command.claim and not submission.claimed and not submission.future.done()
        ]
        held = await claims.take(self._mongo, [claim for _, claim in new])
        for index, (submission, claim) in enumerate(new):
            submission.inserted = index not in held
            holder = held.get(index)
            submission.claimed = submission.inserted or holder is not None
            if holder is not None:
                commands.meet_holder(submission, claim, holder)
        return {new[index][0].command.member_id for index in held}

    async def _release_claims(self, refused: Sequence[Submission]) -> None:
        """Give back what was claimed for commands that the rules refused: nothing stays written."""
        await claims.release(self._mongo, [s.command.claim for s in refused if s.command.claim])
        for submission in refused:
            submission.inserted = submission.claimed = False

    def _note_soon(self, submissions: Sequence[Submission]) -> None:
        """Note that the records of claims are durable, with those of the rounds to come.

        Until then a worker may finish them again.
        """
        self._unnoted += [
            s.command.claim for s in submissions if s.command.claim and s.outcome and not s.noted
        ]
        if self._unnoted and self._noting is None:
            loop = asyncio.get_running_loop()
            self._noting = loop.call_later(NOTES_WAIT, self._note_now)

    def _note_now(self) -> None:
        if self._noting is not None:
            self._noting.cancel()
            self._start(self._note(self._unnoted))
            self._noting, self._unnoted = None, []

    async def _note(self, noted: Sequence[Claim]) -> None:
        with contextlib.suppress(Unavailable):  # they stay open, and a worker finishes them
            await claims.note(self._mongo, noted)
