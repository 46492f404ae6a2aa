"""A plan reckoned by whole days alone, and a pass by its months; no code of the engine's in it."""

from datetime import date

WEEKLY = """
format: 1
id: weekly
name: Weekly
money: USD
currencies: [{id: points, name: points}]
plans:
  - id: box
    name: Box
    price: "10.00"
    period: WEEK
    grace_days: 3
    start_grants: [{points: 100, currency: points}]
    renewal_grants: [{points: 50, currency: points}]
"""
WEEK, GRACE = 7, 3
PASS_MONTHS, PASS_PRICE = 2, 1_500
WITH_PASS = (
    WEEKLY + f'passes: [{{id: sauna, name: Sauna, price: "15.00", months: {PASS_MONTHS}}}]\n'
)


class Reckoning:
    """What a member has by whole days alone: the last day and the points of each payment."""

    def __init__(self) -> None:
        self.paid: list[tuple[int, int]] = []
        self.has_had = self.cancelled = self.refunded = self.lapse_told = False
        self.points = 0

    def status(self, day: int) -> str | None:
        if not self.has_had:
            return None
        if self.refunded:
            return "REFUNDED"
        last = self.paid[-1][0]
        if day <= last:
            return "CANCELLED" if self.cancelled else "ACTIVE"
        return "GRACE" if day <= last + GRACE and not self.cancelled else "LAPSED"

    def is_on(self, day: int) -> bool:
        return self.status(day) in ("ACTIVE", "CANCELLED", "GRACE")

    def pay(self, kind: str, day: int) -> str | None:
        """Give what is told, or None for a refusal."""
        if kind == "START" and self.is_on(day):
            return None
        if kind == "RENEW" and self.status(day) in (None, "REFUNDED"):
            return None
        goes_on = self.is_on(day)
        gave = 50 if goes_on else 100
        since = self.paid[-1][0] if goes_on else day
        self.paid = [*(self.paid if goes_on else ()), (since + WEEK, gave)]
        self.has_had, self.cancelled, self.refunded, self.lapse_told = True, False, False, False
        self.points += gave
        return "PlanRenewed" if goes_on else "PlanStarted"

    def cancel(self, day: int) -> str | None:
        if not self.is_on(day) or self.cancelled:
            return None
        self.cancelled = True
        return "PlanCancelled"

    def resume(self, day: int) -> str | None:
        if not self.is_on(day) or not self.cancelled:
            return None
        self.cancelled = False
        return "PlanResumed"

    def refund(self, day: int) -> str | None:
        if not self.paid:
            return None
        _, gave = self.paid.pop()
        self.points -= gave
        self.refunded |= not self.paid or day > self.paid[-1][0]
        return "PlanRefunded"

    def sweep(self, day: int) -> str | None:
        if self.status(day) != "LAPSED" or self.lapse_told:
            return None
        self.lapse_told = True
        return "PlanLapsed"


def months_later(day: date, months: int, on: int) -> date:
    """Give a day of a later month, or the last one there is."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    while True:
        try:
            return date(year, month + 1, on)
        except ValueError:
            on -= 1


class PassReckoning:
    """What a member has of a pass: the last day of each payment."""

    def __init__(self) -> None:
        self.paid: list[tuple[date, date]] = []  # first day, last day
        self.on = 1
        self.has_had = self.is_over = False

    def status(self, today: date) -> str | None:
        if not self.has_had:
            return None
        if self.is_over:
            return "REFUNDED"
        return "ACTIVE" if today <= self.paid[-1][1] else "LAPSED"

    def buy(self, today: date) -> None:
        if self.status(today) == "ACTIVE":
            first = self.paid[-1][1]
        else:
            first, self.on, self.paid = today, today.day, []
        self.paid.append((first, months_later(first, PASS_MONTHS, self.on)))
        self.has_had, self.is_over = True, False

    def give_back(self, today: date) -> int | None:
        """Give how many months were not used, or None for a refusal."""
        if not self.paid:
            return None
        first, last = self.paid.pop()
        self.is_over |= not self.paid or today > self.paid[-1][1]
        begins = max(first, today)
        return max(
            (n for n in range(PASS_MONTHS + 1) if months_later(begins, n, begins.day) <= last),
            default=0,
        )
