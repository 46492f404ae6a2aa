"""What is wrong with currencies: expiries that never come, points that nobody could spend."""

from calendar import monthrange
from collections.abc import Iterator
from itertools import chain

from loyalty.program.rules.mistakes.parts import AMOUNT, WHOLE, Part, Problem, exact, once

KINDS_TO_GIVE = ("REDEEMABLE", "STORE_CREDIT")


def currency(declared: Part, whole: Part) -> Iterator[Problem]:
    """Find what is wrong with a currency."""
    return chain(
        _expiry(declared["expiry"]),
        _pending(declared),
        _transfers(declared),
        _prepaid(declared, whole),
    )


def adjustments(declared: Part) -> Iterator[Problem]:
    """Find what is wrong with the limits of corrections by hand."""
    roles = declared["roles"]
    names = list(roles.value) if isinstance(roles.value, dict) else []
    for limits in (declared, *(roles[name] for name in names if isinstance(name, str))):
        most, alone = limits["limit"].read(AMOUNT), limits["four_eyes_above"].read(AMOUNT)
        if most is not None and alone is not None and alone >= most:
            yield limits["four_eyes_above"].wrong(
                f"must be below the `limit` of {most}, or nothing ever waits for a second person"
            )


def _expiry(expiry: Part) -> Iterator[Problem]:
    month, day = expiry["month"].read(WHOLE), expiry["day"].read(WHOLE)
    if expiry["mode"].text != "FIXED_DATE" or month is None or day is None:
        return
    if 1 <= month <= 12 and monthrange(2001, month)[1] < day <= 31:
        yield expiry["day"].wrong(f"there is no day {day} in month {month} of every year")


def _pending(currency: Part) -> Iterator[Problem]:
    pending, expiry = currency["pending_days"], currency["expiry"]
    days, months = pending.read(WHOLE), expiry["months"].read(WHOLE)
    if expiry["mode"].text not in ("ROLLING", "INACTIVITY"):
        return
    if days is None or months is None or months < 1:
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


def _transfers(currency: Part) -> Iterator[Problem]:
    transfers, kind = currency["transfers"], currency["kind"].text or "REDEEMABLE"
    if transfers.value is None:
        return
    if kind not in KINDS_TO_GIVE:
        yield transfers.wrong(
            f"members cannot give {kind} to each other, only {' or '.join(KINDS_TO_GIVE)}"
        )
    least = transfers["minimum"].read(WHOLE) or 1
    for name in ("per_transfer", "per_month"):
        most = transfers[name].read(WHOLE)
        if most is not None and most < least:
            yield transfers[name].wrong(f"must be at least the `minimum` of {least}")


def _prepaid(currency: Part, whole: Part) -> Iterator[Problem]:
    is_prepaid = currency["kind"].text == "PREPAID"
    for name in ("top_ups", "spend_first"):
        if currency[name].value not in (None, [], (), "BONUS") and not is_prepaid:
            yield currency[name].wrong(f"`{name}` belongs to a currency of kind PREPAID")
    yield from once("top-up", currency["top_ups"].items())
    for sold in currency["top_ups"].items():
        pay, get = sold["pay"].read(AMOUNT), sold["get"].read(AMOUNT)
        yield from exact(sold["pay"], whole)
        yield from exact(sold["get"], whole)
        if pay is not None and pay <= 0:
            yield sold["pay"].wrong("a top-up is paid for: write an amount above 0")
        if pay is not None and get is not None and get < pay:
            yield sold["get"].wrong(f"must be at least what is paid, {pay}")
