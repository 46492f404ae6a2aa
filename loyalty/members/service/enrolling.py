"""People become members: once, by what is known of them, however often they are sent."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from loyalty import program
from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.errors import BadInput, KeyReused, Refused
from loyalty.members import rules, store
from loyalty.members.rules import IdentityTaken, MemberStatus, Profile, ProfileInput
from loyalty.members.service import persons
from loyalty.members.store import Identity
from loyalty.program import Version
from loyalty.states import Change, State

EXTERNAL, SUBJECT, ENROLMENT = "external", "sub", "enrolment"
IDENTITY_LIMIT = 600


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Who is to be enrolled. `external_id` is the shop's own number for the person; `subject` the
    person's sign-in (issuer and subject); `key` makes an enrolment without either repeatable;
    `came_with` is the code of who invited them.
    """

    external_id: str | None = None
    subject: str | None = None
    key: str | None = None
    profile: ProfileInput = field(default_factory=ProfileInput)
    enrolled_at: datetime | None = None
    came_with: str | None = None

    @property
    def identities(self) -> list[str]:
        """Give the identities that lead to this person, strongest first."""
        named = ((EXTERNAL, self.external_id), (SUBJECT, self.subject), (ENROLMENT, self.key))
        return [f"{kind}:{value}" for kind, value in named if value]

    @property
    def person(self) -> str:
        """Fingerprint the person, so that they are known again where nothing else of them is."""
        return hashlib.sha256(self.identities[0].encode()).hexdigest()[:32]

    @property
    def marks(self) -> Mapping[str, str]:
        """Give by what else the person is known again, whoever reads it."""
        return rules.marks(self.profile.phone, self.profile.email)

    @property
    def fingerprint(self) -> str:
        """Tell the same enrolment from another under the same key."""
        sent = (self.external_id, self.subject, self.profile, self.enrolled_at, self.came_with)
        return hashlib.sha256(repr(sent).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The outcome of an enrolment; `created` is False when the person was this member before.

    `person` is who it is, also as another member.
    """

    member_id: str
    created: bool
    person: str = field(default="", compare=False)


async def enrol(engine: Engine, enrolment: Enrolment) -> Enrolled:
    """Enrol a person, once; the second time the same member is given.

    Raises BadInput without any identity, Refused(IdentityTaken) when two lead to two members.
    """
    [enrolled] = await enrol_many(engine, [enrolment])
    return enrolled


async def enrol_many(engine: Engine, enrolments: Sequence[Enrolment]) -> list[Enrolled]:
    """Enrol several people at once, each as by `enrol`."""
    for enrolment in enrolments:
        rules.check(enrolment.profile)
        if not enrolment.identities:
            raise BadInput("give an external id or a key, so that the call can be repeated")
        if any(len(identity) > IDENTITY_LIMIT for identity in enrolment.identities):
            raise BadInput(f"an identity is at most {IDENTITY_LIMIT} characters")
    wanted = [identity for enrolment in enrolments for identity in enrolment.identities]
    held = await store.holders(engine.mongo, wanted)
    leads_to = dict(held)
    for enrolment in enrolments:
        known = _owner(enrolment, leads_to)
        member_id = known or _new_id(engine)
        for identity in enrolment.identities:
            leads_to.setdefault(identity, Identity(identity, member_id, enrolment.fingerprint))
    free = [leads_to[identity] for identity in leads_to.keys() - held.keys()]
    await store.claim_identities(engine.mongo, free)
    owners = await store.holders(engine.mongo, wanted)
    member_ids = [str(_owner(enrolment, owners)) for enrolment in enrolments]
    people = await persons.recognise(engine, [(one.person, one.marks) for one in enrolments])
    created = await _insert(engine, enrolments, member_ids, people)
    for enrolment, enrolled in zip(enrolments, created, strict=True):
        if not enrolled.created and f"{EXTERNAL}:{enrolment.external_id}" in leads_to.keys() - held:
            await _name(engine, enrolled.member_id, enrolment.external_id)
    return created


async def _insert(
    engine: Engine,
    enrolments: Sequence[Enrolment],
    member_ids: Sequence[str],
    people: Sequence[str],
) -> list[Enrolled]:
    now = engine.clock()
    version = await program.find_active(engine)
    new: dict[str, tuple[str, Profile, str]] = {}
    for enrolment, member_id, person in zip(enrolments, member_ids, people, strict=True):
        profile = replace(_first_profile(enrolment, now, version), person=person)
        new.setdefault(member_id, (member_id, profile, person))
    there = await store.insert_if_absent(engine.mongo, list(new.values()), now)
    first = {member_id: index for index, member_id in reversed(list(enumerate(member_ids)))}
    return [
        Enrolled(member_id, member_id not in there and first[member_id] == index, people[index])
        for index, member_id in enumerate(member_ids)
    ]


async def _name(engine: Engine, member_id: str, external_id: str | None) -> None:
    """Write the shop's number on a member who had none; a further number only leads to them."""

    def decide(state: State, _now: datetime) -> Change:
        profile = store.profile_of(state)
        if profile.external_id is not None:
            return Change()
        named = replace(profile, external_id=external_id)
        return Change(sections={store.SECTION: store.to_document(named)})

    await engine.commits.submit(Command(member_id, decide))


def _owner(enrolment: Enrolment, owners: Mapping[str, Identity]) -> str | None:
    """Give the member that an enrolment's identities lead to, if any.

    Raises Refused with IdentityTaken when they lead to two, KeyReused when the key was used for
    another enrolment.
    """
    known = [owners[identity] for identity in enrolment.identities if identity in owners]
    for identity in known:
        if identity.member_id != known[0].member_id:
            raise Refused(IdentityTaken(identity.id.split(":")[0]))
        by_key = identity.id == f"{ENROLMENT}:{enrolment.key}"
        if by_key and identity.input != enrolment.fingerprint:
            raise Refused(KeyReused(str(enrolment.key)))
    return known[0].member_id if known else None


def _new_id(engine: Engine) -> str:
    return "mbr_" + engine.new_id().replace("-", "")


def _first_profile(enrolment: Enrolment, now: datetime, version: Version | None) -> Profile:
    """Begin in the program's language and zone, where the enrolment names none."""
    empty = Profile(
        status=MemberStatus.ACTIVE,
        enrolled_at=enrolment.enrolled_at or now,
        locale=version.program.default_language if version else "en",
        time_zone=version.program.time_zone if version else "UTC",
        external_id=enrolment.external_id,
    )
    return rules.updated(empty, enrolment.profile)
