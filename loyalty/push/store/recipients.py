"""Recipients in MongoDB: the parts of members' states that messages are written from."""

from collections.abc import Collection
from typing import Any

from loyalty import states
from loyalty.mongo import Document, Mongo, each_read
from loyalty.states import STATES, State
from loyalty.walks import Walk

HEARING = ("status", "time_zone", "consents.purpose", "consents.channel", "consents.granted")
WHO = {"seq": 1, "preferences": 1} | {f"profile.{name}": 1 for name in HEARING}
FOR_CAMPAIGNS = {"seq": 1, "profile": 1, "preferences": 1, "wallet.accounts": 1, "tiers": 1}
# `recent` and `trimmed` lead to the entry that a nudge is about.
HELD_OFFERS = {"offers.helds": 1}
FOR_NUDGES = FOR_CAMPAIGNS | dict.fromkeys(
    ("recent", "trimmed", "offers", "challenges", "activity", "engagement", "refunds"), 1
)


ENDS_NEXT, OFFER_ENDS_NEXT = "wallet.expires_next_at", "offers.due_at"
BIRTHDAY, SEEN_AT = "profile.birthday", "engagement.seen_at"
# Each is indexed by its noun.

Place = tuple[Any, str]


async def found_by(mongo: Mongo, field: str, bounds: Document, walk: Walk[Place]) -> list[Place]:
    """Walk members in order of a field of theirs; give its values and their ids."""
    return await states.found_by(mongo, field, bounds, walk)


async def read(
    mongo: Mongo,
    ids: Collection[str],
    *,
    for_nudges: bool,
    only_who: bool = False,
    with_offers: bool = False,
) -> dict[str, State | None]:
    """Read the states of those members that exist, by id.

    `only_who` leaves out all but what tells whether they may be written to. None where it cannot be
    read.
    """
    projection = FOR_NUDGES if for_nudges else WHO if only_who else FOR_CAMPAIGNS
    if with_offers and not for_nudges:
        projection = projection | HELD_OFFERS
    found = await mongo.find(STATES, {"_id": {"$in": list(ids)}}, projection) if ids else []
    read_each = each_read(STATES, found, states.from_document)
    return {document["_id"]: state for document, state in read_each}
