"""Members in MongoDB: their sections of the state, and the identities that lead to them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from loyalty import states
from loyalty.members.rules import (
    Channel,
    Consent,
    Engagement,
    Hearing,
    MemberStatus,
    Preferences,
    Profile,
    Purpose,
    StatusChange,
)
from loyalty.mongo import Document, Index, Mongo
from loyalty.program import terms
from loyalty.states import STATES, Section, State, in_order_of
from loyalty.walks import Walk, keyset

SECTION = "profile"
IDENTITIES = "identities"

NEWEST_FIRST = [("profile.enrolled_at", -1), ("_id", -1)]
STATE_INDEXES = [
    Index(NEWEST_FIRST, name="members_newest_first"),
    in_order_of("engagement.seen_at", "members_by_when_they_were_seen"),
    in_order_of("profile.segments", "members_by_label"),
]


@dataclass(frozen=True, slots=True)
class Identity:
    """What leads to a member: an external number, a sign-in, or the key of an enrolment.

    `input` fingerprints what was sent under the key of an enrolment.
    """

    id: str
    member_id: str
    input: str | None = None


def to_document(profile: Profile) -> Document:
    """Write a profile as a section; fields that are empty are left out."""
    document = {name: value for name, value in asdict(profile).items() if value is not None}
    document["status"] = profile.status.value
    if profile.birth_date is not None:
        document["birth_date"] = profile.birth_date.isoformat()
        document["birthday"] = f"{profile.birth_date:%m-%d}"
    document["consents"] = [consent_document(c) for c in profile.consents]
    document["changes"] = [{**asdict(c), "status": c.status.value} for c in profile.changes]
    for often_empty in ("segments", "changes"):
        if not document[often_empty]:
            del document[often_empty]
    return document


def from_document(document: Document) -> Profile:
    """Read a profile from its section."""
    said = {**document, "status": _STATUSES[document["status"]]}
    said.pop("birthday", None)
    for name, read in _READ.items():
        if name in said:
            said[name] = read(said[name])
    return Profile(**said)


def consent_document(consent: Consent) -> Document:
    """Write a consent; proof that is empty is left out."""
    said = {name: value for name, value in asdict(consent).items() if value is not None}
    return {**said, "purpose": consent.purpose.value, "channel": consent.channel.value}


def _read_consent(document: Document) -> Consent:
    purpose, channel = _PURPOSES[document["purpose"]], _CHANNELS[document["channel"]]
    return Consent(**{**document, "purpose": purpose, "channel": channel})


def _read_consents(documents: Iterable[Document]) -> tuple[Consent, ...]:
    return tuple(map(_read_consent, documents))


def _read_change(document: Document) -> StatusChange:
    return StatusChange(
        _STATUSES[document["status"]], document["at"], document["actor"], document["reason"]
    )


# By what is written; looking it up takes a tenth of what calling an enum does.
_STATUSES: Mapping[str, MemberStatus] = {one.value: one for one in MemberStatus}
_PURPOSES: Mapping[str, Purpose] = {one.value: one for one in Purpose}
_CHANNELS: Mapping[str, Channel] = {one.value: one for one in Channel}
_READ: Mapping[str, Callable[[Any], object]] = {
    "birth_date": date.fromisoformat,
    "consents": _read_consents,
    "segments": tuple,
    "changes": lambda changes: tuple(map(_read_change, changes)),
}
"""How those fields of a profile are read that are written as something else."""


def _engagement_document(engagement: Engagement) -> Document:
    return {name: at for name, at in asdict(engagement).items() if at is not None}


def _read_engagement(document: Document) -> Engagement:
    return Engagement(**document)


_NO_PREFERENCES = Preferences()


def _preferences_document(preferences: Preferences) -> Document:
    document: Document = {"muted": sorted(preferences.muted)}
    if preferences.quiet is not None:
        document["quiet"] = preferences.quiet.model_dump(mode="json")
    return document


def _read_preferences(document: Document) -> Preferences:
    if not document:
        return _NO_PREFERENCES
    quiet = document.get("quiet")
    hours = terms.Hours.model_validate(quiet) if quiet else None
    return Preferences(frozenset(document.get("muted", ())), hours)


def _said_document(said: Sequence[Consent]) -> Document:
    return {"said": [consent_document(consent) for consent in said]}


def _read_said(document: Document) -> Sequence[Consent]:
    return _read_consents(document.get("said", ()))


SAID = Section("consents", _read_said, _said_document)
ENGAGEMENT = Section("engagement", _read_engagement, _engagement_document)
PROFILE = Section(SECTION, from_document, to_document)
PREFERENCES = Section("preferences", _read_preferences, _preferences_document)


def profile_of(state: State) -> Profile:
    """Read the profile of a member's state."""
    return state.value(PROFILE)


def hearing_of(state: State) -> Hearing:
    """Read of a member's state only what decides whether they may be written to."""
    profile = state.document[SECTION]
    consents = profile.get("consents", ())
    said = {(one["purpose"], one["channel"]): one["granted"] for one in consents}
    return Hearing(_STATUSES[profile["status"]], profile["time_zone"], said)


def status_of(state: State) -> MemberStatus:
    """Read only the status of a member's state."""
    return MemberStatus(state.document[SECTION]["status"])


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(STATES, STATE_INDEXES)


async def claim_identities(mongo: Mongo, identities: Iterable[Identity]) -> None:
    """Point identities at members, where nobody has them yet."""
    await mongo.insert_new(
        IDENTITIES, [{"_id": i.id, "member": i.member_id, "input": i.input} for i in identities]
    )


async def holders(mongo: Mongo, identities: Sequence[str]) -> dict[str, Identity]:
    """Read where identities lead, those that lead anywhere."""
    found = await mongo.find(IDENTITIES, {"_id": {"$in": list(identities)}})
    return {d["_id"]: Identity(d["_id"], d["member"], d.get("input")) for d in found}


async def persons(mongo: Mongo, marks: Iterable[str]) -> dict[str, str]:
    """Read whose phones and mail addresses first were, by their marks."""
    found = await mongo.find(IDENTITIES, {"_id": {"$in": sorted(marks)}})
    return {document["_id"]: document["person"] for document in found}


async def claim_persons(mongo: Mongo, wanted: Mapping[str, str]) -> dict[str, str]:
    """Note whose marks are that were nobody's; give whose they are then."""
    rows = [{"_id": mark, "person": person} for mark, person in wanted.items()]
    taken = await mongo.insert_new(IDENTITIES, rows)
    theirs = await persons(mongo, [rows[index]["_id"] for index in taken]) if taken else {}
    return {**wanted, **theirs}


async def insert_if_absent(
    mongo: Mongo, members: Sequence[tuple[str, Profile, str]], at: datetime
) -> set[str]:
    """Insert the first state of members; return the ids of those that were there already.

    Beside each member's profile stands the fingerprint of the person.
    """
    documents = [
        states.new_document(
            member_id,
            {SECTION: to_document(profile)},
            [_enrolled(member_id, person, at, profile.enrolled_at)],
        )
        for member_id, profile, person in members
    ]
    there = await mongo.insert_new(STATES, documents)
    return {members[index][0] for index in there}


def _enrolled(member_id: str, person: str, at: datetime, enrolled_at: datetime) -> Document:
    told = {"person": person, "occurred_at": enrolled_at}
    return {"id": f"{member_id}:0:0", "kind": "MemberEnrolled", "at": at, "data": told}


async def is_label(mongo: Mongo, label: str) -> bool:
    """Tell whether any member has a label."""
    return await mongo.find_one(STATES, {"profile.segments": label}, {"_id": 1}) is not None


async def count(mongo: Mongo) -> int:
    """Give how many members there are, as the collection itself keeps it."""
    return await mongo.length(STATES)


async def newest(mongo: Mongo, walk: Walk[tuple[datetime, str]]) -> list[State]:
    """Read members by enrolment, newest first."""
    where, order = keyset(walk, NEWEST_FIRST)
    found = await mongo.find(STATES, where, sort=order, limit=walk.limit)
    return [states.from_document(document) for document in found]
