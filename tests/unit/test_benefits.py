"""What tiers give: a benefit of a higher tier in the place of a lower one's, and quotas."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from loyalty.errors import Refused
from loyalty.program.rules import Benefit, Ladder, QuotaPeriod
from loyalty.tiers.rules import (
    BenefitUsedForGood,
    BenefitUsedUp,
    Uses,
    allowance,
    benefits,
    period_start,
    used,
)

DAY = date(2026, 5, 20)


def fitting(count: int, per: str) -> Benefit:
    quota = {"count": count, "per": per}
    given = {"id": "fitting", "kind": "SERVICE", "name": "Fitting", "quota": quota}
    return Benefit.model_validate(given)


@pytest.mark.parametrize(
    ("per", "begins", "again"),
    [
        ("MONTH", date(2026, 5, 1), date(2026, 6, 1)),
        ("QUARTER", date(2026, 4, 1), date(2026, 7, 1)),
        ("YEAR", date(2026, 1, 1), date(2027, 1, 1)),
        ("EVER", date.min, None),
    ],
)
def test_a_quota_is_used_up_and_comes_back(per: str, begins: date, again: date | None) -> None:
    benefit = fitting(2, per)
    assert period_start(QuotaPeriod(per), DAY) == begins
    uses: Mapping[str, Uses] = {}
    for count in (1, 2):
        uses = used(uses, benefit, DAY)
        assert uses == {"fitting": Uses(begins, count)}
    with pytest.raises(Refused) as refused:
        used(uses, benefit, DAY)
    used_up = (benefit.id, benefit.name, 2)
    expected = BenefitUsedUp(*used_up, again) if again else BenefitUsedForGood(*used_up)
    assert refused.value.refusal == expected
    if again:
        assert used(uses, benefit, again) == {"fitting": Uses(again, 1)}


def test_a_benefit_without_a_quota_is_used_as_often_as_one_likes() -> None:
    shipping = Benefit.model_validate({"id": "s", "kind": "FREE_SHIPPING", "name": "s"})
    assert used({}, shipping, DAY) == {}


def test_an_allowance_says_what_is_left() -> None:
    benefit = fitting(3, "MONTH")
    assert benefit.quota is not None
    left = allowance(benefit, benefit.quota, Uses(date(2026, 5, 1), 1), DAY)
    assert (left.used, left.left, left.again_on) == (1, 2, date(2026, 6, 1))
    fewer = fitting(1, "MONTH")
    assert fewer.quota is not None
    lowered = allowance(fewer, fewer.quota, Uses(date(2026, 5, 1), 2), DAY)
    assert (lowered.used, lowered.left) == (2, 0)


def test_a_higher_tier_s_benefit_takes_the_place_of_the_lower_one_s_of_the_same_id() -> None:
    def tier(name: str, at: int, *given: dict[str, Any]) -> dict[str, Any]:
        return {"id": name, "name": name, "threshold": {"purchases": at}, "benefits": given}

    once = fitting(1, "YEAR").model_dump()
    often = fitting(4, "YEAR").model_dump()
    shipping = {"id": "ship", "kind": "FREE_SHIPPING", "name": "s"}
    ladder = Ladder.model_validate(
        {"id": "l", "name": "l", "tiers": [tier("a", 1, once, shipping), tier("b", 2, often)]}
    )
    high = benefits(ladder, ladder.tiers[1])
    assert [benefit.id for benefit in high] == ["fitting", "ship"]
    assert high[0].quota is not None
    assert high[0].quota.count == 4
