"""Whether a member may have an offer: how far away it is, what is next, what goes together."""

from datetime import date, datetime
from typing import Any

import pytest

from loyalty import program
from loyalty.offers import rules
from loyalty.offers.rules import Asking, Choice, Holding, refusals
from loyalty.program import Program, Who, terms
from loyalty.wallets import InsufficientPoints
from schema.refusals import user_error

HEAD = "format: 1\nid: p\nname: p\nmoney: EUR\ntime_zone: Europe/Helsinki\n"
CURRENCIES = "currencies: [{id: points, name: points}, {id: credit, kind: STORE_CREDIT, name: c}]\n"
LADDER = (
    "ladders: [{id: l, name: l, tiers: [{id: basic, name: Basic},"
    " {id: gold, name: {en: Gold, fi: Kulta}, threshold: {purchases: 3}}]}]\n"
)
NOW = datetime(2026, 3, 4, 12, 0)  # a Wednesday


def offer(text: str, offer_id: str = "o") -> tuple[Program, terms.Offer]:
    offers = f"offers: [{{id: {offer_id}, name: o, kind: CUSTOM{text}}}]\n"
    parsed = program.parse(HEAD + CURRENCIES + LADDER + offers)
    return parsed, parsed.offers[0]


def why_not(text: str, left: int | None = None, **asked: Any) -> tuple[object, ...]:
    parsed, wanted = offer(text)
    who, taken = asked.pop("who", Who()), asked.pop("taken", {})
    asking = Asking(who, Holding(taken={"o": taken}), asked.pop("available", {}), NOW)
    return rules.obstacles(wanted, parsed, asking, left)


@pytest.mark.parametrize(
    ("per", "taken_on", "again_on"),
    [
        ("DAY", date(2026, 3, 4), date(2026, 3, 5)),
        ("WEEK", date(2026, 3, 2), date(2026, 3, 9)),
        ("MONTH", date(2026, 3, 1), date(2026, 4, 1)),
        ("YEAR", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_a_limit_counts_from_the_first_local_day_of_its_period(
    per: str, taken_on: date, again_on: date
) -> None:
    text = f", limits: [{{count: 1, per: {per}}}]"
    reached = refusals.OfferLimitReached("o", 1, per, again_on)
    assert why_not(text, taken={taken_on.isoformat(): 1}) == (reached,)
    before = date.fromordinal(taken_on.toordinal() - 1)
    assert why_not(text, taken={before.isoformat(): 1}) == ()
    assert why_not(text.replace("count: 1", "count: 2"), taken={taken_on.isoformat(): 1}) == ()


def test_ever_counts_the_days_that_ran_together_too() -> None:
    assert why_not(", limits: [{count: 2}]", taken={"": 1, "2026-03-04": 1}) == (
        refusals.OfferHadAlready("o", 2),
    )


def test_every_reason_is_told_in_one_go() -> None:
    text = (
        ", audience: {tiers: [gold], segments: [vip]}, stock: 3,"
        " price: {points: 5, currency: points}"
    )
    found = why_not(text, left=0, available={"points": 1})
    kinds = [type(one).__name__ for one in found]
    assert kinds == ["TierNeeded", "OfferNotForYou", "OfferSoldOut", "InsufficientPoints"]
    who = Who(tiers=frozenset({"gold"}), segments=frozenset({"vip"}))
    assert why_not(text, left=1, available={"points": 5}, who=who) == ()


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", "Only for Gold."),
        ("fi", "Vain tasoille: Kulta."),
        ("sv", "Bara för Gold."),
        ("da", "Kun for Gold."),
        ("nb", "Bare for Gold."),
    ],
)
def test_a_tier_is_named_in_the_language_of_the_reader(locale: str, said: str) -> None:
    [needed] = why_not(", audience: {tiers: [gold]}")
    assert isinstance(needed, refusals.TierNeeded)
    assert user_error(needed, locale).message == said


def test_early_access_is_for_its_tier() -> None:
    text = (
        ", starts_at: '2026-10-01T00:00:00+03:00',"
        " early_access: [{tier: gold, starts_at: '2026-03-01T00:00:00+02:00'}]"
    )
    [later] = why_not(text)
    assert isinstance(later, refusals.OfferNotYet)
    assert user_error(later, "en").message == "From October 1."
    assert user_error(later, "fi").message == "Alkaen 1. lokakuuta."
    assert why_not(text, who=Who(tiers=frozenset({"gold"}))) == ()


def test_a_price_in_money_is_missed_by_money() -> None:
    [short] = why_not(", price: {points: 500, currency: credit}", available={"credit": 250})
    assert short == InsufficientPoints("credit", 500, 250, "EUR")


def test_the_next_reward_is_the_nearest_that_only_lacks_points() -> None:
    def choice(offer_id: str, *why: Any) -> Choice:
        return Choice(offer("", offer_id)[1], why)

    near = choice("near", InsufficientPoints("points", 100, 88))
    far = choice("far", InsufficientPoints("points", 200, 88))
    sold = choice(
        "sold", refusals.OfferSoldOut("sold", False), InsufficientPoints("points", 90, 88)
    )
    assert rules.next_best([choice("free"), far, sold, near]) is near
    assert near.short == 12
    assert rules.next_best([choice("free"), sold]) is None


def test_what_goes_together() -> None:
    plain, other = offer("", "plain")[1], offer("", "other")[1]
    alone = offer(", exclusive: true", "alone")[1]
    one, two = offer(", group: summer", "one")[1], offer(", group: summer", "two")[1]
    assert rules.conflicts([plain, other, one]) == ()
    assert rules.conflicts([plain, alone]) == (refusals.OffersExclude("plain", "alone"),)
    assert rules.conflicts([one, plain, two]) == (refusals.OffersExclude("one", "two"),)
