"""Uplift against a holdout: the published examples of Newcombe's method 10, and what is said."""

from decimal import Decimal

import pytest

from loyalty.push.rules.uplift import Share, Verdict, compare, wilson

# Newcombe (1998), table II, examples (a) to (h), method 10.
PUBLISHED = [
    ((56, 70), (48, 80), "0.0524", "0.3339"),
    ((9, 10), (3, 10), "0.1705", "0.8090"),
    ((6, 7), (2, 7), "0.0582", "0.8062"),
    ((5, 56), (0, 29), "-0.0381", "0.1926"),
    ((0, 10), (0, 20), "-0.1611", "0.2775"),
    ((0, 10), (0, 10), "-0.2775", "0.2775"),
    ((10, 10), (0, 20), "0.6791", "1.0000"),
    ((10, 10), (0, 10), "0.6075", "1.0000"),
]


def to_four(number: Decimal) -> str:
    return str(number.quantize(Decimal("0.0001")) + 0)


@pytest.mark.parametrize(("first", "second", "low", "high"), PUBLISHED)
def test_the_interval_of_a_difference_is_as_published(
    first: tuple[int, int], second: tuple[int, int], low: str, high: str
) -> None:
    found = compare(Share(*first), Share(*second))
    assert (to_four(found.low), to_four(found.high)) == (low, high)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    # Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I.
    [
        (81, 263, "0.2553", "0.3662"),
        (15, 148, "0.0624", "0.1605"),
        (0, 20, "0.0000", "0.1611"),
        (1, 29, "0.0061", "0.1718"),
        (0, 0, "0.0000", "1.0000"),
    ],
)
def test_the_interval_of_a_share_is_as_published(
    part: int, whole: int, low: str, high: str
) -> None:
    assert tuple(to_four(bound) for bound in wilson(Share(part, whole))) == (low, high)


@pytest.mark.parametrize(
    ("treated", "held_out", "verdict"),
    [
        (Share(600, 9_000), Share(40, 1_000), Verdict.MORE),
        (Share(360, 9_000), Share(70, 1_000), Verdict.LESS),
        (Share(450, 9_000), Share(48, 1_000), Verdict.UNCLEAR),
        (Share(450, 9_000), Share(4, 1_000), Verdict.TOO_FEW),
        (Share(9_000, 9_000), Share(500, 1_000), Verdict.TOO_FEW),
        (Share(450, 9_000), Share(0, 0), Verdict.NO_HOLDOUT),
        (Share(0, 0), Share(5, 10), Verdict.TOO_FEW),
    ],
)
def test_what_too_few_show_is_not_called_a_result(
    treated: Share, held_out: Share, verdict: Verdict
) -> None:
    assert compare(treated, held_out).verdict is verdict
