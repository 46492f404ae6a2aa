"""What members and staff read of referral: standings, and friends by pseudonym."""

from collections.abc import Sequence
from datetime import datetime

from loyalty.engine import Engine
from loyalty.referrals import rules, store
from loyalty.referrals.rules import Invitation, Standing
from loyalty.states import State

AT_ONE_INSTANT = 50

Friend = tuple[str, Invitation]


async def prepare(engine: Engine) -> None:
    """Create the indexes."""
    await store.prepare(engine.mongo)


def standing_of(state: State) -> Standing:
    """Read what a member has to do with referral."""
    return state.value(store.STANDING)


async def friends_of(
    engine: Engine, member_id: str, before: tuple[datetime, str] | None, limit: int
) -> Sequence[Friend]:
    """List who accepted a member's code, newest first: pseudonyms and invitations.

    From after a position, which is an instant and a pseudonym: no id of a friend leaves the house.
    """
    until = before[0] if before else None
    read = await store.friends_of(engine.mongo, member_id, until, limit + AT_ONE_INSTANT)
    found = [(rules.pseudonym(friend_id), invitation) for friend_id, invitation in read]
    seen = [pseudonym for pseudonym, _ in found]
    start = seen.index(before[1]) + 1 if before and before[1] in seen else 0
    return found[start : start + limit]
