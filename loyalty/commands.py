"""A command and what becomes of it: decided on a state in hand, answered, refused or replayed.

No queue and no database; `group_commit` reads, asks here what follows, and writes.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from loyalty import states
from loyalty.claims import Claim
from loyalty.errors import BadInput, KeyReused, Refused
from loyalty.mongo import Document
from loyalty.states import Change, State
from loyalty.values import value

Decide = Callable[[State, datetime], Change]

OWN = "~"
"""What the keys of commands begin with that are given here; `check_key` refuses others'."""

KEY_LIMIT = 128
REASON_LIMIT = 500


def own_key(what: str, of: str) -> str:
    """Make the key of what is done without a client: once, under a key that no client can take."""
    return f"{OWN}{what}:{of}"


def hash_input(**values: object) -> str:
    """Fingerprint the input of a verb, to tell a repeat from another call under the same key."""
    plain = orjson.dumps(values, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(plain).hexdigest()[:24]


def check_key(key: str) -> None:
    """Refuse what cannot be a client's idempotency key. Raises BadInput."""
    if not 1 <= len(key) <= KEY_LIMIT or not key.isascii() or not key.isprintable():
        raise BadInput(
            f"a key is 1 to {KEY_LIMIT} printable ASCII characters, best a UUIDv7", ("key",)
        )
    if key.startswith(OWN):
        raise BadInput(f"keys that begin with {OWN} are made by the house alone", ("key",))


def check_reason(reason: str) -> None:
    """Refuse an empty reason, or a very long one. Raises BadInput."""
    if not 1 <= len(reason.strip()) <= REASON_LIMIT:
        raise BadInput(f"say why in 1 to {REASON_LIMIT} characters: it is kept", ("reason",))


@value
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


@value
class Outcome:
    """What a command led to: its answer, and whether it was given before."""

    result: Document
    record: Document
    replayed: bool
    state: State


@dataclass(slots=True)
class Submission:
    """A command on its way, and what has become of it so far.

    `key` is the command's, or that of the older claim it met; `claimed` tells that its claim
    stands, `inserted` that it is its own, `noted` that its record is known to be durable;
    `old_record` is its first answer, found in the ledger.
    """

    command: Command
    key: str | None
    future: "asyncio.Future[Outcome]"
    claimed: bool = False
    inserted: bool = False
    noted: bool = False
    old_record: Document | None = None
    outcome: Outcome | None = None
    error: BaseException = field(default_factory=Exception)


@dataclass(slots=True)
class Round:
    """One member's part of a lane: what was read, and what each submission came to."""

    state: State
    read_seq: int
    read_at: datetime
    decided: list[Submission] = field(default_factory=list)
    replayed: list[Submission] = field(default_factory=list)
    refused: list[Submission] = field(default_factory=list)

    def forget(self) -> None:
        """Take back what was found: it is to be decided again."""
        for submission in (*self.decided, *self.replayed):
            submission.outcome = None


def may_be_in_ledger(state: State, submission: Submission) -> bool:
    """Tell whether the key may be that of a record which left the ring."""
    key = submission.key
    if key is None or submission.future.done() or not state.trimmed or state.find_record(key):
        return False
    return not states.is_time_ordered(key) or key <= state.watermark


def is_surely_new(state: State, key: str | None) -> bool:
    """Tell, from the state alone, that no record has this key."""
    if key is None:
        return True
    is_newer = not state.trimmed or (states.is_time_ordered(key) and key > state.watermark)
    return is_newer and state.find_record(key) is None


def meet_holder(submission: Submission, claim: Claim, holder: Document) -> None:
    """Answer a claim that was taken before: finish or replay it under its key, or refuse."""
    if not claim.is_same(holder):
        fail(submission, Refused(KeyReused(claim.id)))
        return
    submission.key = holder["key"]
    submission.noted = "open_since" not in holder


def decide(work: Round, submission: Submission, now: datetime) -> bool:
    """Apply one command to the state in hand, or find its first answer; False if refused.

    Nobody is told before the round's write is durable: what is refused or replayed may rest on
    changes of the same round, or on a record that is not yet known to a majority.
    """
    command, key = submission.command, submission.key
    seen = submission.old_record or (work.state.find_record(key) if key is not None else None)
    if seen is not None and seen["input"] != command.input_hash:
        submission.error = Refused(KeyReused(str(seen["key"])))
        return False
    if seen is not None:
        submission.outcome = Outcome(seen["result"], seen, True, work.state)
        work.replayed.append(submission)
        return True
    try:
        change = command.decide(work.state, now)
    except Exception as refusal_or_bug:  # noqa: BLE001 - its caller's, not its neighbours'
        submission.error = refusal_or_bug
        return False
    if key is None and change.is_empty:
        submission.outcome = Outcome({}, {}, False, work.state)
        work.replayed.append(submission)
        return True
    record = work.state.apply(change, key, command.input_hash, now)
    submission.outcome = Outcome(record["result"], record, False, work.state)
    work.decided.append(submission)
    return True


def fail(submission: Submission, error: BaseException) -> None:
    """Tell the caller of an error, if the caller is still there."""
    if not submission.future.done():
        submission.future.set_exception(error)


def settle(submission: Submission) -> None:
    """Give the caller the outcome, if there is one and the caller is still there."""
    if not submission.future.done() and submission.outcome is not None:
        submission.future.set_result(submission.outcome)
