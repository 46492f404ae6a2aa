"""What a member bought, as far as personal offers count it: days by rule and by subject."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from loyalty.program import Program, Purchase, terms

SUBJECTS_KEPT = 100

Days = tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is counted apart under a rule: its id, and its name where the shop told one."""

    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What was counted since each rule last fired, in local days, by rule and by subject.

    `cycles` says how often each has fired, so that a refund takes nothing from a later cycle;
    `owed` how many purchases of cycles that are over were returned: the next ones pay them.
    `last_at` is the latest purchase while a WIN_BACK may follow it, `won_back` the rules that were
    called since, `due_at` when the next of them is.
    """

    counted: Mapping[str, Mapping[str, Days]] = field(default_factory=dict)
    cycles: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    owed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    last_at: datetime | None = None
    won_back: frozenset[str] = frozenset()
    due_at: datetime | None = None

    def cycle(self, rule: str, subject: str) -> int:
        """Count how often a rule has fired for a subject."""
        return self.cycles.get(rule, {}).get(subject, 0)

    def owed_of(self, rule: str, subject: str) -> int:
        """Count the purchases of a subject that pay for returned ones before any is counted."""
        return self.owed.get(rule, {}).get(subject, 0)


def subjects(rule: terms.PersonalOffer, purchase: Purchase) -> list[Subject]:
    """Give what a purchase counts for under a rule; each once, however much was bought of it."""
    lines = [line for line in purchase.lines if terms.selects(rule.when, line)]
    match rule.by:
        case terms.Counted.PRODUCT:
            found = [Subject(line.product, line.name) for line in lines if line.product]
        case terms.Counted.CATEGORY:
            found = [Subject(line.category) for line in lines if line.category]
        case terms.Counted.ANY:
            found = [Subject("")] if lines else []
    return list({subject.id: subject for subject in reversed(found)}.values())[::-1]


def counted(
    history: History, rule: terms.PersonalOffer, subject: Subject, on: date
) -> tuple[History, bool]:
    """Count one subject on a local day; tell whether the rule is called, and begin anew if so."""
    before = history.counted.get(rule.id, {})
    days = _near(sorted((*before.get(subject.id, ()), on)), rule.days)
    is_called = rule.count is not None and len(days) >= rule.count
    after = {**before, subject.id: () if is_called else days}
    kept = {one: at for one, at in after.items() if at}
    if len(kept) > SUBJECTS_KEPT:
        kept.pop(min(kept, key=lambda one: kept[one][-1]))
    history = replace(history, counted={**history.counted, rule.id: kept})
    return (_with_cycle(history, rule.id, subject.id) if is_called else history), is_called


def _with_cycle(history: History, rule: str, subject: str) -> History:
    """Begin the next cycle of a subject, and forget the one that fired longest ago."""
    cycle = history.cycle(rule, subject) + 1
    cycles = _latest(history.cycles.get(rule, {}), subject, cycle)
    return replace(history, cycles={**history.cycles, rule: cycles})


def _latest(numbers: Mapping[str, int], subject: str, number: int) -> dict[str, int]:
    """Put a subject's number last, and forget the first of too many, or what is nothing."""
    others = {one: n for one, n in numbers.items() if one != subject}
    if len(others) >= SUBJECTS_KEPT:
        others.pop(next(iter(others)))
    return {**others, subject: number} if number else others


def owing(history: History, rule: terms.PersonalOffer, subject: Subject, by: int) -> History:
    """Owe a purchase of a subject more, or one less where one was paid (`by` is -1)."""
    owed = _latest(
        history.owed.get(rule.id, {}), subject.id, history.owed_of(rule.id, subject.id) + by
    )
    return replace(history, owed={**history.owed, rule.id: owed})


def _near(days: list[date], span: int | None) -> Days:
    """Leave out days too far before the latest to be counted with it."""
    if span is None:
        return tuple(days)
    oldest = days[-1] - timedelta(days=span)
    return tuple(day for day in days if day > oldest)


def uncounted(history: History, rule: terms.PersonalOffer, subject: Subject, on: date) -> History:
    """Take back one count of a subject on a local day."""
    before = history.counted.get(rule.id, {})
    days = list(before.get(subject.id, ()))
    if on not in days:
        return history
    days.remove(on)
    kept = {one: at for one, at in {**before, subject.id: tuple(days)}.items() if at}
    return replace(history, counted={**history.counted, rule.id: kept})


def bought(history: History, program: Program, at: datetime) -> History:
    """Note the latest purchase, after which every WIN_BACK may be called again."""
    if history.last_at is not None and at <= history.last_at:
        return history
    fresh = replace(history, last_at=at, won_back=frozenset())
    return replace(fresh, due_at=_next_due(fresh, program))


def won_back(
    history: History, program: Program, now: datetime
) -> tuple[History, list[terms.PersonalOffer]]:
    """Give the WIN_BACK rules that are due, and the history once they were called."""
    due = [rule for rule, due_at in _waiting(history, program) if due_at <= now]
    called = history.won_back | {rule.id for rule in due}
    after = replace(history, won_back=called)
    return replace(after, due_at=_next_due(after, program)), due


def due_again(history: History, program: Program) -> History:
    """Work out anew when the next WIN_BACK is due."""
    return replace(history, due_at=_next_due(history, program))


def _next_due(history: History, program: Program) -> datetime | None:
    return min((due_at for _, due_at in _waiting(history, program)), default=None)


def _waiting(history: History, program: Program) -> Iterator[tuple[terms.PersonalOffer, datetime]]:
    """Give the WIN_BACK rules not called since the last purchase, each with when it is due.

    Due when so many local days have passed without a purchase.
    """
    if history.last_at is None:
        return
    last_on = program.place.day(history.last_at)
    for rule in program.personal_offers:
        if (
            rule.kind is terms.PersonalKind.WIN_BACK
            and rule.days
            and rule.id not in history.won_back
        ):
            yield rule, program.place.end_of(last_on + timedelta(days=rule.days))
