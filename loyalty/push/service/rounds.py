"""The clock's nudges: a round a day for each, through the members that it may concern.

A round goes by an index of theirs, page by page, as a job: resumed where its worker died, and run
by any. Each day has one the day before, so that what is to be told can be looked at, and one as it
begins, for what came in between. What they find waits; whether it is told is decided later.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from loyalty import activities, jobs, members, offers, program
from loyalty.engine import Engine
from loyalty.jobs import Held as HeldJob
from loyalty.jobs import Job
from loyalty.members import Doing
from loyalty.mongo import Document
from loyalty.program import NudgeTrigger, Program, terms
from loyalty.push import rules, store
from loyalty.push.rules import Delivery
from loyalty.push.service.news import USABLE, expiring, last_seen_at
from loyalty.push.service.nudges import delivery
from loyalty.push.service.readers import Reader
from loyalty.push.store import recipients
from loyalty.push.store.recipients import Place
from loyalty.states import State
from loyalty.walks import Walk

KIND = "push.nudges.round"
PAGE = 500
DAYS_LATE = 1
_DAY = timedelta(days=1)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Round:
    """The look for one trigger's occasions of a local day of the program."""

    trigger: NudgeTrigger
    day: date
    program: Program

    @property
    def ends_at(self) -> datetime:
        """Give the instant (naive UTC) at which the day is over."""
        return self.program.place.end_of(self.day)

    @property
    def begins_at(self) -> datetime:
        """Give the instant (naive UTC) at which the day begins."""
        return self.program.place.end_of(self.day - _DAY)

    def told_at(self, reader: Reader, day: date) -> datetime:
        """Give when an occasion of a day is told by the member's own clock; not before today."""
        return self.hour_of(reader, max(day, reader.today))

    def hour_of(self, reader: Reader, day: date) -> datetime:
        """Give the hour of a day at which it is told, by the member's own clock."""
        nudge = self.program.nudge(self.trigger)
        at = nudge.at if isinstance(nudge, terms.ClockNudge) else datetime.min.time()
        return rules.local_instant(day, at, ZoneInfo(reader.profile.time_zone))

    def occasion(self, reader: Reader, at: datetime, what: list[str], data: Document) -> Delivery:
        """Make the delivery of an occasion."""
        member_id = reader.state.member_id
        told = delivery(
            self.trigger, rules.nudges.occasion(self.trigger, member_id, *what), member_id
        )
        return replace(told, created_at=at, data=data)


async def begin(engine: Engine, _limit: int = 0) -> int:
    """Make the day's rounds, once each, where anybody has a phone; return how many are new.

    That of yesterday is made up for where nobody worked.
    """
    version = await program.find_active(engine)
    if version is None or not await store.devices.any_there(engine.mongo):
        return 0
    today = version.program.place.day(engine.clock())
    made_on = {today - _DAY: today - _DAY, today: today, today + _DAY: today}
    wanted = [
        Job(
            f"{KIND}:{trigger}:{day}:{on}",
            KIND,
            engine.clock(),
            {"trigger": trigger.value, "day": day.isoformat()},
        )
        for trigger in LOOKS
        if rules.nudges.is_on(trigger, version.program)
        for day, on in made_on.items()
    ]
    return await jobs.enqueue(engine.mongo, wanted)


async def go(engine: Engine, held: HeldJob) -> datetime | None:
    """Go a round to its end, page by page. Raises Interrupted, Unavailable."""
    version = await program.find_active(engine)
    told = held.job.data
    if version is None:
        return None
    of = Round(NudgeTrigger(told["trigger"]), date.fromisoformat(told["day"]), version.program)
    late = version.program.place.day(engine.clock()) - of.day
    if not rules.nudges.is_on(of.trigger, version.program) or late.days > DAYS_LATE:
        return None
    place: Place | None = tuple(told["place"]) if "place" in told else None
    while True:
        held.check()
        places, occasions = await page(engine, of, Walk(PAGE, place))
        await store.deliveries.insert_waiting(engine.mongo, occasions, engine.clock())
        if len(places) < PAGE:
            return None
        place = places[-1]
        await held.progress({**told, "place": list(place)})


async def page(engine: Engine, of: Round, walk: Walk[Place]) -> tuple[list[Place], list[Delivery]]:
    """Look at the next members of a round; give their places, and the occasions of that day.

    Those without a phone, and those who are not written to, have none.
    """
    look = LOOKS[of.trigger]
    bounds = look.bounds(of)
    places = await recipients.found_by(engine.mongo, look.field, bounds, walk)
    phones = await store.devices.of_members(engine.mongo, [member_id for _, member_id in places])
    found = await recipients.read(engine.mongo, list(phones), for_nudges=True) if phones else {}
    now, whole = engine.clock(), filter(None, found.values())
    return places, [occasion for state in whole for occasion in _occasions(of, state, now)]


def _occasions(of: Round, state: State, now: datetime) -> list[Delivery]:
    """Look at one member; none where what is kept of them cannot be read."""
    try:
        reader = Reader(state, members.profile_of(state), of.program, now)
        may_hear = reader.profile.may(Doing.HEAR)
        return list(LOOKS[of.trigger].occasions(of, reader)) if may_hear else []
    except Exception as error:  # noqa: BLE001 - one member's trouble is not that of the others
        _log.error("member_not_looked_at", member=state.member_id, exc_info=error)
        return []


def _until_last_reminder(of: Round) -> Document:
    nudge = of.program.nudge(NudgeTrigger.POINTS_EXPIRING)
    days = max(nudge.days) if isinstance(nudge, terms.ExpiryNudge) else 0
    return {"$lte": of.program.place.end_of(of.day + timedelta(days=days))}


def _expiring(of: Round, reader: Reader) -> Iterator[Delivery]:
    """Find the points whose last day is as many days away as the program reminds."""
    nudge = of.program.nudge(NudgeTrigger.POINTS_EXPIRING)
    if not isinstance(nudge, terms.ExpiryNudge):
        return
    for currency in of.program.currencies:
        if not currency.is_spendable:
            continue
        for last_day, points in expiring(reader, currency.id).items():
            days = (last_day - of.day).days
            if days in nudge.days and points >= nudge.minimum:
                what = [currency.id, last_day.isoformat(), str(days)]
                data = {"currency": currency.id, "on": last_day.isoformat(), "days": days}
                yield of.occasion(reader, of.told_at(reader, of.day), what, data)


def _until_offers_end(of: Round) -> Document:
    nudge = of.program.nudge(NudgeTrigger.OFFER_ENDING)
    hours = nudge.hours if isinstance(nudge, terms.EndingNudge) else 0
    return {"$lte": of.ends_at + timedelta(hours=hours)}


def _ending(of: Round, reader: Reader) -> Iterator[Delivery]:
    """Find what comes within the hours before its end on that day, and had not just begun."""
    nudge = of.program.nudge(NudgeTrigger.OFFER_ENDING)
    if not isinstance(nudge, terms.EndingNudge):
        return
    for held in offers.helds(reader.state, reader.now, states=USABLE):
        if held.expires_at is None:
            continue
        starts_at = held.expires_at - timedelta(hours=nudge.hours)
        if of.begins_at <= starts_at < of.ends_at and held.issued_at < starts_at:
            at = max(starts_at, of.told_at(reader, of.day))
            at = at if at < held.expires_at else max(starts_at, reader.now)
            yield of.occasion(reader, at, [held.id], {"held": held.id})


def _born_that_day(of: Round) -> Document:
    return {"$in": activities.occasions.days_celebrated(of.day)}


def _birthday(of: Round, reader: Reader) -> Iterator[Delivery]:
    """Find the birthday of that day, while it is not over by the member's own clock."""
    if of.day >= reader.own_today:
        yield of.occasion(reader, of.hour_of(reader, of.day), [str(of.day.year)], {})


def _unseen_long_enough(of: Round) -> Document:
    """Bound when the app was last seen: who still buys at tills may have been away from it longer,
    up to when its phone is forgotten.
    """
    nudge = of.program.nudge(NudgeTrigger.WIN_BACK)
    days = timedelta(days=nudge.after_days if isinstance(nudge, terms.WinBackNudge) else 0)
    return {
        "$gte": of.begins_at - rules.FORGOTTEN_AFTER,
        "$lt": of.program.place.end_of(of.day - days),
    }


def _unseen(of: Round, reader: Reader) -> Iterator[Delivery]:
    """Find whom it is that day as long since they were last heard of, at a till too."""
    nudge, seen_at = of.program.nudge(NudgeTrigger.WIN_BACK), last_seen_at(reader)
    if isinstance(nudge, terms.WinBackNudge) and seen_at is not None:
        seen_on = of.program.place.day(seen_at)
        if seen_on + timedelta(days=nudge.after_days) == of.day:
            at = of.told_at(reader, of.day)
            yield of.occasion(reader, at, [seen_on.isoformat()], {})


@dataclass(frozen=True, slots=True)
class Look:
    """How a trigger's occasions of a day are found: by which field, within what, and which."""

    field: str
    bounds: Callable[[Round], Document]
    occasions: Callable[[Round, Reader], Iterator[Delivery]]


LOOKS: Mapping[NudgeTrigger, Look] = {
    NudgeTrigger.POINTS_EXPIRING: Look(recipients.ENDS_NEXT, _until_last_reminder, _expiring),
    NudgeTrigger.OFFER_ENDING: Look(recipients.OFFER_ENDS_NEXT, _until_offers_end, _ending),
    NudgeTrigger.BIRTHDAY: Look(recipients.BIRTHDAY, _born_that_day, _birthday),
    NudgeTrigger.WIN_BACK: Look(recipients.SEEN_AT, _unseen_long_enough, _unseen),
}
