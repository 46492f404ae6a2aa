"""What members and staff read of referral: standings, and friends by pseudonym."""

from collections.abc import Sequence
from datetime import datetime

from loyalty.engine import Engine
from loyalty.referrals import rules, store
from loyalty.referrals.rules import Invitation, Standing
from loyalty.states import State
from loyalty.walks import Walk

AT_ONE_INSTANT = 50

Friend = tuple[str, Invitation]


async def prepare(engine: Engine) -> None:
    """Create the indexes."""
    await store.prepare(engine.mongo)


def standing_of(state: State) -> Standing:
    """Read what a member has to do with referral."""
    return state.value(store.STANDING)


async def friends_of(
    engine: Engine, member_id: str, walk: Walk[tuple[datetime, str]]
) -> Sequence[Friend]:
    """List who accepted a member's code, newest first: pseudonyms and invitations.

    A place is an instant and a pseudonym: no id of a friend leaves the house.
    """
    at, pseudonym = walk.place or (None, None)
    wider = Walk(walk.limit + AT_ONE_INSTANT, at, walk.back)
    read = await store.friends_of(engine.mongo, member_id, wider)
    found = [(rules.pseudonym(friend_id), invitation) for friend_id, invitation in read]
    seen = [seen for seen, _ in found]
    start = seen.index(pseudonym) + 1 if pseudonym in seen else 0
    return found[start : start + walk.limit]
