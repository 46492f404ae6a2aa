"""What members do about challenges themselves: join and leave them, and the leaderboards."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from loyalty import members, program
from loyalty.challenges import rules, store
from loyalty.challenges.rules import (
    AliasTaken,
    ChallengeAutomatic,
    ChallengeNotJoined,
    ChallengeNotRanked,
    ChallengeOver,
    ChallengeUnknown,
    Efforts,
    Participation,
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
NAME_SECONDS = 60
"""So long a name that was asked for is kept for the member whose commit may be under way."""


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
    AliasTaken, MemberNotActive.
    """
    _version, challenge = await required(engine, challenge_id)
    if not challenge.leaderboard:
        raise Refused(ChallengeNotRanked(challenge_id))
    name = None if alias is None else rules.check_alias(alias)

    def check(efforts: Efforts, now: datetime) -> Participation:
        part = efforts.part(challenge_id)
        if name is not None and not part.takes_part(challenge, now):
            raise Refused(ChallengeNotJoined(challenge_id))
        return part

    if name is not None:
        state = await members.require(engine, member_id)
        members.must_be_free(state, Doing.COMPETE)
        check(state.value(store.EFFORTS), engine.clock())
        await _take_name(engine, member_id, challenge_id, name)

    def decide(turn: Turn) -> None:
        efforts = turn.of(store.EFFORTS)
        part = check(efforts, turn.now)
        if part.alias != name:
            turn.put(store.EFFORTS, efforts.with_part(challenge_id, replace(part, alias=name)))
            turn.tell(SCORES_CHANGED)

    return await _change(engine, member_id, decide)


async def _take_name(engine: Engine, member_id: str, challenge_id: str, name: str) -> None:
    """Take a name on a leaderboard for a member, before they stand under it.

    Another's can be had once they have not stood under it for NAME_SECONDS. Raises
    Refused(AliasTaken).
    """
    now, read_as = engine.clock(), rules.read_as(name)
    wanted = store.aliases.Claim(challenge_id, read_as, member_id, engine.new_id(), now)
    held = await store.aliases.claim(engine.mongo, wanted)
    if held.member_id == member_id:
        return
    holder = await members.find(engine, held.member_id)
    alias = holder.value(store.EFFORTS).part(challenge_id).alias if holder else None
    is_theirs = alias is not None and rules.read_as(alias) == read_as
    is_fresh = now - held.at < timedelta(seconds=NAME_SECONDS)
    if is_theirs or is_fresh or not await store.aliases.take_over(engine.mongo, held, wanted):
        raise Refused(AliasTaken(challenge_id, name))


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
