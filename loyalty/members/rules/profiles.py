"""Who a member is: profile, language, zone, consents, status; no value and no status levels."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

from loyalty.errors import BadInput, Refusal
from loyalty.members.rules.statuses import (
    CHANGES_KEPT,
    Doing,
    MemberStatus,
    StatusChange,
    may,
)
from loyalty.program import terms
from loyalty.values import value

_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")
_PHONE = re.compile(r"\+[1-9][0-9]{5,14}")
NAME_LIMIT = 100
SEGMENTS_LIMIT = 50
SEGMENT_LIMIT = 40
CONSENTS_KEPT = 20
"""So many consents can be listed; every one that was ever given stays in the ledger."""
EMAIL_LIMIT = 254
EARLIEST_BIRTH, LATEST_BIRTH = date(1900, 1, 1), date(2100, 1, 1)


class Purpose(StrEnum):
    """Say what a message is for; consent is given per purpose and channel."""

    MARKETING = "MARKETING"
    SERVICE = "SERVICE"


class Channel(StrEnum):
    """Say by which way a message goes."""

    PUSH = "PUSH"
    EMAIL = "EMAIL"
    SMS = "SMS"


@dataclass(frozen=True, slots=True)
class IdentityTaken(Refusal):
    """Another member already has this identity (`kind` is external_id or subject)."""

    kind: str


@dataclass(frozen=True, slots=True)
class MemberCodeForged(Refusal):
    """The code was not made here, or not yet."""


@dataclass(frozen=True, slots=True)
class MemberCodeExpired(Refusal):
    """The code was shown too long after it was made."""

    seconds: int


@value
class Consent:
    """A yes or no to one purpose on one channel, with its proof: when and where it was said.

    `wording` names the version of the text that was agreed to, `app_version` the app that showed
    it, `actor` who says that it was said; `received_at` is when that was told, None where that was
    when it was said.
    """

    purpose: Purpose
    channel: Channel
    granted: bool
    at: datetime
    source: str
    wording: str | None = None
    app_version: str | None = None
    actor: str | None = None
    received_at: datetime | None = None

    @property
    def what(self) -> tuple[Purpose, Channel]:
        """Give what is said yes or no to."""
        return self.purpose, self.channel


@value
class Profile:
    """A member's own data. `locale` is BCP 47, `time_zone` an IANA name.

    `segments` are labels that staff put on the member, in order; `changes` are the last ones of
    the status, oldest first; `person` fingerprints who it is, also as another member.
    """

    status: MemberStatus
    enrolled_at: datetime
    locale: str
    time_zone: str
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    birth_date: date | None = None
    consents: tuple[Consent, ...] = field(default=())
    segments: tuple[str, ...] = field(default=())
    changes: tuple[StatusChange, ...] = field(default=())
    person: str | None = None

    def may(self, doing: Doing) -> bool:
        """Tell whether the member's status lets something happen."""
        return may(self.status, doing)

    def may_receive(self, purpose: Purpose, channel: Channel) -> bool:
        """Tell whether the member agreed; service messages go by push unless refused."""
        for consent in self.consents:
            if consent.what == (purpose, channel):
                return consent.granted
        return _unasked(purpose, channel)


@value
class Hearing:
    """Of a profile, what decides whether a member may be written to.

    `said` is yes or no by purpose and channel, as they are written.
    """

    status: MemberStatus
    time_zone: str
    said: Mapping[tuple[str, str], bool]

    def may(self, doing: Doing) -> bool:
        """Tell whether the member's status lets something happen."""
        return may(self.status, doing)

    def may_receive(self, purpose: Purpose, channel: Channel) -> bool:
        """Tell whether the member agreed, as their profile does."""
        return self.said.get((purpose, channel), _unasked(purpose, channel))


def _unasked(purpose: Purpose, channel: Channel) -> bool:
    return purpose is Purpose.SERVICE and channel is Channel.PUSH


@dataclass(frozen=True, slots=True)
class ProfileInput:
    """What may be set on a profile; None leaves a field as it is, an empty text clears it."""

    locale: str | None = None
    time_zone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    birth_date: date | None = None


def check(wanted: ProfileInput) -> None:
    """Refuse what cannot be a profile. Raises BadInput."""
    if wanted.locale is not None and not _LOCALE.fullmatch(wanted.locale):
        raise BadInput("not a BCP 47 locale such as sv or da-DK", ("locale",))
    if wanted.time_zone is not None and wanted.time_zone not in terms.time_zones():
        raise BadInput("not an IANA time zone such as Europe/Copenhagen", ("timeZone",))
    for name, text in (("firstName", wanted.first_name), ("lastName", wanted.last_name)):
        if text is not None and not _is_name(text):
            raise BadInput(f"a name is one line of at most {NAME_LIMIT} characters", (name,))
    if wanted.email and (len(wanted.email) > EMAIL_LIMIT or not _EMAIL.fullmatch(wanted.email)):
        raise BadInput("not a mail address such as anna@example.com", ("email",))
    if wanted.phone and not _PHONE.fullmatch(wanted.phone):
        raise BadInput("not a phone number in E.164 such as +4512345678", ("phone",))
    if wanted.birth_date is not None and not EARLIEST_BIRTH <= wanted.birth_date <= LATEST_BIRTH:
        raise BadInput("not a day on which a member can have been born", ("birthDate",))


def _is_name(text: str) -> bool:
    """Tell whether a text is one line of letters and signs: no control and no direction marks."""
    return len(text) <= NAME_LIMIT and text.isprintable()


def updated(profile: Profile, wanted: ProfileInput) -> Profile:
    """Apply what was sent. Raises BadInput."""
    check(wanted)
    return replace(
        profile,
        locale=wanted.locale or profile.locale,
        time_zone=wanted.time_zone or profile.time_zone,
        first_name=_set(profile.first_name, wanted.first_name),
        last_name=_set(profile.last_name, wanted.last_name),
        email=_set(profile.email, wanted.email),
        phone=_set(profile.phone, wanted.phone),
        birth_date=wanted.birth_date or profile.birth_date,
    )


def _set(before: str | None, wanted: str | None) -> str | None:
    return before if wanted is None else (wanted or None)


def marks(phone: str | None, email: str | None) -> dict[str, str]:
    """Give by what a person is known again, whoever reads it: hashes of phone and mail, by kind."""
    said = {"phone": phone, "email": email.casefold() if email else None}
    hashed = {kind: sha256(text.encode()).hexdigest() for kind, text in said.items() if text}
    return {kind: f"{kind}:{text}" for kind, text in hashed.items()}


def labelled(profile: Profile, segments: Iterable[str]) -> Profile:
    """Put these labels on a member, in the place of those before. Raises BadInput."""
    wanted = tuple(sorted(set(segments)))
    if len(wanted) > SEGMENTS_LIMIT:
        raise BadInput(f"at most {SEGMENTS_LIMIT} labels", ("segments",))
    if not all(1 <= len(label) <= SEGMENT_LIMIT and label.isprintable() for label in wanted):
        raise BadInput(f"a label is 1 to {SEGMENT_LIMIT} characters of one line", ("segments",))
    return replace(profile, segments=wanted)


def when_said(told: datetime | None, now: datetime) -> tuple[datetime, datetime | None]:
    """Give when a consent was said and, where it was told later, when: never in the future."""
    return (now, None) if told is None or told >= now else (told, now)


def check_consents(consents: Iterable[Consent]) -> None:
    """Refuse a yes and a no to the same in one breath. Raises BadInput."""
    said: dict[tuple[Purpose, Channel], bool] = {}
    for index, consent in enumerate(consents):
        if said.setdefault(consent.what, consent.granted) is not consent.granted:
            raise BadInput(
                "yes and no to the same: the last word alone", ("consents", index, "granted")
            )


def news(
    profile: Profile, consents: Iterable[Consent], said: Sequence[Consent] = ()
) -> tuple[Consent, ...]:
    """Leave out what was said before in the same words at the same place: a repeat is no proof.

    What was told later is a repeat of what was `said` at the same instant, and news of a newer one;
    a no is news of an older one too.
    """
    standing = {consent.what: consent for consent in profile.consents}
    told: list[Consent] = []
    for consent in consents:
        before = standing.get(consent.what)
        if before is None or not _says_again(consent, before, (*said, *told)):
            told.append(consent)
            standing[consent.what] = _latest(before, consent)
    return tuple(told)


def _says_again(consent: Consent, before: Consent, said: Iterable[Consent]) -> bool:
    is_same = replace(before, at=consent.at, received_at=consent.received_at) == consent
    if consent.received_at is None:
        return is_same
    is_known = any(replace(one, received_at=consent.received_at) == consent for one in said)
    return is_known or (is_same and consent.granted and consent.at <= before.at)


def consented(profile: Profile, consents: Iterable[Consent]) -> Profile:
    """Record consents; each takes the place of the one for the same purpose and channel.

    But a yes that was told later takes the place of no newer yes, and of no no that was told after
    the yes was said; a no always does, as the clock of its phone may be behind.
    """
    latest = {consent.what: consent for consent in profile.consents}
    for consent in consents:
        before = latest.pop(consent.what, None)
        latest[consent.what] = _latest(before, consent)
    return replace(profile, consents=tuple(latest.values()))


def _latest(before: Consent | None, consent: Consent) -> Consent:
    if before is None or consent.received_at is None or not consent.granted:
        return consent
    since = before.at if before.granted else before.received_at or before.at
    return consent if consent.at >= since else before


def standing(profile: Profile, change: StatusChange) -> Profile:
    """Put a member to another status; the oldest of many changes makes room."""
    changes = (*profile.changes, change)[-CHANGES_KEPT:]
    return replace(profile, status=change.status, changes=changes)
