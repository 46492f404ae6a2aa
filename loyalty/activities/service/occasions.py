"""What happens by itself: a person joins, a birthday comes; each recorded once, as our own event.

A program without a rule for an occasion records none of it.
"""

from datetime import date, datetime, timedelta
from functools import partial

from loyalty import members, program, sweeps
from loyalty.activities import rules, store
from loyalty.activities.service.recording import record
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.members import Enrolled, Enrolment
from loyalty.mongo import Document
from loyalty.program import Event, Version, terms

days_celebrated = rules.days_celebrated

DAYS_LATE = 3
"""So many days back a birthday is still found, after nobody swept."""


async def enrol(engine: Engine, enrolment: Enrolment) -> Enrolled:
    """Enrol a person, and welcome who is new. Raises as `members.enrol`."""
    enrolled = await members.enrol(engine, enrolment)
    if enrolled.created:
        await _welcome(engine, enrolled.member_id, enrolled.person)
    return enrolled


async def welcome(engine: Engine, fact: Document) -> None:
    """React to an enrolment: who was not welcomed at once is now. Raises Unavailable."""
    if "person" in fact["data"]:
        await _welcome(engine, fact["member"], fact["data"]["person"])


async def _welcome(engine: Engine, member_id: str, person: str) -> None:
    """Record that a person joined: once for ever, also of those who come back as another member."""
    version = await _looking_at(engine, terms.Trigger.ENROLMENT)
    if version is None:
        return
    state = await members.require(engine, member_id)
    joined_at = members.profile_of(state).enrolled_at
    await _record(engine, version, terms.Trigger.ENROLMENT, (person, member_id, joined_at))


async def celebrate(engine: Engine, limit: int = 200) -> int:
    """Record the birthdays that began, at the start of their local day; return how many."""
    version = await _looking_at(engine, terms.Trigger.BIRTHDAY)
    if version is None:
        return 0
    place = version.program.place
    today = place.day(engine.clock())
    done = 0
    for day in (today - timedelta(days=late) for late in range(DAYS_LATE)):
        begins, ends = place.end_of(day - timedelta(days=1)), place.end_of(day)
        wanted = store.Birthday(rules.days_celebrated(day), day.year, ends)
        due = await store.unsung(engine.mongo, wanted, limit)
        done += await sweeps.each(due, partial(_sing, engine, version, (day, begins)))
    return done


async def _sing(
    engine: Engine, version: Version, begun: tuple[date, datetime], member_id: str
) -> None:
    day, at = begun
    occasion = (f"{member_id}:{day.year}", member_id, at)
    await _record(engine, version, terms.Trigger.BIRTHDAY, occasion)


async def _looking_at(engine: Engine, trigger: terms.Trigger) -> Version | None:
    """Give the version in force if any rule of it looks at a trigger."""
    version = await program.find_active(engine)
    return version if version and version.program.rules_by_trigger[trigger] else None


async def _record(
    engine: Engine, version: Version, trigger: terms.Trigger, occasion: tuple[str, str, datetime]
) -> None:
    """Record an occasion by its id, its member and its instant; one that was stays as it was."""
    name, member_id, at = occasion
    event_id = f"{trigger.lower()}:{name}"
    event = Event(rules.OWN_SOURCE, event_id, member_id, at, trigger.value)
    try:
        await record(engine, version, event)
    except Refused:  # of another member of this person, or of one who takes no part any more
        return
