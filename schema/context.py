"""What every resolver is given: the engine, who asks, when, in which language.

Filled in by the process for each request; it reads no header and no token itself.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

import strawberry

from loyalty import members, messages, program
from loyalty.engine import Engine
from loyalty.errors import MemberUnknown, Refused
from loyalty.program import Version, terms
from loyalty.states import State

_VERSIONS, _OWNERS = "schema.versions", "schema.owners"
OWNERS_KEPT = 10_000


class Viewer(Protocol):
    """Who asks, as the process has verified it. `kind`: anonymous, member, staff, integration."""

    @property
    def kind(self) -> str:
        """Say what kind of caller it is."""
        ...

    @property
    def subject(self) -> str:
        """Give the subject of the credentials."""
        ...

    @property
    def member_id(self) -> str | None:
        """Give the member that the token names, if it names one."""
        ...

    @property
    def roles(self) -> frozenset[str]:
        """Give the roles of staff."""
        ...

    @property
    def scopes(self) -> frozenset[str]:
        """Give the scopes of an integration key."""
        ...

    @property
    def identity_key(self) -> str:
        """Give what links a sign-in to a member."""
        ...


@dataclass(frozen=True, slots=True)
class SignedCode:
    """A member's code for the till, and its instants (naive UTC)."""

    text: str
    expires_at: datetime
    refresh_after: datetime


class MemberCodes(Protocol):
    """What signs and reads the codes that members show at the till."""

    def sign(self, member_id: str, now: datetime) -> SignedCode | None:
        """Make a member's code of this moment."""
        ...

    def read(self, text: str, now: datetime) -> str:
        """Give the member whose code it is. Raises Refused."""
        ...


@dataclass(frozen=True, slots=True)
class Release:
    """What an app is told of its own versions; `force_upgrade` for the one that asks."""

    min_supported_version: str | None = None
    latest_version: str | None = None
    force_upgrade: bool = False
    feature_flags: tuple[str, ...] = ()


class Apps(Protocol):
    """What knows the versions of the app that are out there."""

    def release(self, platform: str | None) -> Release:
        """Describe what there is for a platform, or for the client that asks."""
        ...


@dataclass(frozen=True, slots=True)
class Reader:
    """In which language (BCP 47) texts are read, and the program's own to fall back to."""

    locale: str
    default: str

    def text(self, text: terms.Text) -> str:
        """Give a text of the program in the language."""
        return text.in_language(self.locale or self.default, self.default)

    def forms(self, name: terms.CountedName) -> tuple[str, str]:
        """Give what one of something is called in the language, and any other number."""
        return name.forms(self.locale or self.default, self.default)


@dataclass(frozen=True, slots=True)
class View:
    """A member to be shown: their state, the program in force if any, the language, the time."""

    state: State
    profile: members.Profile
    version: Version | None
    reader: Reader
    now: datetime


@dataclass(slots=True)
class Context:
    """One request: `now` is naive UTC, `languages` those of Accept-Language, most wanted first.

    Without `codes` this house signs none for the till. The caller's own member is read once,
    however many fields ask for it.
    """

    engine: Engine
    caller: Viewer
    now: datetime
    request_id: str
    languages: tuple[str, ...] = ()
    codes: MemberCodes | None = None
    apps: Apps | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _member: State | None = None
    _member_read: bool = False

    @property
    def actor(self) -> str:
        """Name who acts, for the record: the kind of caller and its subject."""
        return f"{self.caller.kind}:{self.caller.subject}"

    def renewed(self) -> "Context":
        """Begin anew at the present, as for the next event of a subscription."""
        return Context(
            self.engine,
            self.caller,
            self.engine.clock(),
            self.request_id,
            self.languages,
            self.codes,
            self.apps,
        )

    async def member(self) -> State | None:
        """Give the state of the member that asks; None when it is no member (yet)."""
        async with self._lock:
            if not self._member_read:
                self._member = await self._read_member()
                self._member_read = True
        return self._member

    async def own(self) -> State:
        """Give the state of the member that asks. Raises Refused(MemberUnknown) for no member."""
        state = await self.member()
        if state is None:
            raise Refused(MemberUnknown(self.caller.member_id or ""))
        return state

    async def _read_member(self) -> State | None:
        if self.caller.kind != "member":
            return None
        if self.caller.member_id is not None:
            return await members.find(self.engine, self.caller.member_id)
        return await self._read_owner(self.caller.identity_key)

    async def _read_owner(self, identity: str) -> State | None:
        """Read the member that a sign-in leads to.

        Where it leads is kept in the process once the member is there, never that it leads
        nowhere: an identity keeps its owner for ever.
        """
        owners: OrderedDict[str, str] = self.engine.cache.setdefault(_OWNERS, OrderedDict())
        member_id = owners.get(identity) or await members.find_id(self.engine, identity)
        state = await members.find(self.engine, member_id) if member_id else None
        if state is not None:
            owners[identity] = state.member_id
            owners.move_to_end(identity)
            if len(owners) > OWNERS_KEPT:
                owners.popitem(last=False)
        return state

    @property
    def known_locale(self) -> str:
        """Give the language of who asks, as far as it is known without reading the member."""
        return messages.first_spoken((*self._own_locale(), *self.languages))

    def _own_locale(self) -> tuple[str, ...]:
        return (members.profile_of(self._member).locale,) if self._member else ()

    async def reader_locale(self) -> str:
        """Give the language of who asks: the member's own, else the first wanted that is spoken."""
        await self.member()
        return self.known_locale

    async def reader(self, version: Version) -> Reader:
        """Give the language in which texts of a version are read by who asks.

        The first wanted in which the program is written, else the member's own or its default.
        """
        await self.member()
        default = version.program.default_language
        wanted = (*self.languages, *self._own_locale())
        return Reader(version.program.name.first_written(wanted) or default, default)

    async def view(self, state: State) -> View:
        """Prepare a member to be shown, in the language of staff who name one, else their own."""
        version = await self.program()
        profile = members.profile_of(state)
        default = version.program.default_language if version else messages.FALLBACK
        of_staff = self.caller.kind != "member" and self.languages
        locale = messages.first_spoken(self.languages) if of_staff else profile.locale
        return View(state, profile, version, Reader(locale, default), self.now)

    async def program(self) -> Version | None:
        """Give the active version of the program; None when nothing was published."""
        return await program.find_active(self.engine)

    async def version(self, number: int) -> Version | None:
        """Give a version by its number: entries pin the one they were made by."""
        active = await self.program()
        if active is not None and active.number == number:
            return active
        known: dict[int, Version] = self.engine.cache.setdefault(_VERSIONS, {})
        if number not in known:
            known.update((v.number, v) for v in await program.versions(self.engine))
        return known.get(number)


Info: TypeAlias = strawberry.Info[Context, None]
