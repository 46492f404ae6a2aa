"""What members submit and staff decide on; a yes is told, and recorded as the event it stands for.

The truth is in the member's state; the list for staff is a copy that follows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from loyalty import members, program, wallets
from loyalty.challenges import rules, store
from loyalty.challenges.rules import (
    ChallengeNotJoined,
    Submission,
    SubmissionDecided,
    SubmissionLimit,
    SubmissionsNotTaken,
    SubmissionStatus,
    SubmissionUnknown,
)
from loyalty.challenges.service.joining import must_not_be_over, required
from loyalty.challenges.store.submissions import Listed
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.members import Doing
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn
from loyalty.walks import Walk

PREFIX = "sub_"


@dataclass(frozen=True, slots=True)
class Submitting:
    """What a member says to have done: a link, a text, or both."""

    member_id: str
    challenge: str
    key: str
    url: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Deciding:
    """What staff say to a submission; the reason is shown to the member."""

    submission: str
    approve: bool
    key: str
    actor: str
    reason: str | None = None

    @property
    def member_id(self) -> str:
        """Give whose it is: its id says it."""
        return f"mbr_{self.submission.removeprefix(PREFIX).rpartition('_')[0]}"


async def submit(engine: Engine, wanted: Submitting) -> Outcome:
    """Take what a member submits; it waits for staff. The result names its `submission`.

    Raises BadInput; Refused with ChallengeUnknown, ChallengeOver, ChallengeNotJoined,
    SubmissionsNotTaken, SubmissionLimit, MemberNotActive or KeyReused; Unavailable.
    """
    wallets.check_key(wanted.key)
    rules.check(wanted.url, wanted.text)
    version, challenge = await required(engine, wanted.challenge)
    if challenge.submissions is None:
        raise Refused(SubmissionsNotTaken(challenge.id))
    limit = challenge.submissions.per_period

    def decide(state: State, now: datetime) -> Change:
        members.must_be_free(state, Doing.COMPETE)
        turn = Turn(state, now)
        efforts = turn.of(store.EFFORTS)
        span = must_not_be_over(version, challenge, now)
        if not efforts.part(challenge.id).takes_part(challenge, now):
            raise Refused(ChallengeNotJoined(challenge.id))
        if rules.taken(efforts.submissions, challenge.id, span.key) >= limit:
            raise Refused(SubmissionLimit(challenge.id, limit))
        new = Submission(
            id=f"{PREFIX}{state.member_id.removeprefix('mbr_')}_{state.seq + 1}",
            challenge=challenge.id,
            period=span.key,
            at=now,
            url=wanted.url,
            text=wanted.text,
            last=span.last,
        )
        turn.put(store.EFFORTS, replace(efforts, submissions=(*efforts.submissions, new)))
        turn.tell(Fact("SubmissionMade", store.submission_document(new)))
        return turn.change(submission=new.id)

    fingerprint = wallets.hash_input(
        verb="submit", challenge=wanted.challenge, url=wanted.url, text=wanted.text
    )
    return await engine.commits.submit(Command(wanted.member_id, decide, wanted.key, fingerprint))


async def decide_on(engine: Engine, wanted: Deciding) -> Outcome:
    """Approve or reject what waits; what is approved counts from when it was submitted.

    Raises BadInput; Refused with SubmissionUnknown, SubmissionDecided, MemberNotActive or
    KeyReused; Unavailable.
    """
    wallets.check_key(wanted.key)
    terms = (await program.active(engine)).program
    if await members.find(engine, wanted.member_id) is None:
        raise Refused(SubmissionUnknown(wanted.submission))

    def decide(state: State, now: datetime) -> Change:
        members.must_be_free(state, Doing.COMPETE)
        turn = Turn(state, now)
        efforts = turn.of(store.EFFORTS)
        found = next((one for one in efforts.submissions if one.id == wanted.submission), None)
        if found is None:
            raise Refused(SubmissionUnknown(wanted.submission))
        if found.status is not SubmissionStatus.WAITING:
            raise Refused(SubmissionDecided(found.id, found.status.value))
        status = SubmissionStatus.APPROVED if wanted.approve else SubmissionStatus.REJECTED
        decided = replace(found, status=status, decided_at=now, reason=wanted.reason)
        others = (decided if one is found else one for one in efforts.submissions)
        turn.put(store.EFFORTS, replace(efforts, submissions=tuple(others)))
        told = {**store.submission_document(decided), "actor": wanted.actor}
        challenge = terms.challenge(found.challenge)
        if wanted.approve and challenge is not None:
            told["event"] = challenge.triggers[0].event
        turn.tell(Fact("SubmissionDecided", told))
        return turn.change(submission=found.id)

    fingerprint = wallets.hash_input(
        verb="decide",
        submission=wanted.submission,
        approve=wanted.approve,
        reason=wanted.reason,
    )
    return await engine.commits.submit(Command(wanted.member_id, decide, wanted.key, fingerprint))


def of_member(state: State) -> Sequence[Submission]:
    """List what a member submitted, oldest first, as far as it is still shown to them."""
    return state.value(store.EFFORTS).submissions


async def find(engine: Engine, submission_id: str) -> Submission | None:
    """Read one as staff see it, a moment behind; None for an unknown id."""
    return await store.submissions.find(engine.mongo, submission_id)


async def walk(
    engine: Engine, status: SubmissionStatus, asked: Walk[tuple[datetime, str]]
) -> Sequence[Listed]:
    """List submissions with whose they are, oldest first."""
    return await store.submissions.walk(engine.mongo, status, asked)
