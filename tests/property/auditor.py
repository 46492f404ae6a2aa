"""A second ledger, small enough to be seen to be right, that checks the first.

Holds everything in plain lists and dictionaries, in one member's terms; knows the program `BOOKS`
by heart, also with the ladders of `CLIMBS`, and shares no code with the engine.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.engines import RICH
from tests.property.climbing import Climber

BOOKS = RICH.partition("ladders:")[0]
ZONE = ZoneInfo("Europe/Copenhagen")

Entry = tuple[str, str, int]  # kind, currency, points
Life = tuple[datetime | None, datetime | None]  # usable from, ends


class Refusal(Exception):
    """What the engine is expected to refuse with: the refusal's name and its numbers."""

    def __init__(self, name: str, *numbers: int) -> None:
        super().__init__(name, numbers)
        self.name = name
        self.numbers = numbers


def end_of_day(day: date) -> datetime:
    next_day = day + timedelta(days=1)
    local = datetime(next_day.year, next_day.month, next_day.day, tzinfo=ZONE)
    return datetime.fromtimestamp(local.timestamp(), UTC).replace(tzinfo=None)


def local_day(at: datetime) -> date:
    return at.replace(tzinfo=UTC).astimezone(ZONE).date()


def two_months_later(day: date) -> date:
    year, month = (day.year, day.month + 2) if day.month < 11 else (day.year + 1, day.month - 10)
    while True:
        try:
            return date(year, month, day.day)
        except ValueError:
            day -= timedelta(days=1)


def ends_of(currency: str, at: datetime) -> datetime | None:
    """Points live two months, credit to the end of the year, status for ever."""
    if currency == "points":
        return end_of_day(two_months_later(local_day(at)))
    return end_of_day(date(local_day(at).year, 12, 31)) if currency == "credit" else None


@dataclass
class Account:
    """One member's books; `climber` is there where the program has ladders."""

    climber: Climber | None = None
    lots: dict[str, dict[Life, int]] = field(
        default_factory=lambda: {"points": {}, "credit": {}, "status": {}}
    )
    carry: Fraction = Fraction(0)
    records: list[list[Entry]] = field(default_factory=list)
    keys: dict[str, object] = field(default_factory=dict)

    def balance(self, currency: str) -> int:
        return sum(self.lots[currency].values())

    def available(self, currency: str, now: datetime) -> int:
        lots = self.lots[currency].items()
        return sum(left for (usable, ends), left in lots if _is_open(usable, ends, now))

    def expire(self, now: datetime) -> list[Entry]:
        entries = []
        for currency, lots in self.lots.items():
            over = [life for life in lots if life[1] is not None and life[1] <= now]
            entries += [("EXPIRY", currency, -lots.pop(life)) for life in over]
        return entries

    def sweep(self, now: datetime) -> None:
        """Expire what is due; with nothing due there is no record."""
        entries = self.expire(now)
        if entries:
            self.records.append(entries)

    def purchase(self, now: datetime, key: str, total: int, occurred_at: datetime) -> bool:
        """Record a purchase; True when it was there already."""
        body = (total, occurred_at)
        if self._was_there(key, body):
            return True
        entries = self.expire(now)
        worth = total * self._factor()
        self.carry += Fraction(worth, 1000)
        whole = int(self.carry)
        self.carry -= whole
        usable = end_of_day(local_day(occurred_at) + timedelta(days=14))
        for currency, points, life in (
            ("points", whole, (None, ends_of("points", occurred_at))),
            ("credit", (worth * 5 + 50) // 100, (usable, ends_of("credit", occurred_at))),
            ("status", total // 100, (None, None)),
        ):
            entries += self._credit("ACCRUAL", currency, points, life)
        if self.climber:
            self.climber.climb(occurred_at, local_day(occurred_at), (total, 1, total // 100))
        return self._post(key, body, entries)

    def review(self, now: datetime, key: str) -> bool:
        if self._was_there(key, "review"):
            return True
        entries = self.expire(now)
        entries += self._credit("ACCRUAL", "points", 20, (None, ends_of("points", now)))
        return self._post(key, "review", entries)

    def _factor(self) -> int:
        """Members who reached gold earn double, of what can be spent."""
        return 2 if self.climber and self.climber.tier("main")[0] == "gold" else 1

    def spend(self, now: datetime, key: str, currency: str, points: int) -> bool:
        if currency == "status":
            raise Refusal("CurrencyNotRedeemable")
        return self._debit(now, key, ("REDEMPTION", currency, -points))

    def adjust(self, now: datetime, key: str, currency: str, points: int) -> bool:
        body = ("ADJUSTMENT", currency, points)
        if points < 0:
            return self._debit(now, key, body)
        if self._was_there(key, body):
            return True
        entries = self.expire(now)
        entries += self._credit(*body, (None, ends_of(currency, now)))
        return self._post(key, body, entries)

    def _was_there(self, key: str, body: object) -> bool:
        if key in self.keys and self.keys[key] != body:
            raise Refusal("KeyReused")
        return key in self.keys

    def _post(self, key: str, body: object, entries: list[Entry]) -> bool:
        self.keys[key] = body
        self.records.append(entries)
        return False

    def _credit(self, kind: str, currency: str, points: int, life: Life) -> list[Entry]:
        if not points:
            return []
        self.lots[currency][life] = self.lots[currency].get(life, 0) + points
        return [(kind, currency, points)]

    def _debit(self, now: datetime, key: str, body: Entry) -> bool:
        if self._was_there(key, body):
            return True
        _, currency, points = body
        left = -points
        available = self.available(currency, now)
        if available < left:
            raise Refusal("InsufficientPoints", left, available)
        entries = self.expire(now)
        lots = self.lots[currency]
        for life in sorted(lots, key=lambda one: (one[1] or datetime.max, one[0] or datetime.min)):
            if _is_open(*life, now):
                part = min(left, lots[life])
                left -= part
                lots[life] -= part
                if not lots[life]:
                    del lots[life]
        return self._post(key, body, [*entries, body])


def _is_open(usable: datetime | None, ends: datetime | None, now: datetime) -> bool:
    return (usable is None or usable <= now) and (ends is None or ends > now)
