"""The codes that members share: made when they are first asked for, or given to ambassadors."""

import re
from dataclasses import replace
from datetime import datetime

from loyalty import members
from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.errors import BadInput, Refused
from loyalty.members import Doing
from loyalty.referrals import rules, store
from loyalty.referrals.rules import ReferralCodeTaken
from loyalty.states import Change, State
from loyalty.turns import Turn

_OWN_CODE = re.compile(r"[A-Z0-9]{3,20}")


async def code_of(engine: Engine, state: State) -> str:
    """Give a member's code; the first time it is made. Raises Refused(MemberUnknown)."""
    known = state.value(store.STANDING).code
    if known is not None:
        return known
    for code in rules.codes_of(state.member_id):
        if await store.take_code(engine.mongo, code, state.member_id):
            break
    else:
        raise RuntimeError("a hundred codes in a row are taken")

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        standing = turn.of(store.STANDING)
        turn.put(store.STANDING, replace(standing, code=standing.code or code))
        return turn.change()

    written = (await engine.commits.submit(Command(state.member_id, decide))).state
    return written.value(store.STANDING).code or code


async def appoint(engine: Engine, member_id: str, code: str | None) -> State:
    """Make a member an ambassador, with a code of their own choice; older codes lead on to them.

    Raises BadInput; Refused with MemberUnknown, MemberNotActive, ReferralCodeTaken.
    """
    state = await members.require(engine, member_id)
    members.must_be_free(state, Doing.INVITE)  # before a code is taken for nothing
    if code is not None:
        await _take(engine, code, member_id)
    chosen = rules.written(code) if code else await code_of(engine, state)

    def decide(state: State, now: datetime) -> Change:
        members.must_be_free(state, Doing.INVITE)
        turn = Turn(state, now)
        standing = turn.of(store.STANDING)
        since = standing.ambassador_since or now
        turn.put(store.STANDING, replace(standing, code=chosen, ambassador_since=since))
        return turn.change()

    return (await engine.commits.submit(Command(member_id, decide))).state


async def _take(engine: Engine, code: str, member_id: str) -> None:
    wanted = rules.written(code)
    if not _OWN_CODE.fullmatch(wanted):
        raise BadInput("a code is 3 to 20 letters from A to Z and digits", ("referralCode",))
    if not await store.take_code(engine.mongo, wanted, member_id):
        raise Refused(ReferralCodeTaken(wanted))


async def dismiss(engine: Engine, member_id: str) -> State:
    """Let a member be an ambassador no longer; their codes lead on. Raises Refused."""

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        standing = turn.of(store.STANDING)
        turn.put(store.STANDING, replace(standing, ambassador_since=None, towards=0))
        return turn.change()

    return (await engine.commits.submit(Command(member_id, decide))).state
