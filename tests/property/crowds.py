"""Random members for segments: documents as the nouns write them, some sections missing.

Each is made from a seed, many at a time, so that one example asks about a whole crowd.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from loyalty.activities import Purchase
from loyalty.activities.rules import (
    NOTHING_REFUNDED,
    Refund,
    Refunded,
    RefundLine,
    all_bought,
    refunded_with,
)
from loyalty.activities.store import REFUNDS, Refunds, to_document
from loyalty.challenges import EFFORTS, Achievement
from loyalty.challenges.rules import Efforts, Participation, Progress
from loyalty.errors import BadInput, Refused
from loyalty.members import Channel, Consent, MemberStatus, Profile, Purpose
from loyalty.members.store import to_document as profile_document
from loyalty.mongo import Document
from loyalty.plans.rules import Membership, Stretch
from loyalty.plans.store import Holdings
from loyalty.plans.store import to_document as plans_document
from loyalty.program import Line
from loyalty.tiers.rules import Standing, Tally
from loyalty.tiers.store import to_document as tiers_document
from loyalty.wallets.rules.accounts import Account, Allocation, Hold, Lot, Wallet
from loyalty.wallets.store import WALLET

TERMS = """
format: 1
id: segments
name: Segments
money: EUR
time_zone: Europe/Copenhagen
earn_base: {tax: EXCLUDED}
currencies:
  - {id: points, name: points, expiry: {mode: INACTIVITY, months: 2}}
  - {id: credit, name: credit, kind: STORE_CREDIT, pending_days: 14}
ladders:
  - id: main
    name: Main
    window: CALENDAR_YEAR
    validity: {kind: MONTHS, months: 6, grace_days: 10}
    tiers:
      - {id: basic, name: Basic}
      - {id: silver, name: Silver, threshold: {purchases: 3}}
      - {id: gold, name: Gold, threshold: {purchases: 6}}
  - id: club-2
    name: Club
    tiers: [{id: friend, name: Friend, threshold: {spend: "100.00"}}]
plans:
  - {id: vip, name: VIP, price: "49.00", period: MONTH, grace_days: 3}
passes:
  - {id: pool, name: Pool, price: "30.00", months: 1}
challenges:
  - {id: trips, name: Trips, target: 10, repeats: true, period: MONTH}
  - id: spring
    name: Spring
    criterion: SUM
    of: SPEND
    starts_on: "2026-03-01"
    ends_on: "2026-10-31"
    joining: OPT_IN
    levels: [{id: half, target: "50.00"}, {id: whole, target: "99.50"}]
  - {id: tastes, name: Tastes, criterion: DISTINCT, of: CATEGORIES, target: 5, period: YEAR}
  - {id: daily, name: Daily, criterion: STREAK, of: DAYS, target: 7}
  - {id: weekly, name: Weekly, criterion: STREAK, of: WEEKS, target: 4, period: YEAR}
"""

MOMENTS = [
    datetime(2026, 3, 28, 22, 59, 59, 999_000),  # a minute before the short day of spring
    datetime(2026, 3, 28, 23, 0),
    datetime(2026, 3, 29, 12, 0),
    datetime(2026, 10, 25, 0, 30),  # in the hour that is there twice
    datetime(2026, 10, 25, 23, 0),
    datetime(2026, 2, 28, 12, 0),
    datetime(2028, 2, 29, 12, 0),
    datetime(2026, 12, 31, 23, 30),  # next year, where the program is at home
]
NAMES = ["tea", "cake", "$tea", "a.b", "$$ROOT", "", "€ö"]
DAYS = [1, 2, 7, 30, 365]
LOCALES = ["da", "da-DK", "sv", "sv-FI", "fi", "en-GB"]
ZONES = ["Europe/Copenhagen", "Europe/Helsinki", "America/New_York"]


@dataclass(frozen=True)
class Person:
    """A member's document, and what was bought, with what was given back of each."""

    document: Document
    purchases: list[tuple[Purchase, Refunded | None]]
    claims: list[Document]

    def bought(self, since: datetime, terms: Any) -> Any:
        """Add up what was bought since an instant."""
        return all_bought((one for one in self.purchases if one[0].occurred_at >= since), terms)


class Crowd:
    """Make people around an instant."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.chance = Random(seed)
        self.now = now

    def ago(self) -> datetime:
        """Give an instant of before, often just at the beginning of a local day."""
        if self.chance.random() < 0.4:
            edge = self.chance.choice([22, 23])
            day = self.now - timedelta(days=self.chance.choice([0, 1, 2, 6, 7, 29, 30, 31, 365]))
            shift = timedelta(milliseconds=self.chance.choice([-1, 0, 1]))
            return min(self.now, day.replace(hour=edge, minute=0, second=0, microsecond=0) + shift)
        return self.now - timedelta(minutes=self.chance.randrange(0, 60 * 24 * 500))

    def around(self) -> datetime:
        """Give an instant of before or to come, often now."""
        minutes = self.chance.choice([0, 0, 1, -1, 60 * 24 * 20, -60 * 24 * 20])
        return self.now + timedelta(minutes=minutes)

    def later(self) -> datetime:
        """Give an instant to come."""
        return self.now + timedelta(minutes=self.chance.choice([1, 60 * 24 * 20]))

    def maybe(self, value: Any) -> Any:
        """Give something, or nothing."""
        return value if self.chance.random() < 0.5 else None

    def person(self, member_id: str) -> Person:
        """Make a member."""
        chance = self.chance
        purchases = [self._purchase(member_id, n) for n in range(chance.choice([0, 0, 1, 2, 5]))]
        refunds = {f"purchase:till:{p.id}": part for p, part in purchases if part}
        sections: Document = {
            "wallet": WALLET.write(self._wallet()),
            "tiers": tiers_document(self._standings()),
            "plans": plans_document(self._plans()),
            "challenges": EFFORTS.write(self._efforts()),
            "engagement": {
                f"{event}_at": self.ago()
                for event in ("seen", "opened", "clicked")
                if self.maybe(1)
            },
        }
        kept = {name: section for name, section in sections.items() if chance.random() < 0.8}
        if purchases:
            kept["activity"] = {
                "purchases": chance.choice([0, 1, 2, 3, len(purchases)]),
                "spend": chance.choice([0, 999, 1_000, 5_000, 123_456]),
                "kept_at": [max(purchase.occurred_at for purchase, _ in purchases)],
            }
        if refunds:
            kept["refunds"] = REFUNDS.write(Refunds(refunds))
        document = {"_id": member_id, "seq": 1, "recent": [], "profile": self._profile(), **kept}
        claims = [to_document(purchase) for purchase, _ in purchases]
        return Person(document, purchases, [*claims, self._refused(member_id)])

    def _profile(self) -> Document:
        chance = self.chance
        status = chance.choice([*[MemberStatus.ACTIVE] * 8, *MemberStatus])
        born = chance.choice(
            [None, date(2008, 2, 29), date(2000, 2, 28), date(2008, 3, 1),
             date(1960, 12, 31), date(self.now.year - 19, self.now.month, min(self.now.day, 28))]
        )  # fmt: skip
        pairs = [(purpose, channel) for purpose in Purpose for channel in Channel]
        consents = tuple(
            Consent(*pair, chance.random() < 0.5, self.now, "app")
            for pair in pairs
            if chance.random() < 0.4
        )
        labels = tuple(sorted(chance.sample(["vip", "$vip", "a.b"], chance.randrange(3))))
        return profile_document(
            Profile(status, self.ago(), chance.choice(LOCALES), chance.choice(ZONES),
                    birth_date=born, consents=consents, segments=labels)
        )  # fmt: skip

    def _wallet(self) -> Wallet:
        return Wallet({code: self._account(code) for code in ("points", "credit") if self.maybe(1)})

    def _account(self, code: str) -> Account:
        """Make an account; every second is one that nothing of is over."""
        chance = self.chance
        ends = chance.choice([self.around, self.later])
        lots = tuple(
            Lot(f"lot-{n}", 100, chance.choice([1, 50, 100]), self.maybe(self.around()),
                self.maybe(ends()))
            for n in range(chance.randrange(4))
        )  # fmt: skip
        left = {lot.id: lot.remaining for lot in lots}
        holds = []
        for n in range(chance.choice([0, 0, 1, 2])):
            taken = {lot: chance.randint(1, free) for lot, free in left.items() if free}
            left = {lot: free - taken.get(lot, 0) for lot, free in left.items()}
            parts = tuple(Allocation(lot, part) for lot, part in taken.items())
            holds.append(Hold(f"hold-{n}", sum(taken.values()), ends(), parts))
        return Account(
            code, lots, holds=tuple(hold for hold in holds if hold.allocations),
            arrears=chance.choice([0, 0, 30]), ends_at=self.maybe(ends()),
        )  # fmt: skip

    def _standings(self) -> dict[str, Standing]:
        tallies = {date.min: Tally(purchases=self.chance.randrange(8))}
        until = self.maybe((self.now + timedelta(days=self.chance.choice([-300, -5, 5]))).date())
        due = datetime.combine(until, datetime.min.time()) if until else None
        tier = self.chance.choice([None, "basic", "silver", "gold", "gone"])
        main = Standing(tier, self.ago(), tallies, until if tier else None, due if tier else None)
        club = Standing(self.chance.choice([None, "friend"]), None, {})
        found = {"main": main, "club-2": club}
        return {ladder: standing for ladder, standing in found.items() if self.maybe(1)}

    def _plans(self) -> Holdings:
        return Holdings({plan: self._membership() for plan in ("vip", "pool") if self.maybe(1)})

    def _membership(self) -> Membership:
        ends = [self.around() for _ in range(self.chance.randrange(3))]
        day = self.now.date()
        paid = tuple(Stretch(f"p{n}", day, day, at, at + timedelta(days=3))
                     for n, at in enumerate(ends))  # fmt: skip
        cancelled, refunded = self.maybe(self.ago()), self.chance.choice([None, None, self.now])
        return Membership(self.around(), paid, cancelled, refunded)

    def _efforts(self) -> Efforts:
        chance = self.chance
        today, parts = self.now.date(), {}
        keys = {"trips": f"{today:%Y-%m}", "spring": "2026-03-01", "tastes": f"{today:%Y}",
                "daily": "all", "weekly": f"{today:%Y}"}  # fmt: skip
        for challenge, key in keys.items():
            ordinal = today.toordinal()
            here = (ordinal - 1) // 7 if challenge == "weekly" else ordinal
            last = chance.choice([0, 1, 1, 2])
            numbers = {here - last - chance.choice([0, 1, 2, 3, 9]) for _ in range(6)}
            seen = {str(n): 1 for n in sorted(numbers)}
            progress = Progress(chance.choice([0, 5, 8, 10, 15, 4_975, 9_949, 9_950]), seen)
            joined = self.maybe(self.around())
            if self.maybe(1):
                parts[challenge] = Participation(joined, {key: progress} if self.maybe(1) else {})
        made = [Achievement("spring", level, 1, self.now, self.now) for level in ("half", "whole")]
        return Efforts(parts, tuple(chance.sample(made, chance.randrange(3))))

    def _purchase(self, member_id: str, n: int) -> tuple[Purchase, Refunded | None]:
        chance = self.chance
        lines = tuple(
            Line(amount := chance.choice([0, 1, 999, 5_000, 10**11]), chance.randint(1, 3),
                 category=chance.choice([None, *NAMES]), tax=amount // 5)
            for _ in range(chance.randrange(4))
        )  # fmt: skip
        shipping = chance.choice([0, 0, 490])
        total = sum(line.amount for line in lines) + shipping
        purchase = Purchase(
            "till", f"{member_id}-{n}", member_id, self.ago(), "EUR", total, lines, shipping,
            points_payment=chance.choice([0, total // 3]), store=chance.choice([None, *NAMES[:4]]),
        )  # fmt: skip
        if chance.random() < 0.5:
            return purchase, None
        part = tuple(RefundLine(at) for at in range(len(lines)) if chance.random() < 0.6)
        refund = Refund("till", "r", self.now, "till", purchase.id, lines=part)
        try:
            return purchase, refunded_with(purchase, NOTHING_REFUNDED, refund)
        except (Refused, BadInput):
            return purchase, None

    def _refused(self, member_id: str) -> Document:
        """Make a report that was refused in the end."""
        purchase, _ = self._purchase(member_id, 99)
        return to_document(purchase) | {"refused": "MEMBER_NOT_ACTIVE"}
