"""Challenges' part in the commit of an activity: count it, give what is reached, tell of it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from loyalty import offers
from loyalty.challenges import rules, store
from loyalty.challenges.rules import Efforts, Progress, Span
from loyalty.program import Activity, Purchase, Version, Who, terms
from loyalty.states import Fact
from loyalty.turns import Turn


@dataclass(frozen=True, slots=True)
class _Run:
    """One challenge in the period that an activity belongs to."""

    challenge: terms.Challenge
    span: Span

    def why(self, level: terms.Level, time: int) -> dict[str, object]:
        """Give the facts that explain what reaching a level gives."""
        return {
            "kind": "CHALLENGE" if level.name is None else "CHALLENGE_LEVEL",
            "challenge": self.challenge.id,
            "period": self.span.key,
            "level": level.id,
            "time": time,
        }


def after(turn: Turn, version: Version, activity: Activity, who: Who) -> tuple[str, ...]:
    """Count an activity for every challenge it means, and give the levels that are reached.

    Returns the challenges that counted it: a refund takes it back from these.
    """
    if not version.program.challenges:
        return ()
    efforts = before = turn.of(store.EFFORTS)
    counted = []
    for run in _running(turn, version, activity.occurred_at, efforts):
        gained = rules.gain(run.challenge, activity, version.program, who)
        if gained == rules.NOTHING:
            continue
        counted.append(run.challenge.id)
        progress = rules.counted(efforts.progress(run.challenge.id, run.span), gained)
        efforts = efforts.with_progress(run.challenge.id, run.span, progress)
        efforts = _reward(turn, version, run, efforts, activity.occurred_at)
        _tell_progress(turn, version, run, before, efforts)
    _keep(turn, version, before, efforts)
    return tuple(counted)


def undo(
    turn: Turn, version: Version, bought: Purchase, left: Purchase, counted: Collection[str]
) -> None:
    """Take back what a purchase counted for, but for what a refund leaves of it.

    `bought` is the purchase as it stood before the refund, `left` as it stands after it; `version`
    is the one it was recorded under, and `counted` what `after` gave. What was given stays given.
    """
    if not counted:
        return
    efforts = before = turn.of(store.EFFORTS)
    for run in _running(turn, version, bought.occurred_at, efforts):
        name = run.challenge.id
        if name not in counted or run.span.key not in efforts.part(name).periods:
            continue
        lost = rules.gain(run.challenge, bought, version.program, None)
        stays = rules.gain(run.challenge, left, version.program, None)
        if lost != stays:
            progress = rules.counted(efforts.progress(name, run.span), stays, lost)
            efforts = efforts.with_progress(name, run.span, progress)
    _keep(turn, version, before, efforts)


def _running(turn: Turn, version: Version, at: datetime, efforts: Efforts) -> Iterator[_Run]:
    """Find the challenges for which what the member did at an instant still counts."""
    on, today = local_day(version, at), local_day(version, turn.now)
    for challenge in version.program.challenges:
        span = rules.span_on(challenge, on)
        if span is None or span.is_forgotten(today):
            continue
        if efforts.part(challenge.id).takes_part(challenge, at):
            yield _Run(challenge, span)


def local_day(version: Version, at: datetime) -> date:
    """Give the day in the program's zone that an instant (naive UTC) lies in."""
    return version.program.place.day(at)


def _reward(turn: Turn, version: Version, run: _Run, efforts: Efforts, at: datetime) -> Efforts:
    """Give every level that is reached and was not given yet, and write it down for ever."""
    challenge, exponent = run.challenge, version.program.exponent
    progress = efforts.progress(challenge.id, run.span)
    for level, times in list(rules.due(challenge, progress, exponent)):
        given = progress.given.get(level.id, 0)
        for time in range(given + 1, given + times + 1):
            why = run.why(level, time)
            offers.give(turn, version, level.grants, why)
            efforts = efforts.achieved(challenge.id, level.id, at)
            turn.tell(Fact("ChallengeCompleted", {**why, "occurred_at": at}))
        progress = replace(progress, given={**progress.given, level.id: given + times})
    if progress.completed_at is None and _is_complete(challenge, progress):
        progress = replace(progress, completed_at=at)
    return efforts.with_progress(challenge.id, run.span, progress)


def _is_complete(challenge: terms.Challenge, progress: Progress) -> bool:
    return all(progress.given.get(level.id) for level in challenge.steps)


def _tell_progress(
    turn: Turn, version: Version, run: _Run, before: Efforts, after: Efforts
) -> None:
    """Tell of each further share of the way to the next level that the program tells of."""
    challenge, exponent = run.challenge, version.program.exponent
    percents, tells_last = version.program.progress_told
    way = rules.way(challenge, after.progress(challenge.id, run.span), exponent)
    percent = way.percent(percents)
    is_last = tells_last and way.is_one_step and not challenge.is_money
    if not percent and not is_last:
        return
    was = rules.way(challenge, before.progress(challenge.id, run.span), exponent)
    if (is_last and way != was) or (way.passed, percent) > (was.passed, was.percent(percents)):
        told = {
            "challenge": challenge.id,
            "period": run.span.key,
            "passed": way.passed,
            "mark": "last" if is_last else str(percent),
            "have": way.have,
            "need": way.need,
            "occurred_at": turn.happened_at or turn.now,
        }
        turn.tell(Fact("ChallengeProgressed", told))


def _keep(turn: Turn, version: Version, before: Efforts, efforts: Efforts) -> None:
    """Put what changed in its place, without what is long over, and tell of new scores."""
    if efforts is before:
        return
    turn.put(store.EFFORTS, efforts.remembered(local_day(version, turn.now)))
    parts = efforts.parts.items()
    if any(part.alias and part != before.part(name) for name, part in parts):
        turn.tell(Fact("ScoresChanged", {}))
