"""What a member's activities must have brought about: counters, tallies, tiers; reads no database.

Each activity counts by the rules that counted it, under the version of the program its record
names. Where a record names none and the versions that were ever published would count it
differently, what it changed is not known, and is not compared. A tier that lasts for a time is
kept or lost by the clock, under the version of that day, which nothing names: tiers are not
compared where versions that climb differently were published.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from loyalty.activities.rules import total_base
from loyalty.program.rules import Line, Program, Purchase, line_bases
from loyalty.tiers.rules import Course, Moment, Standing, Tally, advanced, settled, undone

NEXT = "_due_at"

Finding = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Done:
    """An activity as stored, when it was recorded, what it earned; its programs and answer."""

    activity: Mapping[str, Any]
    recorded_at: datetime
    earned: Mapping[str, int]
    programs: Sequence[Program]
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class History:
    """What a member did, counted again from the first record to the last; None: not known."""

    enrolled_at: datetime
    purchases: int = 0
    spend: int | None = 0
    visits: int = 0
    bought_at: list[datetime] = field(default_factory=list)
    bought: dict[str, Done] = field(default_factory=dict)
    refunded: Counter[str] = field(default_factory=Counter)
    standings: dict[str, Standing] | None = field(default_factory=dict)

    def add(self, done: Done) -> None:
        """Count the next activity."""
        counted: Tally | None = Tally()
        match done.activity["kind"]:
            case "purchase":
                counted = self._count_purchase(done)
            case "visit" if done.result.get("counted", True):
                counted = Tally(visits=1)
                self.visits += 1
            case "visit":
                return
            case "refund":
                self._count_refund(done)
                return
        if counted is None or not _climb_alike(done.programs):
            self.standings = None
        elif self.standings is not None:
            self._climb(self.standings, done, counted)

    def _count_purchase(self, done: Done) -> Tally | None:
        counted, at = _counted(done), done.activity["occurred_at"]
        self.purchases += 1
        self.bought_at = _outermost([*self.bought_at, at])
        self.bought[done.activity["_id"]] = done
        if self.spend is not None:
            self.spend = None if counted is None else self.spend + counted.spend
        return counted

    def _count_refund(self, done: Done) -> None:
        """Take back what a refund says it took back; nothing that was never counted."""
        purchase, result = done.activity["purchase"], done.result
        self.refunded[purchase] += result["refunded"]
        self.purchases -= result["purchases"]
        if self.spend is not None:
            self.spend -= result["spend"]
        bought = self.bought.get(purchase)
        if bought is None or not (_climb_alike(bought.programs) and _climb_alike(done.programs)):
            self.standings = None
        elif self.standings is not None:
            self._settle(self.standings, done.programs[0], done.recorded_at)
            self._take_back(self.standings, bought, result)

    def _settle(self, standings: dict[str, Standing], terms: Program, at: datetime) -> None:
        """Let the time until an instant pass on the ladders of that day's program."""
        for course in self._courses(terms):
            if course.ladder.id in standings:
                before = standings[course.ladder.id]
                standings[course.ladder.id], _ = settled(before, course, terms.place.day(at))

    def _take_back(
        self, standings: dict[str, Standing], bought: Done, taken: Mapping[str, Any]
    ) -> None:
        """Take what was refunded off the ladders that the purchase counted on."""
        terms = bought.programs[0]
        on = terms.place.day(bought.activity["occurred_at"])
        for course in self._courses(terms):
            if course.ladder.id in standings:
                points = taken["points"].get(course.ladder.points_currency or "", 0)
                tally = Tally(taken["spend"], taken["purchases"], points)
                before = standings[course.ladder.id]
                standings[course.ladder.id] = undone(before, course, tally, on)

    def _courses(self, terms: Program) -> list[Course]:
        enrolled_on = terms.place.day(self.enrolled_at)
        return [Course(one, enrolled_on, terms.exponent, terms.zone) for one in terms.ladders]

    def _climb(self, standings: dict[str, Standing], done: Done, counted: Tally) -> None:
        terms, at = done.programs[0], done.activity["occurred_at"]
        when = Moment(at, terms.place.day(at), terms.place.day(done.recorded_at))
        for course in self._courses(terms):
            ladder = course.ladder
            points = done.earned.get(ladder.points_currency or "", 0)
            standing, _ = settled(standings.get(ladder.id, Standing()), course, when.today)
            standing = advanced(standing, course, counted.plus(Tally(points=points)), when)
            standings[ladder.id], _ = settled(standing, course, when.today)

    def compare_counters(self, counters: Mapping[str, Any]) -> Iterator[Finding]:
        """Compare the counters of a member's state with what was bought."""
        purchases, spend = counters.get("purchases", 0), counters.get("spend", 0)
        if purchases != self.purchases:
            yield "purchases_are_counted_once", f"counts {purchases}, has {self.purchases}"
        if self.spend is not None and spend != self.spend:
            yield "spend_is_the_sum_of_purchases", f"says {spend}, purchases give {self.spend}"
        if counters.get("visits", 0) != self.visits:
            yield "visits_are_counted_once", f"counts {counters['visits']}, has {self.visits}"
        said = [counters[name] for name in ("first_at", "last_at") if name in counters]
        if said != self.bought_at:
            yield "first_and_last_purchase_are_known", "the purchases were at other instants"

    def compare_refunds(
        self, section: Mapping[str, Any], claims: Mapping[str, Mapping[str, Any]]
    ) -> Iterator[Finding]:
        """Compare what a state says was refunded with the refunds, and with what was paid."""
        said = {part["id"]: part for part in section.get("purchases", ())}
        for purchase in sorted(said.keys() | self.refunded.keys()):
            part = said.get(purchase, {"lines": [], "shipping": 0})
            amount = sum(line[2] for line in part["lines"]) + part["shipping"]
            if amount != self.refunded[purchase]:
                found = self.refunded[purchase]
                yield "refunds_add_up", f"{purchase}: says {amount}, refunds are {found}"
            if amount > claims.get(purchase, {}).get("total", 0):
                yield "no_more_is_refunded_than_was_paid", f"{purchase}: {amount}"

    def compare_standings(
        self, section: Mapping[str, Any], programs: Sequence[Program], now: datetime
    ) -> Iterator[Finding]:
        """Compare a member's place on every ladder with what was reached, kept, lost and counted.

        `programs` are all that were ever published; the clock has been at `now`.
        """
        lasting = any(ladder.has_ends for terms in programs for ladder in terms.ladders)
        if self.standings is None or (lasting and not _climb_alike(programs)):
            return
        courses = {c.ladder.id: c for c in self._courses(programs[0])} if lasting else {}
        for ladder in sorted((section.keys() - {NEXT}) | self.standings.keys()):
            said = _standing(section.get(ladder))
            reached = self.standings.get(ladder, Standing())
            if ladder in courses:  # what the clock brings about may not be written yet
                today = programs[0].place.day(now)
                said, _ = settled(said, courses[ladder], today)
                reached, _ = settled(reached, courses[ladder], today)
            if _place(said) != _place(reached):
                says = f"says {said.tier} since {said.reached_at}"
                gives = f"activities give {reached.tier} since {reached.reached_at}"
                yield "tiers_are_what_was_reached", f"{ladder}: {says}, {gives}"
            if said.tallies != reached.tallies:
                yield "tallies_are_what_was_counted", f"{ladder}: activities give other tallies"


def _standing(section: Mapping[str, Any] | None) -> Standing:
    """Read a place on a ladder as it is stored."""
    if section is None:
        return Standing()
    return Standing(
        section["tier"],
        section["reached_at"],
        {date.fromisoformat(day): Tally(*counts) for day, counts in section["tallies"].items()},
        date.fromisoformat(section["valid_until"]) if "valid_until" in section else None,
        section.get("due_at"),
    )


def _place(standing: Standing) -> tuple[object, ...]:
    return standing.tier, standing.reached_at, standing.valid_until


def _counted(done: Done) -> Tally | None:
    """Give what a purchase counts for; None where its programs would not agree."""
    stored = done.activity
    purchase = Purchase(  # only what counts: who reported it, and where, does not
        source="",
        id="",
        member_id="",
        occurred_at=stored["occurred_at"],
        money="",
        total=stored["total"],
        lines=tuple(Line(line["amount"], tax=line.get("tax", 0)) for line in stored["lines"]),
        shipping=stored["shipping"],
        points_payment=stored["points_payment"],
    )
    spends = {total_base(line_bases(purchase, terms)) for terms in done.programs}
    return Tally(spend=spends.pop(), purchases=1) if len(spends) == 1 else None


def _climb_alike(programs: Sequence[Program]) -> bool:
    """Tell whether an activity counts on the same ladders, by the same days, in all programs."""
    return bool(programs) and all(
        (terms.ladders, terms.time_zone, terms.money)
        == (programs[0].ladders, programs[0].time_zone, programs[0].money)
        for terms in programs[1:]
    )


def _outermost(instants: Sequence[datetime]) -> list[datetime]:
    return [min(instants), max(instants)]
