"""A plan of faults: its shares hold, and the same targets are hit whenever it is used."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from api.fcm_standin import BadPlan, FaultPlan, Share, read_plan
from api.fcm_standin.faults import Burst, Faults

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "faults.yaml"
TARGETS = [f"fid-{number}" for number in range(40_000)]


def hit(plan: FaultPlan) -> dict[str, str]:
    """Name the fault of each target that is hit."""
    shares = {target: plan.share_of(target) for target in TARGETS}
    return {target: share.fault for target, share in shares.items() if share}


def test_shares_are_as_large_as_they_are_said_to_be() -> None:
    plan = read_plan(BENCHMARK)
    found = Counter(hit(plan).values())
    for share in plan.shares:
        expected = float(share.percent) / 100 * len(TARGETS)
        assert abs(found[share.fault] - expected) < 5 * expected**0.5  # five deviations


def test_who_is_hit_depends_on_the_seed_and_the_target_alone() -> None:
    plan = read_plan(BENCHMARK)
    again = FaultPlan.model_validate(plan.model_dump())
    assert hit(plan) == hit(again)
    other = plan.model_copy(update={"seed": plan.seed + 1})
    assert hit(other) != hit(plan)


def test_a_share_may_be_as_small_as_a_thousandth_of_a_percent_or_all() -> None:
    one = FaultPlan(shares=(Share(fault="hang", percent=Decimal("0.001")),))
    assert sum(one.share_of(f"t{n}") is not None for n in range(200_000)) in range(1, 8)
    everybody = FaultPlan(shares=(Share(fault="hang", percent=Decimal(100)),))
    assert all(everybody.share_of(target) for target in TARGETS[:1_000])


def test_a_target_is_refused_as_often_as_its_share_says() -> None:
    def statuses(times: int) -> list[int | None]:
        share = Share(fault="e503-7", percent=Decimal(100), times=times)
        faults = Faults(FaultPlan(shares=(share,)))
        met = [faults.of("a") for _ in range(3)]
        return [fault.answer.status if fault and fault.answer else None for fault in met]

    assert statuses(2) == [503, 503, None]
    assert statuses(0) == [503, 503, 503]


def test_a_burst_meets_everybody_and_passes() -> None:
    faults = Faults(FaultPlan(bursts=(Burst(fault="e429-1", every=3, count=2),)))
    met = [faults.of(f"t{number}") for number in range(11)]
    assert [fault is not None for fault in met] == [False, False, False, True, True] * 2 + [False]
    assert met[3]
    assert met[3].answer
    assert met[3].answer.headers()["retry-after"] == "1"


def test_a_name_goes_before_the_plan() -> None:
    share = Share(fault="hang", percent=Decimal(100))
    met = Faults(FaultPlan(shares=(share,))).of("slow-200:a")
    assert met
    assert (met.answer, met.accepted, met.after_ms) == (None, True, 200)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("shares: [{fault: e599, percent: 1}]", "shares.0.fault: .*`e599` is no fault"),
        ("shares: [{fault: hang, percent: 101}]", "shares.0.percent"),
        ("shares: [{fault: hang, percent: 60}, {fault: e500, percent: 60}]", "more than 100 %"),
        ("bursts: [{fault: e429, every: 0, count: 1}]", "bursts.0.every"),
        ("share: []", "share: Extra"),
        ("shares: [", "while parsing"),
    ],
)
def test_a_wrong_plan_is_refused_with_its_mistake(tmp_path: Path, source: str, said: str) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(BadPlan, match=said):
        read_plan(path)
