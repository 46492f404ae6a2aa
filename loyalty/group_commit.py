"""The queue in front of member states: many commands, one read and one compare-and-set write.

Each command is a pure decision on one member's state. Commands of one member are applied in
order and never in two lanes at once, so one process never races with itself; races between
processes are settled by the sequence number each write was read at.
"""

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loyalty import claims, outbox, states
from loyalty.claims import Claim
from loyalty.errors import KeyReused, MemberUnknown, Refused, Unavailable
from loyalty.mongo import Document, Mongo
from loyalty.states import Change, State

LANES = 2
BATCH_LIMIT = 256
MEMBER_QUEUE_LIMIT = 1_024
MEMORY_LIMIT = 500
MEMORY_LIFE = timedelta(seconds=60)  # far below the days for which done facts are kept

Decide = Callable[[State, datetime], Change]


@dataclass(frozen=True, slots=True)
class Command:
    """One change to one member.

    `key` makes it idempotent (None for changes that move no value and may be repeated);
    `input_hash` tells the same input from another under the same key.
    """

    member_id: str
    decide: Decide
    key: str | None = None
    input_hash: str = ""
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command led to: its answer, and whether it was given before."""

    result: Document
    record: Document
    replayed: bool
    state: State


@dataclass(slots=True)
class _Submission:
    command: Command
    key: str | None
    future: "asyncio.Future[Outcome]"
    claimed: bool = False
    noted: bool = False
    outcome: Outcome | None = None
    error: BaseException = field(default_factory=Exception)


@dataclass(slots=True)
class _Round:
    """One member's part of a lane: what was read, and what each submission came to."""

    state: State
    read_seq: int
    read_at: datetime
    decided: list[_Submission] = field(default_factory=list)


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
        self._queues: dict[str, deque[_Submission]] = {}
        self._ready: OrderedDict[str, None] = OrderedDict()
        self._in_flight: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._memory: OrderedDict[str, tuple[State, datetime]] = OrderedDict()
        self._busy_lanes = 0
        self._wake_up_called = False

    @property
    def waiting(self) -> int:
        """Count the commands that wait for a lane."""
        return sum(len(queue) for queue in self._queues.values())

    async def submit(self, command: Command) -> Outcome:
        """Queue a command and wait until it is durable, refused, or known to be impossible now."""
        queue = self._queues.setdefault(command.member_id, deque())
        if len(queue) >= MEMBER_QUEUE_LIMIT:
            raise Unavailable("too many changes of this member are waiting")
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        queue.append(_Submission(command, command.key, future))
        if command.member_id not in self._in_flight:
            self._ready[command.member_id] = None
        self._fill_lanes_soon()
        return await future

    async def drain(self) -> None:
        """Wait until everything that was submitted is settled."""
        while self._tasks or self._ready:
            self._fill_lanes()
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

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _next_batch(self) -> dict[str, list[_Submission]]:
        batch: dict[str, list[_Submission]] = {}
        room = BATCH_LIMIT
        while self._ready and room:
            member_id, _ = self._ready.popitem(last=False)
            queue = self._queues[member_id]
            batch[member_id] = [queue.popleft() for _ in range(min(room, len(queue)))]
            room -= len(batch[member_id])
            self._in_flight.add(member_id)
        return batch

    async def _run_lane(self, batch: dict[str, list[_Submission]]) -> None:
        if self._on_batch is not None:
            self._on_batch(sum(map(len, batch.values())))
        everyone = [s for submissions in batch.values() for s in submissions]
        try:
            await self._commit(batch)
            self._start(self._note_claims(everyone))
        except BaseException as error:
            for submission in everyone:
                _fail(submission, error)
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

    async def _commit(self, todo: dict[str, list[_Submission]]) -> None:
        """Repeat read, decide, write until every submission is settled."""
        while todo:
            found, read_at = self._recall(todo)
            unknown = [member_id for member_id in todo if member_id not in found]
            if unknown:
                found |= await states.read_states(self._mongo, unknown)
                await self._settle_old_keys(found, todo)
            rounds, doubtful = self._decide(found, todo, read_at)
            again = await self._write(rounds) | doubtful
            todo = {member_id: todo[member_id] for member_id in again}

    def _recall(
        self, todo: dict[str, list[_Submission]]
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
            if read > oldest and all(_is_surely_new(state, s.key) for s in todo[member_id]):
                found[member_id], read_at[member_id] = state, read
        return found, read_at

    def _remember(self, work: _Round) -> None:
        self._memory[work.state.member_id] = (states.as_written(work.state), work.read_at)
        if len(self._memory) > MEMORY_LIMIT:
            self._memory.popitem(last=False)

    async def _settle_old_keys(
        self, found: dict[str, State], todo: dict[str, list[_Submission]]
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
                if state and submission.key and _may_be_in_ledger(state, submission)
            ]
            if not state or not old:
                continue
            records = await states.ledger_records(self._mongo, member_id, [key for _, key in old])
            for submission, key in old:
                if key in records:
                    _replay(submission, records[key], state)

    def _decide(
        self,
        found: dict[str, State],
        todo: dict[str, list[_Submission]],
        read_at: dict[str, datetime],
    ) -> tuple[dict[str, _Round], set[str]]:
        """Apply the commands of each member; name those refused from memory, to be read again."""
        now = self._clock()
        doubtful: set[str] = set()
        rounds: dict[str, _Round] = {}
        for member_id, submissions in todo.items():
            state = found.get(member_id)
            open_ones = [s for s in submissions if not s.future.done()]
            if state is None:
                for submission in open_ones:
                    _fail(submission, Refused(MemberUnknown(member_id)))
                continue
            work = _Round(state, state.seq, read_at.get(member_id, now))
            refused = [s for s in open_ones if not _decide_one(work, s, now)]
            if refused and member_id in read_at:
                doubtful.add(member_id)
                for submission in work.decided:
                    submission.outcome = None
                continue
            for submission in refused:
                _fail(submission, submission.error)
            if work.decided:
                rounds[member_id] = work
        return rounds, doubtful

    async def _write(self, rounds: dict[str, _Round]) -> set[str]:
        """Write what was decided; return the members that must be decided again."""
        again, _ = await asyncio.gather(self._take_claims(rounds), self._move_to_ledger(rounds))
        writing = [work for member_id, work in rounds.items() if member_id not in again]
        statements = [states.write_statement(work.state, work.read_seq) for work in writing]
        lost = {e.index for e in await self._mongo.update_batch(states.STATES, statements)}
        again |= {writing[index].state.member_id for index in lost}
        for member_id, work in rounds.items():
            if member_id not in again:
                self._remember(work)
            for submission in work.decided:
                if member_id in again:
                    submission.outcome = None
                else:
                    _settle(submission)
        return again

    async def _move_to_ledger(self, rounds: dict[str, _Round]) -> None:
        """Put what leaves the ring into the ledger, and waiting facts with it, before the trim."""
        lines: list[Document] = []
        facts: list[Document] = []
        for member_id, work in rounds.items():
            leaving = states.leaving_records(work.state)
            if leaving:
                lines += [states.ledger_document(member_id, record) for record in leaving]
                waiting = work.state.document.get("outbox", ())
                facts += [outbox.fact_document(member_id, fact) for fact in waiting]
        if lines:
            await asyncio.gather(
                self._mongo.insert_new(states.LEDGER, lines),
                self._mongo.insert_new(outbox.FACTS, facts),
            )

    async def _take_claims(self, rounds: dict[str, _Round]) -> set[str]:
        """Take the claims of this round; return the members that must be decided again."""
        new = [
            (submission, submission.command.claim)
            for work in rounds.values()
            for submission in work.decided
            if submission.command.claim and not submission.claimed
        ]
        held = await claims.take(self._mongo, [claim for _, claim in new])
        for index, (submission, claim) in enumerate(new):
            submission.claimed = True
            if index in held:
                _meet_holder(submission, claim, held[index])
        return {new[index][0].command.member_id for index in held}

    async def _note_claims(self, submissions: Sequence[_Submission]) -> None:
        """Note where the records of claims are; until then a worker may finish them again."""
        unnoted = [
            s.command.claim for s in submissions if s.command.claim and s.outcome and not s.noted
        ]
        if unnoted:
            with contextlib.suppress(Unavailable):  # they stay open, and a worker finishes them
                await claims.note(self._mongo, unnoted)


def _may_be_in_ledger(state: State, submission: _Submission) -> bool:
    key = submission.key
    if key is None or submission.future.done() or not state.trimmed or state.find_record(key):
        return False
    return not states.is_time_ordered(key) or key <= state.watermark


def _is_surely_new(state: State, key: str | None) -> bool:
    """Tell, from the state alone, that no record has this key."""
    if key is None:
        return True
    is_newer = not state.trimmed or (states.is_time_ordered(key) and key > state.watermark)
    return is_newer and state.find_record(key) is None


def _meet_holder(submission: _Submission, claim: Claim, holder: Document) -> None:
    """Answer a claim that was taken before: finish or replay it under its key, or refuse."""
    if not claim.is_same(holder):
        _fail(submission, Refused(KeyReused(claim.id)))
        return
    submission.key = holder["key"]
    submission.noted = "open_since" not in holder


def _decide_one(work: _Round, submission: _Submission, now: datetime) -> bool:
    """Apply one command to the state in hand, or answer it without a write; False if refused."""
    command, key = submission.command, submission.key
    seen = work.state.find_record(key) if key is not None else None
    if seen is not None:
        if seen in work.state.fresh:
            _repeat_in_batch(submission, seen, work)
        else:
            _replay(submission, seen, work.state)
        return True
    try:
        change = command.decide(work.state, now)
    except Exception as refusal_or_bug:  # noqa: BLE001 - its caller's, not its neighbours'
        submission.error = refusal_or_bug
        return False
    if key is None and change.is_empty:
        submission.outcome = Outcome({}, {}, False, work.state)
        _settle(submission)
        return True
    record = work.state.apply(change, key, command.input_hash, now)
    submission.outcome = Outcome(record["result"], record, False, work.state)
    work.decided.append(submission)
    return True


def _repeat_in_batch(submission: _Submission, record: Document, work: _Round) -> None:
    """Let a repeat within one batch wait for the write that its first call is part of."""
    if record["input"] != submission.command.input_hash:
        _fail(submission, Refused(KeyReused(str(submission.key))))
    else:
        submission.outcome = Outcome(record["result"], record, True, work.state)
        work.decided.append(submission)


def _replay(submission: _Submission, record: Document, state: State) -> None:
    """Give the first answer again, or refuse another input under the same key."""
    if record["input"] != submission.command.input_hash:
        _fail(submission, Refused(KeyReused(str(record["key"]))))
        return
    submission.outcome = Outcome(record["result"], record, True, state)
    _settle(submission)


def _fail(submission: _Submission, error: BaseException) -> None:
    """Tell the caller of an error, if the caller is still there."""
    if not submission.future.done():
        submission.future.set_exception(error)


def _settle(submission: _Submission) -> None:
    if not submission.future.done() and submission.outcome is not None:
        submission.future.set_result(submission.outcome)
