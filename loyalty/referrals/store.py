"""Referral in MongoDB: a section of each member's document, and the codes that lead to members."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from loyalty.mongo import Document, Index, Mongo
from loyalty.referrals.rules import Invitation, InvitationState, Standing
from loyalty.states import STATES, Section
from loyalty.walks import Walk, keyset

SECTION = "referral"
CODES = "referral_codes"
NEWEST_FIRST = [("referral.invitation.accepted_at", -1), ("_id", -1)]
INDEXES = [
    Index("referral.invitation.due_at", name="friends_whose_window_ends", sparse=True),
    Index(
        [("referral.invitation.by", 1), *NEWEST_FIRST],
        name="friends_of_a_member",
        partialFilterExpression={"referral.invitation.by": {"$exists": True}},
    ),
]
_NAMES = tuple(field.name for field in fields(Standing))
_INVITATION_NAMES = tuple(field.name for field in fields(Invitation))


def to_document(standing: Standing) -> Document:
    """Write what a member has to do with referral; what is empty is left out."""
    values = {name: getattr(standing, name) for name in _NAMES}
    document = {name: value for name, value in values.items() if value not in (None, 0)}
    if standing.invitation is not None:
        document["invitation"] = _invitation_document(standing.invitation)
    return document


def _invitation_document(invitation: Invitation) -> Document:
    values = {name: getattr(invitation, name) for name in _INVITATION_NAMES}
    document = {name: value for name, value in values.items() if value not in (None, 0, False)}
    return {**document, "state": invitation.state.value}


def from_document(document: Document) -> Standing:
    """Read what a member has to do with referral."""
    known = {name: value for name, value in document.items() if name in _NAMES}
    invitation = document.get("invitation")
    return Standing(**{**known, "invitation": _invitation(invitation) if invitation else None})


def _invitation(document: Document) -> Invitation:
    known = {name: value for name, value in document.items() if name in _INVITATION_NAMES}
    return Invitation(**{**known, "state": InvitationState(document["state"])})


STANDING = Section(SECTION, from_document, to_document)


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(STATES, INDEXES)


async def take_code(mongo: Mongo, code: str, member_id: str) -> bool:
    """Let a code lead to a member; False where it leads to another."""
    await mongo.insert_new(CODES, [{"_id": code, "member": member_id}])
    return await owner_of(mongo, code) == member_id


async def owner_of(mongo: Mongo, code: str) -> str | None:
    """Read whom a code leads to."""
    found = await mongo.find_one(CODES, {"_id": code})
    return found["member"] if found else None


async def due_friends(mongo: Mongo, now: datetime, limit: int) -> list[str]:
    """Find members whose purchase was kept to the end of its return window."""
    where = {"referral.invitation.due_at": {"$lte": now}}
    found = await mongo.find(STATES, where, {"_id": 1}, limit=limit)
    return [document["_id"] for document in found]


async def friends_of(
    mongo: Mongo, member_id: str, walk: Walk[datetime]
) -> Sequence[tuple[str, Invitation]]:
    """Read who accepted a member's code, newest first; who did at the place's instant as well."""
    where: Document = {"referral.invitation.by": member_id}
    if walk.place is not None:
        way = "$gte" if walk.back else "$lte"
        where["referral.invitation.accepted_at"] = {way: walk.place}
    _, order = keyset(Walk(walk.limit, back=walk.back), NEWEST_FIRST)
    only = {"referral.invitation": 1}
    found = await mongo.find(STATES, where, only, sort=order, limit=walk.limit)
    return [(one["_id"], _invitation(one["referral"]["invitation"])) for one in found]
