"""What nudges say in every language, and what is not said any more because it is not true."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from loyalty import program
from loyalty.members import Purpose
from loyalty.program import NudgeTrigger, terms
from loyalty.push import contract, rules
from loyalty.push.service import news
from tests import nudged
from tests.nudged import (
    CASES,
    EARNED,
    EXPIRING,
    HELD,
    NOW,
    SEEN,
    STEP,
    Case,
    held,
    standing,
    visits,
    wallet,
)

PAGE = Path(__file__).parents[2].joinpath("docs/nudges.md").read_text(encoding="utf-8")
SPACES = str.maketrans("\u00a0\u202f", "  ")
DAY = timedelta(days=1)
TIER = {"ladder": "main", "tier": "gold"}
BOUGHT = {"purchases": 1, "kept_at": [NOW - 3 * DAY]}


def rows(title: str) -> list[list[str]]:
    """Read a table of the page."""
    table = PAGE[PAGE.index(f"{title}\n") :].split("\n\n")[1].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table]


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("en-GB", "English"),
        ("da-DK", "Danish"),
        ("sv-SE", "Swedish"),
        ("nb-NO", "Norwegian"),
        ("fi-FI", "Finnish"),
    ],
)
def test_a_nudge_is_said_as_the_page_shows(locale: str, language: str) -> None:
    said = []
    for case in CASES:
        told = case.told(locale)
        assert told is not None, case
        shown = told.notification
        said.append([f"`{case.trigger}`", shown.title, shown.body])
    assert [[cell.translate(SPACES) for cell in row] for row in said] == rows(f"### {language}")


def test_every_trigger_is_told_of_on_the_page_and_as_what_it_is() -> None:
    shown = {row[0].strip("`"): row for row in rows("## The triggers")}
    assert list(shown) == [*NudgeTrigger] == [*news.NEWS] == [*rules.nudges.TELLINGS]
    for trigger, row in shown.items():
        _, _, numbers, fields, purpose, cap = row
        telling = rules.nudges.TELLINGS[NudgeTrigger(trigger)]
        assert Purpose(purpose.upper()) is telling.purpose
        own = terms.NUDGE_FIELDS[trigger] - terms.PERSONAL_FIELDS
        assert set(re.findall(r"`([\w.]+)`", fields)) == own
        nudge = nudged.PROGRAM.nudge(NudgeTrigger(trigger))
        assert nudge is not None
        model = type(nudge)
        plain = set(terms.PlainNudge.model_fields)
        assert set(re.findall(r"`(\w+): ", numbers)) == set(model.model_fields) - plain
        limit = terms.cap_of(nudge)
        days = "" if limit is None else f"{limit.count} in {limit.days} day"
        assert cap.rstrip("s") == days


def test_a_payload_is_of_the_category_that_members_mute_it_by() -> None:
    for case in CASES:
        told = case.told()
        assert told is not None
        assert told.data.type == case.trigger.lower()
        telling = rules.nudges.TELLINGS[NudgeTrigger(case.trigger)]
        assert told.data.category is telling.category
    types = {case.trigger.lower() for case in CASES}
    assert types | {"campaign"} == set(contract.CATEGORIES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.trigger))
def test_texts_of_the_program_take_the_place_of_ours(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = sorted(terms.NUDGE_FIELDS[case.trigger])
    every = " ".join(f"{{{field}}}" for field in fields)
    texts = f'title: "Own {every}", body: {{en: Eng, sv: "Hej {{firstName}}"}}'
    own = f"  - {{on: {case.trigger}, {texts}}}\n"
    monkeypatch.setattr(nudged, "PROGRAM", program.parse(nudged.TORGET + own))
    told = case.told("sv-SE")
    assert told is not None
    assert told.notification.title.startswith("Own ")
    assert told.notification.body == f"Hej {case.first_name or ''}".strip()


@pytest.mark.parametrize(
    "case",
    [
        Case("POINTS_EARNED", {**EARNED, "points": 0}),
        Case("TIER_REACHED", TIER, {"tiers": standing(0)}),
        Case("TIER_REACHED", TIER, {"tiers": standing(100_000, "gold", NOW - 2 * DAY)}),
        Case("CHALLENGE_PROGRESS", {**STEP, "mark": "50"}, {"challenges": visits(1)}),
        Case("CHALLENGE_PROGRESS", {**STEP, "mark": "50"}, {"challenges": visits(4, given=1)}),
        Case("CHALLENGE_PROGRESS", {**STEP, "mark": "last"}, {"challenges": visits(2)}),
        Case(
            "CHALLENGE_PROGRESS",
            {**STEP, "mark": "50", "period": "2026-02"},
            {"challenges": visits(2)},
        ),
        Case("CHALLENGE_PROGRESS", {**STEP, "mark": "50", "challenge": "gone"}),
        Case("CHALLENGE_REACHED", {"challenge": "gone", "level": "gone"}),
        Case("NEAR_REWARD", {"offer": "coffee"}, {"wallet": wallet(79)}),
        Case(
            "NEAR_REWARD", {"offer": "coffee"}, {"wallet": wallet(90), "offers": held("REDEEMED")}
        ),
        Case("NEAR_REWARD", {"offer": "gone"}, {"wallet": wallet(90)}),
        Case("NEAR_TIER", {"ladder": "main"}, {"tiers": standing(100_000, "gold")}),
        Case("NEAR_TIER", {"ladder": "main"}, {"tiers": standing(79_999)}),
        Case("POINTS_EXPIRING", EXPIRING, {"wallet": wallet(0)}),
        Case("POINTS_EXPIRING", EXPIRING, {"wallet": wallet(500, NOW + 9 * DAY)}),
        Case("POINTS_EXPIRING", EXPIRING, {"wallet": wallet(500)}, now=NOW + 2 * DAY),
        Case("OFFER_ENDING", {"held": HELD}, {"offers": held("REDEEMED")}),
        Case("OFFER_ENDING", {"held": HELD}, {"offers": held()}, now=NOW + 2 * DAY),
        Case("OFFER_ENDING", {"held": HELD}, {"offers": held(expires_at=NOW + 3 * DAY)}),
        Case("OFFER_RECEIVED", {"held": HELD}, {"offers": held("WITHDRAWN")}),
        Case("OFFER_RECEIVED", {"held": HELD}),
        Case("WELCOME", now=NOW + 2 * DAY),
        Case("BIRTHDAY", now=NOW + DAY),
        Case("WIN_BACK"),
        Case("WIN_BACK", {}, {"engagement": {"seen_at": NOW - 59 * DAY}}),
        Case("WIN_BACK", {}, {"engagement": SEEN, "activity": BOUGHT}),
    ],
    ids=lambda case: str(case.trigger),
)
def test_what_is_not_true_any_more_is_not_told(case: Case) -> None:
    assert case.told() is None


@pytest.mark.parametrize(
    ("zone", "now", "title"),
    [
        ("Europe/Stockholm", NOW, "Expiring tomorrow: 500 points"),
        ("Pacific/Auckland", datetime(2026, 3, 29, 21), "Expiring tomorrow: 500 points"),
        (
            "Pacific/Auckland",
            datetime(2026, 3, 31, 11, 30),
            "Expiring today: 500 points",
        ),  # 1 April
        ("America/Los_Angeles", datetime(2026, 3, 30, 23), "Expiring tomorrow: 500 points"),
    ],
)
def test_how_many_days_are_left_is_by_the_clock_of_who_reads_it(
    zone: str, now: datetime, title: str
) -> None:
    told = Case("POINTS_EXPIRING", EXPIRING, {"wallet": wallet(500)}, now=now, zone=zone).told()
    assert told is not None
    assert told.notification.title == title


def test_who_stays_away_is_told_in_the_morning_of_their_own_day() -> None:
    """At ten in Auckland it is still the day before where the shop is."""
    away = Case("WIN_BACK", {}, {"engagement": SEEN}, zone="Pacific/Auckland")
    assert replace(away, now=datetime(2026, 3, 29, 21)).told() is not None
    assert replace(away, now=datetime(2026, 3, 29, 10)).told() is None


def test_points_below_the_minimum_are_not_reminded_of(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = nudged.TORGET + "  - {on: POINTS_EXPIRING, minimum: 50}\n"
    monkeypatch.setattr(nudged, "PROGRAM", program.parse(listed))
    assert Case("POINTS_EXPIRING", EXPIRING, {"wallet": wallet(49)}).told() is None
    assert Case("POINTS_EXPIRING", EXPIRING, {"wallet": wallet(50)}).told() is not None


def test_progress_is_one_occasion_for_each_mark_and_a_tier_comes_near_once_a_month() -> None:
    fact = {"_id": f"{nudged.MEMBER}:9:0", "member": nudged.MEMBER, "at": NOW}
    trigger = NudgeTrigger.CHALLENGE_PROGRESS
    moved = {**fact, "data": {**STEP, "mark": "50", "have": 2}}
    name = rules.nudges.occasion_of(trigger, moved, nudged.PROGRAM)
    assert name == f"CHALLENGE_PROGRESS:{nudged.MEMBER}:visits:2026-03:0:50"
    near = {**fact, "data": {"ladder": "main", "occurred_at": datetime(2026, 3, 31, 22)}}
    name = rules.nudges.occasion_of(NudgeTrigger.NEAR_TIER, near, nudged.PROGRAM)
    assert name == f"NEAR_TIER:{nudged.MEMBER}:main:2026-04"
    earned = {**fact, "data": EARNED}
    name = rules.nudges.occasion_of(NudgeTrigger.POINTS_EARNED, earned, nudged.PROGRAM)
    assert name == fact["_id"]


def test_what_is_switched_off_meanwhile_or_old_is_not_sent() -> None:
    waiting = Case("WELCOME").delivery()
    off = program.parse(nudged.TORGET + "  - {on: WELCOME, enabled: false}\n")
    assert rules.nudges.outdated(waiting, off, NOW) is rules.Reason.DISABLED
    assert rules.nudges.outdated(replace(waiting, kind="gone"), off, NOW) is rules.Reason.DISABLED
    assert rules.nudges.outdated(waiting, nudged.PROGRAM, NOW) is None
    assert rules.nudges.outdated(waiting, nudged.PROGRAM, NOW + 2 * DAY) is rules.Reason.STALE
    late = replace(waiting, data={"occurred_at": NOW - timedelta(hours=20)})
    held_overnight = NOW + timedelta(hours=10)
    assert rules.nudges.outdated(late, nudged.PROGRAM, NOW) is None
    assert rules.nudges.outdated(late, nudged.PROGRAM, held_overnight) is rules.Reason.STALE


@pytest.mark.parametrize(
    ("kind", "data", "is_news"),
    [
        ("OfferIssued", {"held": "x", "by": "CHALLENGE"}, True),
        ("OfferIssued", {"held": "x", "waited": True}, True),
        ("OfferIssued", {"held": "x", "claimed": True}, False),
        ("OfferIssued", {"held": "x", "by": "MESSAGE"}, False),
        ("PointsEarned", {"currency": "points"}, True),
        ("PointsEarned", {"currency": "gone"}, False),
    ],
)
def test_what_members_did_themselves_is_no_news(
    kind: str, data: dict[str, object], is_news: bool
) -> None:
    assert rules.nudges.is_news(kind, data, nudged.PROGRAM) is is_news
