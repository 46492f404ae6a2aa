"""What is wrong with currencies: expiries that never come, points that nobody could spend."""

from calendar import monthrange
from collections.abc import Iterator
from itertools import chain

from loyalty.program.rules.mistakes.parts import WHOLE, Part, Problem


def currency(declared: Part) -> Iterator[Problem]:
    """Find what is wrong with a currency."""
    return chain(_expiry(declared["expiry"]), _pending(declared))


def _expiry(expiry: Part) -> Iterator[Problem]:
    month, day = expiry["month"].read(WHOLE), expiry["day"].read(WHOLE)
    if expiry["mode"].text != "FIXED_DATE" or month is None or day is None:
        return
    if 1 <= month <= 12 and monthrange(2001, month)[1] < day <= 31:
        yield expiry["day"].wrong(f"there is no day {day} in month {month} of every year")


def _pending(currency: Part) -> Iterator[Problem]:
    pending, expiry = currency["pending_days"], currency["expiry"]
    days, months = pending.read(WHOLE), expiry["months"].read(WHOLE)
    if expiry["mode"].text != "ROLLING" or days is None or months is None or months < 1:
        return
    kept = _days_at_least(months)
    if days >= kept:
        yield pending.wrong(
            f"points expire after `months: {months}`, which may be only {kept} days, before they"
            f" can be used: wait at most {kept - 1} days, or let them expire later"
        )


def _days_at_least(months: int) -> int:
    """Give the fewest days that so many months in a row may last."""
    years, rest = divmod(months, 12)
    lengths = [monthrange(2001, month)[1] for month in range(1, 13)] * 2
    return 365 * years + min(sum(lengths[first : first + rest]) for first in range(12))
