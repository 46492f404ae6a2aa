"""A member at Torget as they stand before each nudge is sent, and what that nudge is about."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from loyalty import program
from loyalty.members import MemberStatus, Profile
from loyalty.program import NudgeTrigger
from loyalty.push import Delivery
from loyalty.push.payloads import Notification
from loyalty.push.service import news, nudges, wording
from loyalty.push.service.readers import Reader
from loyalty.states import State

NOW = datetime(2026, 3, 30, 9, 0)  # 11:00 in Stockholm
MEMBER = "mbr_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b"
HELD = f"off_{MEMBER.removeprefix('mbr_')}_1"
MIDNIGHT = datetime(2026, 3, 31, 22, 0)  # the end of 31 March in Stockholm

TORGET = """
format: 1
id: torget
name: Torget
money: SEK
time_zone: Europe/Stockholm
currencies: [{id: points, name: points, expiry: {mode: ROLLING, months: 12}}]
earning_rules:
  - {id: one, name: One, currency: points, effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}}
ladders:
  - id: main
    name: Main
    window: CALENDAR_YEAR
    tiers:
      - {id: basic, name: Basic}
      - id: gold
        name: {en: Gold, da: Guld, sv: Guld, nb: Gull, fi: Kulta}
        threshold: {spend: "1000.00"}
        benefits: [{id: ship, kind: FREE_SHIPPING, name: {en: Free delivery, sv: Fri frakt}}]
offers:
  - id: coffee
    kind: FREE_PRODUCT
    name: {en: Coffee, da: Kaffe, sv: Kaffe, nb: Kaffe, fi: Kahvi}
    products: [c1]
    price: {points: 100, currency: points}
    valid_days: 30
challenges:
  - id: visits
    name: {en: Spring, da: Forår, sv: Vår, nb: Vår, fi: Kevät}
    triggers: [{trigger: VISIT}]
    target: 4
    period: MONTH
    grants: [{points: 50, currency: points}, {offer: coffee}]
referral:
  link: https://torget.example.com/{code}
  referrer: {gives: [{points: 100, currency: points}]}
nudges:
"""
EVERY = "".join(f"  - {{on: {trigger}}}\n" for trigger in NudgeTrigger)
PROGRAM = program.parse(TORGET + EVERY)


def wallet(points: int, expires_at: datetime = MIDNIGHT) -> dict[str, Any]:
    """Write a wallet of one lot."""
    lot = {"id": "l1", "amount": points, "remaining": points, "expires_at": expires_at}
    return {"accounts": {"points": {"balance": points, "lots": [lot], "carry": {}}}}


def standing(spend: int, tier: str = "basic", reached_at: datetime = NOW) -> dict[str, Any]:
    """Write where a member stands, by what they spent this year in minor units."""
    tallies = {"2026-01-01": [spend, 1, 0]}
    return {"main": {"tier": tier, "reached_at": reached_at, "tallies": tallies}}


def visits(count: int, given: int = 0) -> dict[str, Any]:
    """Write how far a member is in this month's challenge."""
    progress = {"count": count, "given": {"visits": given} if given else {}, "last": "2026-03-31"}
    return {"parts": {"visits": {"periods": {"2026-03": progress}}}}


def held(state: str = "ISSUED", expires_at: datetime = MIDNIGHT) -> dict[str, Any]:
    """Write a coffee that a member has."""
    one = {"id": HELD, "offer": "coffee", "state": state, "version": 1, "issued_at": NOW}
    return {"issued": 1, "helds": [{**one, "expires_at": expires_at}]}


SEEN = {"seen_at": NOW - timedelta(days=60)}
STEP = {"challenge": "visits", "period": "2026-03", "passed": 0}
EXPIRING = {"currency": "points", "on": "2026-03-31", "days": 1}
EARNED = {"currency": "points", "points": 42, "activity": "purchase"}


@dataclass(frozen=True)
class Case:
    """An occasion: what it is about, and how the member stands as it is told."""

    trigger: str
    data: dict[str, Any] = field(default_factory=dict)
    sections: dict[str, Any] = field(default_factory=dict)
    first_name: str | None = "Astrid"
    now: datetime = NOW
    zone: str = "Europe/Stockholm"

    @property
    def profile(self) -> Profile:
        """Give who reads it."""
        profile = Profile(MemberStatus.ACTIVE, NOW, "en-GB", self.zone)
        return replace(profile, first_name=self.first_name, birth_date=date(1990, 3, 30))

    def told(self, locale: str = "en-GB") -> Notification | None:
        """Write it for the member, or None where it is not true any more."""
        profile = replace(self.profile, locale=locale)
        document = {"profile": {"enrolled_at": NOW - timedelta(days=400)}, **self.sections}
        reader = Reader(State(MEMBER, 9, document, []), profile, PROGRAM, self.now)
        trigger = NudgeTrigger(self.trigger)
        found = news.NEWS[trigger](reader, self.delivery())
        return wording.written(trigger, found, "id_1", reader) if found else None

    def delivery(self) -> Delivery:
        """Give what waits to be sent."""
        waiting = nudges.delivery(NudgeTrigger(self.trigger), "id_1", MEMBER)
        return replace(waiting, data=self.data, created_at=NOW)


CASES = [
    Case("POINTS_EARNED", EARNED, {"wallet": wallet(1_200)}),
    Case("POINTS_EARNED", {**EARNED, "activity": "event", "points": 1}, {"wallet": wallet(1)}),
    Case("TIER_REACHED", {"ladder": "main", "tier": "gold"}, {"tiers": standing(100_000, "gold")}),
    Case("CHALLENGE_PROGRESS", {**STEP, "mark": "50"}, {"challenges": visits(2)}),
    Case("CHALLENGE_PROGRESS", {**STEP, "mark": "last"}, {"challenges": visits(3)}),
    Case("CHALLENGE_REACHED", {"challenge": "visits", "level": "visits"}),
    Case("NEAR_REWARD", {"offer": "coffee"}, {"wallet": wallet(80)}),
    Case("NEAR_REWARD", {"offer": "coffee"}, {"wallet": wallet(100)}),
    Case("NEAR_TIER", {"ladder": "main"}, {"tiers": standing(80_000)}),
    Case(
        "POINTS_EXPIRING",
        {**EXPIRING, "on": "2026-04-06"},
        {"wallet": wallet(500, datetime(2026, 4, 6, 22))},
    ),
    Case("POINTS_EXPIRING", EXPIRING, {"wallet": wallet(500)}),
    Case("POINTS_EXPIRING", EXPIRING, {"wallet": wallet(1)}, now=NOW + timedelta(days=1)),
    Case("OFFER_ENDING", {"held": HELD}, {"offers": held()}),
    Case("OFFER_ENDING", {"held": HELD}, {"offers": held()}, now=NOW + timedelta(days=1)),
    Case("OFFER_ENDING", {"held": HELD}, {"offers": held(expires_at=datetime(2026, 4, 1, 8))}),
    Case("OFFER_RECEIVED", {"held": HELD}, {"offers": held()}),
    Case("WELCOME"),
    Case("BIRTHDAY"),
    Case("BIRTHDAY", first_name=None),
    Case("WIN_BACK", {}, {"engagement": SEEN}),
    Case("WIN_BACK", {}, {"engagement": SEEN, "wallet": wallet(720)}),
    Case("REFERRAL_REWARDED", {"friend": "x"}),
    Case("REFUND_BOOKED", {"refunded": 12_900, "points": {"points": 12}}, {"wallet": wallet(708)}),
    Case("REFUND_BOOKED", {"refunded": 12_900, "points": {}}, {"wallet": wallet(708)}),
]
"""Each trigger in each of the forms that it is told in."""
