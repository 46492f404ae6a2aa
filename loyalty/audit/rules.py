"""What a member's activities must have brought about: counters, tallies, tiers; reads no database.

Each activity counts by the rules that counted it, under the version of the program its entries
name. One that gave no points names none: where the versions that were ever published would count
it differently, what it changed is not known, and is not compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loyalty.activities.rules import total_base
from loyalty.program.rules import Line, Program, Purchase, line_bases
from loyalty.tiers import local_day
from loyalty.tiers.rules import Course, Standing, Tally, advanced

Finding = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Done:
    """An activity as stored, what it earned by currency, and the programs it may have met."""

    activity: Mapping[str, Any]
    earned: Mapping[str, int]
    programs: Sequence[Program]


@dataclass(slots=True)
class History:
    """What a member did, counted again from the first record to the last; None: not known."""

    enrolled_at: datetime
    purchases: int = 0
    spend: int | None = 0
    bought_at: list[datetime] = field(default_factory=list)
    standings: dict[str, Standing] | None = field(default_factory=dict)

    def add(self, done: Done) -> None:
        """Count the next activity."""
        counted: Tally | None = Tally()
        if done.activity["kind"] == "purchase":
            counted = _counted(done)
            self.purchases += 1
            self.bought_at = _outermost([*self.bought_at, done.activity["occurred_at"]])
            if self.spend is not None:
                self.spend = None if counted is None else self.spend + counted.spend
        if counted is None or not _climb_alike(done.programs):
            self.standings = None
        elif self.standings is not None:
            self._climb(self.standings, done, counted)

    def _climb(self, standings: dict[str, Standing], done: Done, counted: Tally) -> None:
        terms, at = done.programs[0], done.activity["occurred_at"]
        if not terms.ladders:
            return
        enrolled_on = local_day(self.enrolled_at, terms)
        when = (at, local_day(at, terms))
        for ladder in terms.ladders:
            points = done.earned.get(ladder.points_currency or "", 0)
            standings[ladder.id] = advanced(
                standings.get(ladder.id, Standing()),
                Course(ladder, enrolled_on, terms.exponent),
                counted.plus(Tally(points=points)),
                when,
            )

    def compare_counters(self, counters: Mapping[str, Any]) -> Iterator[Finding]:
        """Compare the counters of a member's state with what was bought."""
        purchases, spend = counters.get("purchases", 0), counters.get("spend", 0)
        if purchases != self.purchases:
            yield "purchases_are_counted_once", f"counts {purchases}, has {self.purchases}"
        if self.spend is not None and spend != self.spend:
            yield "spend_is_the_sum_of_purchases", f"says {spend}, purchases give {self.spend}"
        said = [counters[name] for name in ("first_at", "last_at") if name in counters]
        if said != self.bought_at:
            yield "first_and_last_purchase_are_known", "the purchases were at other instants"

    def compare_standings(self, section: Mapping[str, Any]) -> Iterator[Finding]:
        """Compare a member's place on every ladder with what was reached and counted."""
        if self.standings is None:
            return
        for ladder in sorted(section.keys() | self.standings.keys()):
            said = section.get(ladder, {"tier": None, "reached_at": None, "tallies": {}})
            reached = self.standings.get(ladder, Standing())
            if (said["tier"], said["reached_at"]) != (reached.tier, reached.reached_at):
                says = f"says {said['tier']} since {said['reached_at']}"
                gives = f"activities give {reached.tier} since {reached.reached_at}"
                yield "tiers_are_what_was_reached", f"{ladder}: {says}, {gives}"
            tallies = {day.isoformat(): tally for day, tally in reached.tallies.items()}
            if {day: Tally(*counts) for day, counts in said["tallies"].items()} != tallies:
                yield "tallies_are_what_was_counted", f"{ladder}: activities give other tallies"


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
