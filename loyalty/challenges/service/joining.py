"""What members do about challenges themselves: join and leave them, and the leaderboards."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from loyalty import members, program
from loyalty.challenges import rules, store
from loyalty.challenges.rules import (
    ChallengeAutomatic,
    ChallengeNotJoined,
    ChallengeNotRanked,
    ChallengeOver,
    ChallengeUnknown,
)
from loyalty.challenges.service.counting import local_day
from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.members import Doing
from loyalty.program import Version, terms
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn

SCORES_CHANGED = Fact("ScoresChanged", {})


async def join(engine: Engine, member_id: str, challenge_id: str) -> State:
    """Let a member take part in a challenge from now on; who does already goes on.

    Raises Refused with ChallengeUnknown, ChallengeOver, ChallengeAutomatic, MemberNotActive.
    """
    version, challenge = await required(engine, challenge_id)
    _must_be_opt_in(challenge)

    def decide(turn: Turn) -> None:
        efforts = turn.of(store.EFFORTS)
        part = efforts.part(challenge_id)
        must_not_be_over(version, challenge, turn.now)
        if part.joined_at is None:
            joined = efforts.with_part(challenge_id, replace(part, joined_at=turn.now))
            turn.put(store.EFFORTS, joined)

    return await _change(engine, member_id, decide)


async def leave(engine: Engine, member_id: str, challenge_id: str) -> State:
    """Take a member out of a challenge: what was counted is gone, what was given stays.

    Raises Refused with ChallengeUnknown, ChallengeAutomatic, ChallengeNotJoined, MemberNotActive.
    """
    _version, challenge = await required(engine, challenge_id)
    _must_be_opt_in(challenge)

    def decide(turn: Turn) -> None:
        efforts = turn.of(store.EFFORTS)
        part = efforts.part(challenge_id)
        if part.joined_at is None:
            raise Refused(ChallengeNotJoined(challenge_id))
        turn.put(store.EFFORTS, efforts.with_part(challenge_id, part.left()))
        turn.tell(SCORES_CHANGED)

    return await _change(engine, member_id, decide)


async def stand_as(engine: Engine, member_id: str, challenge_id: str, alias: str | None) -> State:
    """Show a member on a leaderboard under a name of their choice; None takes them off it.

    Raises BadInput; Refused with ChallengeUnknown, ChallengeNotRanked, ChallengeNotJoined,
    MemberNotActive.
    """
    _version, challenge = await required(engine, challenge_id)
    if not challenge.leaderboard:
        raise Refused(ChallengeNotRanked(challenge_id))
    name = None if alias is None else rules.check_alias(alias)

    def decide(turn: Turn) -> None:
        efforts = turn.of(store.EFFORTS)
        part = efforts.part(challenge_id)
        if name is not None and not part.takes_part(challenge, turn.now):
            raise Refused(ChallengeNotJoined(challenge_id))
        if part.alias != name:
            turn.put(store.EFFORTS, efforts.with_part(challenge_id, replace(part, alias=name)))
            turn.tell(SCORES_CHANGED)

    return await _change(engine, member_id, decide)


async def required(engine: Engine, challenge_id: str) -> tuple[Version, terms.Challenge]:
    """Give a challenge of the active program. Raises Refused(ChallengeUnknown)."""
    version = await program.active(engine)
    challenge = version.program.challenge(challenge_id)
    if challenge is None:
        raise Refused(ChallengeUnknown(challenge_id))
    return version, challenge


def must_not_be_over(version: Version, challenge: terms.Challenge, now: datetime) -> rules.Span:
    """Give the period that runs now, or the first one. Raises Refused(ChallengeOver)."""
    span = rules.next_span(challenge, local_day(version, now))
    if span is None:
        raise Refused(ChallengeOver(challenge.id))
    return span


def _must_be_opt_in(challenge: terms.Challenge) -> None:
    if challenge.joining is not terms.ChallengeJoining.OPT_IN:
        raise Refused(ChallengeAutomatic(challenge.id))


async def _change(engine: Engine, member_id: str, work: Callable[[Turn], None]) -> State:
    def decide(state: State, now: datetime) -> Change:
        members.must_be_free(state, Doing.COMPETE)
        turn = Turn(state, now)
        work(turn)
        return turn.change()

    return (await engine.commits.submit(Command(member_id, decide))).state
