"""How members climb: what is counted promotes at once, and what is taken back never demotes."""

from dataclasses import replace
from datetime import date, datetime

from loyalty.tiers.rules.tallies import Course, Standing, Tally, bucket, recent, windows
from loyalty.tiers.rules.thresholds import current_rank, highest_reached
from loyalty.tiers.rules.validity import begun, settled
from loyalty.values import value

NOTHING = Tally()


@value
class Moment:
    """When something happened (naive UTC), on which local day, and on which it is counted."""

    at: datetime
    on: date
    today: date


def advanced(standing: Standing, course: Course, added: Tally, when: Moment) -> Standing:
    """Count something and promote where a threshold is crossed; never demotes.

    A late report counts in every rolling window that its day lies in, of the days still known. It
    promotes to what the member would still have of it today. Where nothing counts, no day is new.
    """
    if added == NOTHING:
        return standing
    ladder = course.ladder
    day = bucket(course, when.on)
    tallies = {**standing.tallies, day: standing.tallies.get(day, NOTHING).plus(added)}
    reached = max(highest_reached(course, tally) for tally in windows(tallies, course, when.on))
    standing = replace(standing, tallies=recent(ladder, tallies, day))
    before = current_rank(standing, ladder)
    if reached <= before:
        return standing
    climbed = replace(standing, tier=ladder.tiers[reached].id, reached_at=when.at)
    climbed, _ = settled(begun(climbed, course, when.on), course, when.today)
    return climbed if current_rank(climbed, ladder) > before else standing


def undone(standing: Standing, course: Course, taken: Tally, on: date) -> Standing:
    """Take back what was counted on a local day; the tier stays until its validity ends.

    A day that no window can reach any more is no longer known, and there is nothing to take from.
    """
    day = bucket(course, on)
    if day not in standing.tallies:
        return standing
    left = standing.tallies[day].minus(taken).at_least_nothing()
    return replace(standing, tallies={**standing.tallies, day: left})
