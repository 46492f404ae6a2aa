"""The auditor's own wallet: every move of value in plain dictionaries, for one member at a time.

Shares no code with the engine and knows the program `PURSES` by heart: points live two months and
wait ten days, credit lives by being used and may be owed and given, the card is prepaid.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.property.auditor import Refusal, end_of_day, local_day, two_months_later

PURSES = """
format: 1
id: purses
name: Purses
money: EUR
time_zone: Europe/Copenhagen
currencies:
  - id: points
    name: points
    expiry: {mode: ROLLING, months: 2}
    pending_days: 10
    negative_balance: %(policy)s
  - id: credit
    kind: STORE_CREDIT
    name: credit
    expiry: {mode: INACTIVITY, months: 2}
    negative_balance: ALLOW_NEGATIVE
    minimum_life_days: 7
    transfers: {minimum: 5, per_transfer: 60, per_month: 100}
  - id: card
    kind: PREPAID
    name: card
    spend_first: %(first)s
    top_ups: [{id: ten, name: ten, pay: "0.60", get: "0.80"}]
"""

CURRENCIES = ("points", "credit", "card")
Life = tuple[datetime | None, datetime | None, str | None]  # usable from, ends, part
AGAIN = datetime.min  # what lives again is usable since ever
Entry = tuple[str, str, int]
Taken = list[tuple[Life, int]]


@dataclass
class Terms:
    """What the runs differ in."""

    policy: str
    first: str


@dataclass
class Held:
    """What is set aside."""

    currency: str
    until: datetime
    parts: Taken


@dataclass
class Purse:
    """What one member holds, and the records that led there."""

    terms: Terms
    lots: dict[str, dict[Life, int]] = field(default_factory=lambda: {c: {} for c in CURRENCIES})
    owed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CURRENCIES, 0))
    holds: dict[str, Held] = field(default_factory=dict)
    idle: datetime | None = None  # when the credit ends
    sent: dict[tuple[int, int], int] = field(default_factory=dict)
    records: list[list[Entry]] = field(default_factory=list)
    paid_back: set[str] = field(default_factory=set)

    # What is there

    def balance(self, currency: str) -> int:
        return sum(self.lots[currency].values()) - self.owed[currency]

    def aside(self, currency: str, life: Life) -> int:
        held = [h for h in self.holds.values() if h.currency == currency]
        return sum(points for h in held for part, points in h.parts if part == life)

    def end(self, currency: str, life: Life) -> datetime | None:
        return life[1] or (self.idle if currency == "credit" else None)

    def usable(self, currency: str, now: datetime) -> list[Life]:
        found = []
        for life in self.lots[currency]:
            end = self.end(currency, life)
            if (life[0] is None or life[0] <= now) and (end is None or end > now):
                found.append(life)
        return found

    def available(self, currency: str, now: datetime) -> int:
        free = sum(
            self.lots[currency][life] - self.aside(currency, life)
            for life in self.usable(currency, now)
        )
        return max(0, free - self.owed[currency])

    # How it moves

    def settle(self, now: datetime) -> list[Entry]:
        entries: list[Entry] = []
        for name in [name for name, held in self.holds.items() if held.until <= now]:
            entries += self.let_go(name)
        for currency, lots in self.lots.items():
            for life in list(lots):
                end = self.end(currency, life)
                over = lots[life] - self.aside(currency, life)
                if end is not None and end <= now and over:
                    self.take_parts(currency, [(life, over)])
                    entries.append(("EXPIRY", currency, -over))
        return entries

    def sweep(self, now: datetime) -> None:
        if entries := self.settle(now):
            self.records.append(entries)

    def used(self, currency: str, until: datetime) -> None:
        if currency == "credit":
            self.idle = max(until, self.idle or until)

    def put(self, kind: str, currency: str, points: int, life: Life) -> Entry:
        paid = min(points, self.owed[currency])
        self.owed[currency] -= paid
        if points > paid:
            self.lots[currency][life] = self.lots[currency].get(life, 0) + points - paid
        return (kind, currency, points)

    def take_parts(self, currency: str, parts: Taken) -> None:
        for life, points in parts:
            self.lots[currency][life] -= points
            if not self.lots[currency][life]:
                del self.lots[currency][life]

    def choose(self, currency: str, points: int, now: datetime) -> Taken:
        available = self.available(currency, now)
        if available < points:
            raise Refusal("InsufficientPoints", points, available)
        first = self.terms.first if currency == "card" else ""

        def order(life: Life) -> tuple[bool, datetime, datetime]:
            end = self.end(currency, life) or datetime.max
            return (not (life[2] or "").startswith(first), end, life[0] or datetime.min)

        return self.portions(currency, sorted(self.usable(currency, now), key=order), points)

    def portions(self, currency: str, lives: list[Life], points: int) -> Taken:
        taken: Taken = []
        for life in lives:
            part = min(points, self.lots[currency][life] - self.aside(currency, life))
            if part > 0:
                taken.append((life, part))
                points -= part
        return taken

    # The verbs

    def give(self, now: datetime, currency: str, points: int) -> Life:
        entries = self.settle(now)
        life: Life = (None, None, "BONUS" if currency == "card" else None)
        if currency == "points":
            usable = end_of_day(local_day(now) + timedelta(days=10))
            life = (usable, end_of_day(two_months_later(local_day(now))), None)
        self.used(currency, end_of_day(two_months_later(local_day(now))))
        entries.append(self.put("ACCRUAL", currency, points, life))
        self.records.append(entries)
        return life

    def spend(self, now: datetime, currency: str, points: int) -> Taken:
        entries, taken = self.settled(now, lambda: self.choose(currency, points, now))
        self.take_parts(currency, taken)
        self.used(currency, end_of_day(two_months_later(local_day(now))))
        self.records.append([*entries, ("REDEMPTION", currency, -points)])
        return taken

    def settled(self, now: datetime, choose: Callable[[], Taken]) -> tuple[list[Entry], Taken]:
        """Settle, and choose; nothing is settled where the choice is refused."""
        before = ({c: dict(lots) for c, lots in self.lots.items()}, dict(self.holds))
        entries = self.settle(now)
        try:
            return entries, choose()
        except Refusal:
            self.lots, self.holds = before
            raise

    def hold(self, now: datetime, name: str, currency: str, points: int, seconds: int) -> None:
        entries, taken = self.settled(now, lambda: self.choose(currency, points, now))
        self.holds[name] = Held(currency, now + timedelta(seconds=seconds), taken)
        self.records.append(entries)

    def known(self, name: str) -> Taken:
        if name not in self.holds:
            raise Refusal("HoldUnknown")
        return self.holds[name].parts

    def confirm(self, now: datetime, name: str) -> None:
        entries, taken = self.settled(now, lambda: self.known(name))
        currency = self.holds.pop(name).currency
        self.take_parts(currency, taken)
        self.used(currency, end_of_day(two_months_later(local_day(now))))
        points = sum(part for _, part in taken)
        self.records.append([*entries, ("REDEMPTION", currency, -points)])

    def release(self, now: datetime, name: str) -> None:
        entries, _ = self.settled(now, lambda: self.known(name))
        self.records.append([*entries, *self.let_go(name), *self.settle(now)])

    def let_go(self, name: str) -> list[Entry]:
        """Drop a hold; what it frees pays what is owed, those that end first."""
        currency = self.holds.pop(name).currency
        entries = self.take_bonus()
        lives = [life for life in self.lots[currency] if not (life[2] or "").startswith("PAID")]
        lives.sort(key=lambda life: self.end(currency, life) or datetime.max)
        taken = self.portions(currency, lives, self.owed[currency])
        self.take_parts(currency, taken)
        self.owed[currency] -= (paid := sum(part for _, part in taken))
        return [*entries, *([("CLAWBACK", currency, 0)] if paid else [])]

    def take_bonus(self) -> list[Entry]:
        """Take what is free of the bonuses whose top-up was paid back."""
        taken = [part for mark in self.paid_back for part in self.unspent(f"BONUS:{mark}")]
        self.take_parts("card", taken)
        points = sum(part for _, part in taken)
        return [("CLAWBACK", "card", -points)] if points else []

    def claw(self, now: datetime, currency: str, points: int, own: Life) -> None:
        entries = self.settle(now)
        policy = self.terms.policy if currency == "points" else "WITHIN_BALANCE"
        policy = "ALLOW_NEGATIVE" if currency == "credit" else policy

        def waits(life: Life) -> bool:
            return life[0] is not None and life[0] > now

        lives = [life for life in self.lots[currency] if not (life[2] or "").startswith("PAID")]
        if policy == "ONLY_PENDING":
            lives = [life for life in lives if waits(life)]
        lives.sort(
            key=lambda life: (
                life != own,
                not waits(life),
                self.end(currency, life) or datetime.max,
            )
        )
        taken = self.portions(currency, lives, points)
        self.take_parts(currency, taken)
        had = sum(part for _, part in taken)
        owed = points - had if policy == "ALLOW_NEGATIVE" else 0
        self.owed[currency] += owed
        if had + owed:
            entries.append(("CLAWBACK", currency, -had - owed))
        self.records.append(entries)

    def give_back(
        self, now: datetime, currency: str, taken: Taken, points: int, *, by_choice: bool
    ) -> None:
        """Give points of a debit back, those that end last first."""
        entries, parts = self.settle(now), []
        for life, amount in reversed(taken):
            parts.append((life, min(points, amount)))
            points -= parts[-1][1]
        entries += self.put_back("REINSTATEMENT", now, currency, parts, by_choice=by_choice)
        self.records.append([*entries, *self.settle(now)])

    def put_back(
        self, kind: str, now: datetime, currency: str, parts: Taken, *, by_choice: bool = False
    ) -> list[Entry]:
        least = end_of_day(local_day(now) + timedelta(days=7 if currency == "credit" else 30))
        if not by_choice:
            self.used(currency, least)
        entries = []
        for life, points in parts:
            if points:
                ended = life[1] is not None and life[1] <= now and not by_choice
                again = (AGAIN, least, life[2]) if ended and life[0] != AGAIN else life
                entries.append(self.put(kind, currency, points, again))
                entries += self.take_bonus()
        return entries

    def top_up(self, now: datetime, mark: str) -> None:
        entries = self.settle(now)
        entries.append(self.put("TOP_UP", "card", 60, (None, None, f"PAID:{mark}")))
        entries.append(self.put("TOP_UP", "card", 20, (None, None, f"BONUS:{mark}")))
        self.records.append(entries)

    def unspent(self, part: str) -> Taken:
        return self.portions("card", [life for life in self.lots["card"] if life[2] == part], 99)

    def to_pay_back(self, mark: str) -> Taken:
        if not (paid := self.unspent(f"PAID:{mark}")):
            raise Refusal("NothingToPayBack")
        return paid

    def pay_back(self, now: datetime, mark: str) -> int:
        entries, paid = self.settled(now, lambda: self.to_pay_back(mark))
        self.take_parts("card", paid)
        self.paid_back.add(mark)
        entries.append(("RELEASE", "card", -paid[0][1]))
        self.records.append([*entries, *self.take_bonus()])
        return paid[0][1]

    def send(self, now: datetime, points: int) -> Taken:
        month = (local_day(now).year, local_day(now).month)
        left = 100 - self.sent.get(month, 0)
        if points < 5:
            raise Refusal("TransferTooSmall", points, 5)
        for limit in (60, left):
            if points > limit:
                raise Refusal("TransferTooLarge", points, limit)
        entries, taken = self.settled(now, lambda: self.choose("credit", points, now))
        self.take_parts("credit", taken)
        self.used("credit", end_of_day(two_months_later(local_day(now))))
        self.sent[month] = self.sent.get(month, 0) + points
        self.records.append([*entries, ("TRANSFER_OUT", "credit", -points)])
        return taken

    def receive(self, now: datetime, parts: Taken) -> None:
        entries = self.settle(now)
        self.records.append([*entries, *self.put_back("TRANSFER_IN", now, "credit", parts)])
