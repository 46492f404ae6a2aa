"""How challenges count: what an activity adds, in which period, how far that is.

Only values: who is given what is done by the service, through the noun of offers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from loyalty.program import Activity, Event, Line, Program, Purchase, Who, line_bases, terms
from loyalty.values import value

LATE_DAYS = 31
"""So long after its last day a period still counts late reports and refunds; then it is gone."""

KEYS_KEPT = 500
_ONE_DAY = timedelta(days=1)


@value
class Span:
    """One run of a challenge: its name, and its first and last local day (None: no bound)."""

    key: str
    first: date | None = None
    last: date | None = None

    def is_forgotten(self, today: date) -> bool:
        """Tell whether nothing counts in it any more."""
        return self.last is not None and today > self.last + timedelta(days=LATE_DAYS)


@value
class Gain:
    """What one activity adds: a number, or the things it is told apart by."""

    count: int = 0
    keys: frozenset[str] = frozenset()


NOTHING = Gain()


@value
class Progress:
    """How far a member is in one period of a challenge.

    `seen` says how many activities there were of each thing told apart, `given` how often each
    level's reward was given. `last` is the period's last local day.
    """

    count: int = 0
    seen: Mapping[str, int] = field(default_factory=dict)
    given: Mapping[str, int] = field(default_factory=dict)
    completed_at: datetime | None = None
    last: date | None = None


def span_on(challenge: terms.Challenge, on: date) -> Span | None:
    """Give the period that a local day lies in; None outside the challenge's days."""
    since, until = challenge.starts_on, challenge.ends_on
    if (since is not None and on < since) or (until is not None and on > until):
        return None
    match challenge.period:
        case terms.ChallengePeriod.WEEK:
            monday = on - timedelta(days=on.weekday())
            year, week, _ = on.isocalendar()
            key, first, last = f"{year}-W{week:02}", monday, monday + timedelta(days=6)
        case terms.ChallengePeriod.MONTH:
            first = on.replace(day=1)
            key, last = f"{on:%Y-%m}", (first + timedelta(days=31)).replace(day=1) - _ONE_DAY
        case terms.ChallengePeriod.YEAR:
            key, first, last = f"{on:%Y}", date(on.year, 1, 1), date(on.year, 12, 31)
        case _:
            return Span(since.isoformat() if since else "all", since, until)
    return Span(key, max(first, since or first), min(last, until or last))


def next_span(challenge: terms.Challenge, today: date) -> Span | None:
    """Give the period of today, of the first day while it is to come, or None when it is over."""
    starts = challenge.starts_on
    return span_on(challenge, max(today, starts) if starts else today)


def ends_at(span: Span, program: Program) -> datetime | None:
    """Give the instant (naive UTC) at which a period's last local day is over."""
    if span.last is None:
        return None
    return program.place.end_of(span.last)


def gain(challenge: terms.Challenge, activity: Activity, program: Program, who: Who | None) -> Gain:
    """Work out what an activity adds to a challenge; a purchase that is gone adds nothing.

    Without `who` it is known that the challenge meant the member.
    """
    if isinstance(activity, Purchase) and not activity.lines:
        return NOTHING
    place, at = program.place, activity.occurred_at
    meant = [
        occasion.when
        for occasion in challenge.triggers
        if _looks_at(occasion, activity)
        and terms.suits(occasion.when, activity, place)
        and (who is None or terms.means(occasion.when, at, place, who))
    ]
    if not meant:
        return NOTHING
    match challenge.criterion:
        case terms.ChallengeCriterion.COUNT:
            return Gain(1)
        case terms.ChallengeCriterion.SUM:
            return Gain(_sum(challenge, activity, meant, program))
    return Gain(keys=frozenset(_keys(challenge, activity, meant, program)))


def _looks_at(occasion: terms.Occasion, activity: Activity) -> bool:
    match activity:
        case Purchase():
            return occasion.trigger == "PURCHASE"
        case Event():
            return occasion.trigger == "EVENT" and occasion.event == activity.kind
    return occasion.trigger == "VISIT"


def _sum(
    challenge: terms.Challenge,
    activity: Activity,
    meant: Sequence[terms.Conditions],
    program: Program,
) -> int:
    if not isinstance(activity, Purchase):
        return 0 if challenge.is_money else activity.quantity if isinstance(activity, Event) else 1
    if not challenge.is_money:
        return sum(line.quantity for line in _lines(activity, meant))
    bases = zip(activity.lines, line_bases(activity, program), strict=True)
    return sum(base for line, base in bases if _is_meant(line, meant))


def _keys(
    challenge: terms.Challenge,
    activity: Activity,
    meant: Sequence[terms.Conditions],
    program: Program,
) -> Iterator[str]:
    """Name what an activity is told apart by; days, weeks and months by their number."""
    day = program.place.day(activity.occurred_at)
    lines = _lines(activity, meant) if isinstance(activity, Purchase) else ()
    match challenge.of:
        case terms.ChallengeUnit.PRODUCTS:
            yield from (line.product for line in lines if line.product is not None)
        case terms.ChallengeUnit.CATEGORIES:
            yield from (line.category for line in lines if line.category is not None)
        case terms.ChallengeUnit.STORES:
            yield from [activity.store] if activity.store is not None else []
        case terms.ChallengeUnit.WEEKS:
            yield str((day.toordinal() - 1) // 7)
        case terms.ChallengeUnit.MONTHS:
            yield str(day.year * 12 + day.month)
        case _:
            yield str(day.toordinal())


def _lines(purchase: Purchase, meant: Sequence[terms.Conditions]) -> list[Line]:
    return [line for line in purchase.lines if _is_meant(line, meant)]


def _is_meant(line: Line, meant: Sequence[terms.Conditions]) -> bool:
    return any(terms.selects(when, line) for when in meant)


def counted(progress: Progress, gained: Gain, lost: Gain = NOTHING) -> Progress:
    """Add what an activity gave and take away what is gone; never below nothing."""
    seen = dict(progress.seen)
    for key in gained.keys - lost.keys:
        seen[key] = seen.get(key, 0) + 1
    for key in lost.keys - gained.keys:
        seen[key] = seen.get(key, 0) - 1
    kept = {key: times for key, times in sorted(seen.items())[-KEYS_KEPT:] if times > 0}
    count = max(0, progress.count + gained.count - lost.count)
    return replace(progress, count=count, seen=kept)


def reached(challenge: terms.Challenge, progress: Progress) -> int:
    """Give how far a period came: for a streak, its longest run."""
    match challenge.criterion:
        case terms.ChallengeCriterion.COUNT | terms.ChallengeCriterion.SUM:
            return progress.count
        case terms.ChallengeCriterion.DISTINCT:
            return len(progress.seen)
    return max((len(run) for run in _runs(progress.seen)), default=0)


def shown(challenge: terms.Challenge, progress: Progress, today: date) -> int:
    """Give how far a member is now: for a streak, the run that today may still go on."""
    if challenge.criterion is not terms.ChallengeCriterion.STREAK:
        return reached(challenge, progress)
    here = number_on(challenge, today)
    return max((len(run) for run in _runs(progress.seen) if run[-1] >= here - 1), default=0)


def number_on(challenge: terms.Challenge, day: date) -> int:
    """Give the number of the day, week or month of a streak that a local day lies in."""
    match challenge.of:
        case terms.ChallengeUnit.WEEKS:
            return (day.toordinal() - 1) // 7
        case terms.ChallengeUnit.MONTHS:
            return day.year * 12 + day.month
    return day.toordinal()


def _runs(seen: Iterable[str]) -> list[list[int]]:
    """Part numbers into runs of consecutive ones."""
    numbers = sorted(map(int, seen))
    runs = [numbers[:1]] if numbers else []
    for before, number in pairwise(numbers):
        if number == before + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def due(
    challenge: terms.Challenge, progress: Progress, exponent: int
) -> Iterator[tuple[terms.Level, int]]:
    """Name the levels that are reached and not given yet, lowest first, with how many times."""
    far = reached(challenge, progress)
    for level, mark in zip(challenge.steps, challenge.marks(exponent), strict=True):
        times = far // mark if challenge.repeats else min(1, far // mark)
        given = progress.given.get(level.id, 0)
        if times > given:
            yield level, times - given


@value
class Way:
    """How far it is to the next level: how many were passed, and what is there of what it asks.

    `need` is 0 where there is no further one.
    """

    passed: int
    have: int
    need: int

    @property
    def is_one_step(self) -> bool:
        """Tell whether one more is all that is missing, and not the only one that was asked for."""
        return self.need - self.have == 1 < self.need

    def percent(self, percents: Sequence[int]) -> int:
        """Give the last of some percents of the way that is behind; 0 where none is."""
        if not self.need:
            return 0
        return max((one for one in percents if 100 * self.have >= one * self.need), default=0)


def way(challenge: terms.Challenge, progress: Progress, exponent: int) -> Way:
    """Tell how far it is to the next level."""
    marks, far = challenge.marks(exponent), reached(challenge, progress)
    if challenge.repeats:
        passed, have = divmod(far, marks[0])
        return Way(passed, have, marks[0])
    passed = sum(mark <= far for mark in marks)
    return Way(passed, far, marks[passed] if passed < len(marks) else 0)


def may_see(challenge: terms.Challenge, who: Who) -> bool:
    """Tell whether one of the triggers can count for a member."""
    return any(_admits(occasion.when, who) for occasion in challenge.triggers)


def _admits(when: terms.Conditions, who: Who) -> bool:
    return (
        (not when.tiers or not when.tiers.isdisjoint(who.tiers))
        and (not when.plans or not when.plans.isdisjoint(who.plans))
        and (not when.segments or not when.segments.isdisjoint(who.segments))
    )
