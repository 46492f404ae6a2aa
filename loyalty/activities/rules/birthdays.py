"""Whose birthday a day is, written as months and days; knows no member."""

from datetime import date

from loyalty.program import terms

LEAP_DAY = date(2000, 2, 29)


def days_celebrated(on: date) -> list[str]:
    """Give the days of birth, as `MM-DD`, whose birthday a day is: two on 28 February, mostly."""
    days = [on.replace(year=LEAP_DAY.year), LEAP_DAY]
    return sorted({f"{born:%m-%d}" for born in days if terms.is_birthday(born, on)})
