"""Who stands on a leaderboard under which name, so that no two have one; not whether they do now.

A row is taken before the member's own document says so, and is not given back: who does not stand
there under it any more is passed over by the next who asks.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from loyalty.mongo import Document, Mongo

ALIASES = "leaderboard_aliases"


@dataclass(frozen=True, slots=True)
class Claim:
    """A name on a leaderboard, as it is compared: whose it is, since when, by which `token`."""

    challenge: str
    alias: str
    member_id: str
    token: str
    at: datetime

    @property
    def id(self) -> str:
        """Give the one place of the name: the challenge's id has no colon."""
        return f"{self.challenge}:{self.alias}"


async def claim(mongo: Mongo, wanted: Claim) -> Claim:
    """Take a name that is free, or one's own again; give whose it is then."""
    row = {"member": wanted.member_id, "token": wanted.token, "at": wanted.at}
    if not await mongo.insert_new(ALIASES, [{"_id": wanted.id, **row}]):
        return wanted
    own = {"_id": wanted.id, "member": wanted.member_id}
    if await mongo.update_one(ALIASES, own, {"$set": row}):
        return wanted
    found: Document = await mongo.find_one(ALIASES, {"_id": wanted.id}) or row
    return replace(wanted, member_id=found["member"], token=found["token"], at=found["at"])


async def take_over(mongo: Mongo, held: Claim, wanted: Claim) -> bool:
    """Take a name that its holder does not use any more; tell whether nobody was faster."""
    row = {"member": wanted.member_id, "token": wanted.token, "at": wanted.at}
    as_seen = {"_id": held.id, "token": held.token}
    return bool(await mongo.update_one(ALIASES, as_seen, {"$set": row}))
