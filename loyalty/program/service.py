"""Validate, publish and read versions of the program."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from loyalty.engine import Engine
from loyalty.errors import Refusal, Refused
from loyalty.program import store
from loyalty.program.rules import (
    Problem,
    Program,
    Unreadable,
    VersionStatus,
    changed,
    explain,
    problems,
    read_source,
)
from loyalty.program.store import Version
from loyalty.walks import Walk

REFRESH_SECONDS = 2
_CACHED = "program"
_KNOWN = "program.versions"


@dataclass(frozen=True, slots=True)
class ProgramInvalid(Refusal):
    """The definition cannot be used; every mistake is listed."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ProgramMissing(Refusal):
    """No version of the program is active yet."""


@dataclass(frozen=True, slots=True)
class VersionUnknown(Refusal):
    """There is no version of this number."""

    number: int


@dataclass(frozen=True, slots=True)
class _Cached:
    version: Version
    fresh_until: datetime


def parse(source: str) -> Program:
    """Read a definition in YAML (or JSON). Raises Refused(ProgramInvalid)."""
    try:
        data = read_source(source)
    except Unreadable as error:
        raise _invalid(error.place, error.why) from error
    if not isinstance(data, dict):
        raise _invalid("", "a program is a mapping that begins with `format: 1`")
    mistakes = problems(data)
    try:
        program = Program.model_validate(data)
    except ValidationError as error:
        raise Refused(ProgramInvalid(explain(error, mistakes))) from error
    if mistakes:
        raise Refused(ProgramInvalid(tuple(mistakes)))
    return program


def _invalid(path: str, message: str) -> Refused:
    return Refused(ProgramInvalid((Problem(path, message),)))


Check = Callable[[Engine, Program], Awaitable[Sequence[Problem]]]
"""Finds what is wrong with a program beside what there is already; told by a noun above."""


async def _no_check(*_: object) -> Sequence[Problem]:
    return ()


async def publish(engine: Engine, source: str, check: Check = _no_check) -> Version:
    """Make a definition the active version at once; the one that is active already stays.

    The version is as it was when this call put it in force, whoever publishes next. Raises
    Refused(ProgramInvalid), also where what members have would be counted as something else.
    """
    program = await asyncio.to_thread(parse, source)
    active = await find_active(engine, fresh=True)
    if active is not None and active.program == program:
        return active
    await _check_changes(engine, program, check)
    version = await _add(engine, program, source)
    return await _put_in_force(engine, version.number)


async def save_draft(engine: Engine, source: str) -> Version:
    """Keep a definition, to be activated later; where the newest version says the same, that."""
    return await _add(engine, await asyncio.to_thread(parse, source), source)


async def activate(engine: Engine, number: int, check: Check = _no_check) -> Version:
    """Make a version the active one and archive the one before.

    The version is as it was when this call put it in force, whoever activates another next.
    Raises Refused with VersionUnknown, or ProgramInvalid as `publish`.
    """
    wanted = await store.read(engine.mongo, number)
    if wanted is not None:
        await _check_changes(engine, wanted.program, check)
    return await _put_in_force(engine, number)


async def _check_changes(engine: Engine, program: Program, check: Check) -> None:
    """Compare a program with those that were in force, and with what there is.

    Raises Refused(ProgramInvalid).
    """
    before = [
        (version.activated_at, version.number, version.program)
        for version in await store.read_all(engine.mongo)
        if version.activated_at is not None
    ]
    ordered = [(number, terms) for _, number, terms in sorted(before, key=lambda one: one[:2])]
    mistakes = (*changed(program, ordered), *await check(engine, program))
    if mistakes:
        raise Refused(ProgramInvalid(mistakes))


async def _put_in_force(engine: Engine, number: int) -> Version:
    activated = await store.activate(engine.mongo, number, engine.clock())
    if activated is None:
        raise Refused(VersionUnknown(number))
    await find_active(engine, fresh=True)
    return activated


async def _add(engine: Engine, program: Program, source: str) -> Version:
    """Add a version, unless the newest, or one that is added meanwhile, says the same."""
    recent = (await store.read_all(engine.mongo))[:1]
    while True:
        same = next((version for version in recent if version.program == program), None)
        if same is not None:
            return same
        newest = recent[0].number if recent else 0
        version = Version(newest + 1, VersionStatus.DRAFT, program, source, engine.clock())
        if await store.insert(engine.mongo, version):
            return version
        recent = await store.read_all(engine.mongo, after=newest)


async def find_active(engine: Engine, *, fresh: bool = False) -> Version | None:
    """Give the active version, at most REFRESH_SECONDS old unless `fresh`; None without one."""
    now = engine.clock()
    cached: _Cached | None = engine.cache.get(_CACHED)
    if cached and not fresh and now < cached.fresh_until:
        return cached.version
    if cached:  # one refresh at a time: others go on with the version at hand
        engine.cache[_CACHED] = _Cached(cached.version, now + timedelta(seconds=REFRESH_SECONDS))
    number = await store.active_number(engine.mongo)
    if number is None:
        return None
    if cached and cached.version.number == number:
        version = cached.version
    else:
        found = await store.read(engine.mongo, number)
        if found is None:
            return None
        version = found
    engine.cache[_CACHED] = _Cached(version, now + timedelta(seconds=REFRESH_SECONDS))
    return version


async def active(engine: Engine, *, fresh: bool = False) -> Version:
    """Give the active version, as `find_active`. Raises Refused(ProgramMissing)."""
    version = await find_active(engine, fresh=fresh)
    if version is None:
        raise Refused(ProgramMissing())
    return version


async def version(engine: Engine, number: int) -> Version:
    """Give a version by its number, for its terms. Raises Refused(VersionUnknown).

    Where it stands in its life may be as it was when it was first read.
    """
    current = await find_active(engine)
    if current is not None and current.number == number:
        return current
    known: dict[int, Version] = engine.cache.setdefault(_KNOWN, {})
    if number not in known:
        found = await store.read(engine.mongo, number)
        if found is None:
            raise Refused(VersionUnknown(number))
        known[number] = found
    return known[number]


async def walk_versions(engine: Engine, walk: Walk[int]) -> list[Version]:
    """List versions, newest first; a place is a number."""
    return await store.read_some(engine.mongo, walk)


async def versions(engine: Engine) -> list[Version]:
    """List every version, newest first."""
    return await store.read_all(engine.mongo)
