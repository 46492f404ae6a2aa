"""Segments on a real database: members counted, explained and paged; definitions kept by name."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from loyalty import activities, members, program, segments
from loyalty.activities import Refund, RefundLine, Visit
from loyalty.engine import Engine
from loyalty.errors import BadInput, MemberUnknown, Refused
from loyalty.segments import Wording, refusals, saving
from loyalty.segments.service import paging, previewing
from loyalty.states import STATES
from loyalty.walks import Walk
from tests.engines import RICH, START, Clock, enrol, line, purchase, suspend

EVERYONE = {"everyone": True}
TEA = {"category": {"category": "tea", "days": 30}}


async def buy(engine: Engine, member_id: str, order: str, *amounts: int, **named: Any) -> None:
    lines = tuple(line(amount, category="tea" if n else "cups") for n, amount in enumerate(amounts))
    wanted = purchase(member_id, order, sum(amounts), money="EUR", lines=lines, **named)
    await activities.record_purchase(engine, wanted)


async def found(engine: Engine, data: Any) -> list[str]:
    definition = segments.parse(data)
    return await segments.page(engine, definition, "", 100, engine.clock())


@pytest.fixture
async def shop(engine: Engine) -> Engine:
    await program.publish(engine, RICH)
    return engine


async def test_what_was_bought_counts_net_of_what_was_given_back(shop: Engine) -> None:
    anna, bo = await enrol(shop, "anna"), await enrol(shop, "bo")
    await buy(shop, anna, "1", 5_000, 1_000)
    await buy(shop, bo, "2", 5_000)
    await shop.commits.drain()
    assert await found(shop, TEA) == [anna]
    assert await found(shop, {"spend": {"at_least": "60", "days": 1}}) == [anna]
    assert await found(shop, {"spend": {"at_least": "50.00"}}) == [anna, bo]
    refund = Refund("till", "r", START, "till", "1", lines=(RefundLine(1),))
    await activities.record_refund(shop, refund)
    assert await found(shop, TEA) == []
    assert await found(shop, {"not": TEA}) == [anna, bo]
    assert await found(shop, {"spend": {"at_least": "50.00", "at_most": "50", "days": 1}}) == [
        anna,
        bo,
    ]
    assert await found(shop, {"purchases": {"at_least": 1, "days": 30}}) == [anna, bo]


async def test_who_takes_no_part_is_in_no_segment(shop: Engine) -> None:
    anna, bo = await enrol(shop, "anna"), await enrol(shop, "bo")
    await suspend(shop, bo)
    assert await found(shop, {"everyone": True}) == [anna]
    assert await found(shop, {"not": {"label": {"any_of": ["x"]}}}) == [anna]
    state = await members.require(shop, bo)
    assert not await segments.matches(shop, segments.EVERYONE, state, START)
    explained = await segments.explain(shop, segments.EVERYONE, bo, START)
    assert (explained.is_in, explained.status.value) == (False, "SUSPENDED")


async def test_pages_go_on_where_the_last_ended(
    shop: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where one query looks at fewer members than a page may hold."""
    ids = sorted([await enrol(shop, f"m-{n}") for n in range(9)])
    for n, member_id in enumerate(ids):
        if n % 3 == 0:
            await buy(shop, member_id, f"p-{n}", 1_000, 500)
    await shop.commits.drain()
    drinkers = ids[::3]
    others = [one for one in ids if one not in drinkers]
    for looked_at, step in ((20_000, 1_000), (2, 1), (3, 2)):
        monkeypatch.setattr(paging, "LOOKED_AT", looked_at)
        monkeypatch.setattr(paging, "BUYERS_TOGETHER", step)
        for data, expected in ((EVERYONE, ids), (TEA, drinkers), ({"not": TEA}, others)):
            definition, got, after = segments.parse(data), list[str](), ""
            while page := await segments.page(shop, definition, after, 2, START):
                got += page
                after = page[-1]
            assert got == expected


async def test_points_that_expired_are_nobodys_before_they_are_swept(
    shop: Engine, clock: Clock
) -> None:
    """They are in the document still."""
    anna = await enrol(shop)
    await buy(shop, anna, "1", 20_000)
    await shop.commits.drain()
    asked = {
        "all": [{"balance": {"currency": "points", "at_least": 20}}, {"tier": {"is": "silver"}}]
    }
    assert await found(shop, asked) == [anna]
    clock.advance(days=92)
    assert await found(shop, asked) == []
    assert await found(shop, {"balance": {"currency": "points", "at_most": 0}}) == [anna]


async def test_a_preview_counts_and_shows_some(shop: Engine) -> None:
    ids = sorted([await enrol(shop, f"m-{n}") for n in range(30)])
    seen = await segments.preview(shop, segments.EVERYONE, 5, START)
    assert (seen.count, seen.exact, seen.members) == (30, True, 30)
    sample = [state.member_id for state in seen.sample]
    assert len(sample) == 5
    assert sample == sorted(sample)
    assert set(sample) <= set(ids)
    again = await segments.preview(shop, segments.EVERYONE, 5, START)
    assert [state.member_id for state in again.sample] == sample


async def test_names_that_nobody_has_are_warned_of_and_may_be_asked(shop: Engine) -> None:
    """Everyone is meant by a NOT of them; whoever has them next makes them known."""
    anna = await enrol(shop, "anna")
    await members.labels.put(shop, anna, ["complaint"])
    await buy(shop, anna, "1", 1_000, store="copenhagen-1")
    await shop.commits.drain()
    asked = segments.parse(
        {
            "all": [
                {"not": {"label": {"any_of": ["complaint", "complaintt"]}}},
                {"not": {"store": {"store": "copenhagne-1"}}},
                {"not": {"store": {"store": "copenhagen-1"}}},
                {"label": {"any_of": ["complaintt"]}},
            ]
        }
    )
    seen = await segments.preview(shop, asked, 0, START)
    assert [(one.name, one.path) for one in seen.unheard] == [
        ("complaintt", ("all", 0, "not", "label")),
        ("copenhagne-1", ("all", 1, "not", "store")),
    ]
    bo = await enrol(shop, "bo")
    await members.labels.put(shop, bo, ["complaintt"])
    await activities.record_visit(shop, Visit("till", "v", bo, START, store="copenhagne-1"))
    await shop.commits.drain()
    assert await segments.unheard(shop, asked) == ()


@pytest.mark.parametrize("first", [-1, 51])
async def test_a_preview_shows_no_more_than_it_can(shop: Engine, first: int) -> None:
    with pytest.raises(BadInput):
        await segments.preview(shop, segments.EVERYONE, first, START)


async def test_a_preview_ends_where_time_runs_out_and_says_so(
    shop: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await enrol(shop, f"m-{n}") for n in range(10)]
    monkeypatch.setattr(paging, "STEP_LIMIT", 1)
    steps = iter(range(100))

    def hurry() -> datetime:
        return START + timedelta(milliseconds=100 * next(steps))

    hasty = replace(shop, clock=hurry)
    seen = await segments.preview(hasty, segments.EVERYONE, 5, START, timedelta(milliseconds=300))
    assert 0 < seen.count < 10
    assert (seen.exact, seen.members) == (False, 10)
    assert seen.most >= 10
    assert seen.estimate >= seen.count
    patient = await segments.preview(hasty, segments.EVERYONE, 5, START, timedelta.max)
    assert (patient.count, patient.most, patient.exact, patient.estimate) == (10, 10, True, 10)
    assert len(ids) == 10


async def test_a_preview_stops_also_among_members_whom_only_the_rules_can_tell_of(
    shop: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(6):
        await buy(shop, await enrol(shop, f"m-{n}"), str(n), 10_000)
    await shop.commits.drain()
    clock.advance(days=92)  # all of their points have expired, and no worker was there
    monkeypatch.setattr(previewing, "STEP", 1)
    monkeypatch.setattr(previewing, "GLANCED_AT", 2)
    asked = segments.parse({"balance": {"currency": "points", "at_most": 0}})
    seen = await segments.preview(shop, asked, 5, clock(), timedelta(0))
    assert (seen.count, seen.most, seen.exact) == (2, 6, False)


async def test_an_explanation_says_each_part_in_words(shop: Engine) -> None:
    anna = await enrol(shop)
    await buy(shop, anna, "1", 20_000, 50)
    await shop.commits.drain()
    definition = segments.parse({
        "all": [
            {"tier": {"at_least": "silver"}},
            {"not": {"last_purchase": {"within_days": 30}}},
            {"any": [{"spend": {"at_least": "1000", "days": 365}}, TEA]},
        ]
    })  # fmt: skip
    explained = await segments.explain(shop, definition, anna, START)
    assert not explained.is_in
    said = [
        (".".join(map(str, one.path)), one.met, *vars_of(explained.words(one, "en")))
        for one in explained.findings
    ]
    assert said == [
        ("all", False, "All of these", None, None),
        ("all.0.tier", True, "Tier", "Silver or higher", "Silver"),
        ("all.1.not", False, "Not this", None, None),
        ("all.1.not.last_purchase", True, "Last purchase", "in the last 30 days", "March 2, 2026"),
        ("all.2.any", True, "Any of these", None, None),
        ("all.2.any.0.spend", False, "Bought for, in the last 365 days",
         "at least €1,000.00", "€200.50"),
        ("all.2.any.1.category", True, "Purchases from “tea”, in the last 30 days",
         "at least 1", "1"),
    ]  # fmt: skip


def vars_of(words: Any) -> tuple[str, str | None, str | None]:
    return words.about, words.asked, words.actual


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"tier": {"is": "platinum"}}, ("tier", "platinum", "tier")),
        ({"tier": {"ladder": "club", "is": "gold"}}, ("ladder", "club", "tier")),
        ({"all": [{"balance": {"currency": "gems", "at_least": 1}}]},
         ("currency", "gems", "all.0.balance")),
        ({"not": {"challenge": {"challenge": "run", "joined": True}}},
         ("challenge", "run", "not.challenge")),
        ({"plan": {"any_of": ["vip"]}}, ("plan", "vip", "plan")),
        ({"category": {"category": "shoes"}}, ("category", "shoes", "category")),
    ],
)  # fmt: skip
async def test_what_the_program_does_not_know_is_named(
    shop: Engine, data: Any, said: tuple[str, str, str]
) -> None:
    definition = segments.parse(data)
    for asking in (
        segments.check(shop, definition),
        segments.preview(shop, definition, 0, START),
        saving.create(shop, "Some", definition, "staff:anna"),
    ):
        with pytest.raises(Refused) as refused:
            await asking
        assert refused.value.refusal == refusals.SegmentNamesUnknown(*said)
    assert await saving.newest(shop, Walk(10)) == []
    assert await found(shop, data) == ([] if "not" not in data else await found(shop, EVERYONE))


async def test_a_category_that_somebody_bought_of_is_known(shop: Engine) -> None:
    anna = await enrol(shop)
    await buy(shop, anna, "1", 100)
    await segments.check(shop, segments.parse({"category": {"category": "cups"}}))
    await segments.check(shop, segments.parse(TEA))


async def test_nobody_is_explained(shop: Engine) -> None:
    with pytest.raises(Refused) as refused:
        await segments.explain(shop, segments.EVERYONE, "mbr_nobody", START)
    assert refused.value.refusal == MemberUnknown("mbr_nobody")


async def test_a_segment_is_kept_changed_and_deleted(shop: Engine, clock: Clock) -> None:
    tea = segments.parse(TEA)
    made = await saving.create(shop, " Tea drinkers ", tea, "staff:anna")
    assert (made.now.name, made.now.number, made.now.definition) == ("Tea drinkers", 1, tea)
    assert await saving.find(shop, made.id) == made
    clock.advance(minutes=1)
    wording = Wording(1, "Everybody", segments.EVERYONE)
    changed = await saving.update(shop, made.id, wording, "staff:bo")
    assert [(v.number, v.name, v.written_by) for v in changed.versions] == [
        (1, "Tea drinkers", "staff:anna"),
        (2, "Everybody", "staff:bo"),
    ]
    for late in (
        saving.update(shop, made.id, wording, "staff:anna"),
        saving.delete(shop, made.id, 1),
    ):
        with pytest.raises(Refused) as refused:
            await late
        assert refused.value.refusal == refusals.SegmentChanged(made.id, 2)
    assert await saving.newest(shop, Walk(10)) == [changed]
    assert await saving.delete(shop, made.id, 2) == changed
    assert await saving.find(shop, made.id) is None
    assert await saving.newest(shop, Walk(10)) == []
    for gone in (
        saving.delete(shop, made.id, 2),
        saving.update(shop, made.id, wording, "staff:anna"),
        saving.require(shop, made.id),
    ):
        with pytest.raises(Refused) as unknown:
            await gone
        assert unknown.value.refusal == refusals.SegmentUnknown(made.id)


async def test_no_two_segments_have_one_name(shop: Engine, clock: Clock) -> None:
    first = await saving.create(shop, "Tea", segments.EVERYONE, "staff:anna")
    clock.advance(minutes=1)
    other = await saving.create(shop, "Cake", segments.EVERYONE, "staff:anna")
    for taken in (
        saving.create(shop, "TEA", segments.EVERYONE, "staff:anna"),
        saving.update(shop, other.id, Wording(1, "TEA", segments.EVERYONE), "staff:anna"),
    ):
        with pytest.raises(Refused) as refused:
            await taken
        assert refused.value.refusal == refusals.SegmentNameTaken("TEA")
    assert [one.now.name for one in await saving.newest(shop, Walk(10))] == ["Cake", "Tea"]
    await saving.delete(shop, first.id, 1)
    assert (await saving.create(shop, "Tea", segments.EVERYONE, "staff:anna")).now.number == 1
    for name in ("", " ", "x" * 101, "two\nlines"):
        with pytest.raises(BadInput):
            await saving.create(shop, name, segments.EVERYONE, "staff:anna")


async def test_names_are_values_whatever_they_look_like(shop: Engine) -> None:
    """Dollars and dots in what is asked for reach nobody's fields."""
    anna = await enrol(shop)
    await members.labels.put(shop, anna, ["$profile.status"])
    await buy(shop, anna, "1", 100, store="$$ROOT")
    await shop.commits.drain()
    assert await found(shop, {"label": {"any_of": ["$profile.status"]}}) == [anna]
    assert await found(shop, {"store": {"store": "$$ROOT"}}) == [anna]
    assert await found(shop, {"category": {"category": "$member"}}) == []
    assert await found(shop, {"label": {"any_of": ["profile.status"]}}) == []


async def test_days_are_those_of_the_program(shop: Engine, clock: Clock) -> None:
    """On the day that has 23 hours `today` begins at 23:00 in Greenwich, and ends at 22:00."""
    anna = await enrol(shop)
    await buy(shop, anna, "1", 100, occurred_at=START + timedelta(hours=10, minutes=59))
    await shop.commits.drain()
    today = {"last_purchase": {"within_days": 1}}
    clock.present = START + timedelta(hours=10, minutes=59)
    assert await found(shop, today) == [anna]
    clock.advance(minutes=1)
    assert await found(shop, today) == []
    assert await found(shop, {"last_purchase": {"within_days": 2}}) == [anna]
    assert await shop.mongo.count(STATES, {}) == 1


async def test_what_was_given_back_whole_is_no_last_purchase(shop: Engine, clock: Clock) -> None:
    anna = await enrol(shop)
    await buy(shop, anna, "1", 5_000)
    clock.advance(days=200)
    await buy(shop, anna, "2", 5_000, occurred_at=clock.present)
    lapsed, recent = ({"last_purchase": {name: 60}} for name in ("not_within_days", "within_days"))
    assert (await found(shop, lapsed), await found(shop, recent)) == ([], [anna])
    for order, left in (("2", [anna]), ("1", [])):
        given_back = Refund("till", order, clock.present, "till", order, lines=(RefundLine(0),))
        await activities.record_refund(shop, given_back)
        await shop.commits.drain()
        assert (await found(shop, lapsed), await found(shop, recent)) == (left, [])
    assert await found(shop, {"last_purchase": {"never": True}}) == [anna]
