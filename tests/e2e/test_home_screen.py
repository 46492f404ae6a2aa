"""The home screen after a purchase at the till: exact, explained, and cheap."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyalty import messages
from loyalty.mongo import Mongo
from loyalty.states import STATES
from tests.e2e.conftest import Shop


def now_text(**ago: int) -> str:
    return (datetime.now(UTC) - timedelta(**ago)).isoformat(timespec="milliseconds")


async def test_a_purchase_at_the_till_is_on_the_home_screen_and_explained(shop: Shop) -> None:
    member_id = await shop.enrol()
    paid = await shop.buy(member_id, "42.70", now_text())
    assert paid["userErrors"] == []
    assert not paid["replayed"]
    home = await shop.member(member_id).run("HomeScreen")
    assert home["program"] == {"id": "corner-shop", "version": 1, "name": "Corner shop club"}
    points, status, _ = home["me"]["wallet"]["balances"]
    assert (points["balance"], points["available"], points["pending"]) == (42, 42, 0)
    assert points["nextExpiry"]["points"] == 42
    assert (status["balance"], status["nextExpiry"]) == (42, None)
    rows = [edge["node"] for edge in home["me"]["wallet"]["entries"]["edges"]]
    assert [(r["kind"], r["currency"]["id"], r["points"]) for r in rows] == [
        ("ACCRUAL", "status", 42),
        ("ACCRUAL", "points", 42),
    ]
    assert rows[1]["explanation"]["text"] == (
        "1 point per €1.00 on €42.70 = 42.7, rounded down to 42"
    )
    tier = home["me"]["tier"]
    assert (tier["tier"]["id"], tier["progress"]["tier"]["id"]) == ("basic", "silver")
    assert tier["progress"]["criteria"] == [
        {"metric": "SPEND", "have": 4270, "need": 10000, "missing": 5730}
    ]
    year = datetime.now(ZoneInfo("Europe/Copenhagen")).year
    assert tier["progress"]["countedUntil"] == f"{year}-12-31"
    assert tier["progress"]["text"] == "Spend €57.30 more by December 31 to reach Silver"


async def test_the_home_screen_reads_the_member_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    member_id = await shop.enrol()
    for _ in range(3):
        await shop.buy(member_id, "10.00", now_text())
    reads: list[str] = []
    counted = {name: getattr(Mongo, name) for name in ("find", "find_one", "aggregate")}

    def counting(name: str) -> Any:
        async def read(mongo: Mongo, collection: str, *args: Any, **options: Any) -> Any:
            reads.append(collection)
            return await counted[name](mongo, collection, *args, **options)

        return read

    for name in counted:
        monkeypatch.setattr(Mongo, name, counting(name))
    home = await shop.member(member_id).run("HomeScreen")
    assert home["me"]["wallet"]["balances"][0]["balance"] == 30
    assert reads.count(STATES) == 1
    assert set(reads) <= {STATES, "program_versions", "program_active"}


async def test_texts_are_in_the_language_of_the_member(shop: Shop) -> None:
    member_id = await shop.enrol(locale="da")
    await shop.buy(member_id, "120.00", now_text())
    home = await shop.member(member_id).run("HomeScreen")
    assert home["program"]["name"] == "Hjørneklubben"
    assert home["me"]["tier"]["tier"]["name"] == "Sølv"
    assert home["me"]["tier"]["benefits"][0]["name"] == "Fri fragt"
    assert home["me"]["wallet"]["balances"][0]["currency"]["name"] == "point"


async def test_the_program_is_for_everyone_in_the_language_they_ask_for(shop: Shop) -> None:
    danish = shop.anyone("app", **{"Accept-Language": "xx, da-DK;q=0.9, en;q=0.5"})
    swedish = shop.anyone("app", **{"Accept-Language": "sv"})
    assert await danish.ask("{ program { name } }") == {"program": {"name": "Hjørneklubben"}}
    assert await swedish.ask("{ program { name money timeZone } }") == {
        "program": {"name": "Hörnklubben", "money": "EUR", "timeZone": "Europe/Copenhagen"}
    }


async def test_a_multiplier_is_named_in_the_explanation(shop: Shop) -> None:
    member_id = await shop.enrol()
    await shop.buy(member_id, "500.00", now_text(seconds=2))
    await shop.buy(member_id, "33.33", now_text(seconds=1))
    history = await shop.member(member_id).run("WalletHistory", {"currency": "points"})
    newest = history["me"]["wallet"]["entries"]["edges"][0]["node"]
    explanation: Mapping[str, Any] = newest["explanation"]
    assert newest["points"] == 49
    assert {**explanation, "activityId": None} == {
        "ruleId": "one-per-euro",
        "ruleName": "1 point per euro",
        "programVersion": 1,
        "activityId": None,
        "base": "33.33",
        "factors": [
            {"source": "benefit:gold-boost", "name": "Half as much again", "factor": "1.5"}
        ],
        "exact": "49.995",
        "rounding": "FLOOR",
        "reason": None,
        "text": "1 point per €1.00 on €33.33 × 1.5 = 49.995, rounded down to 49",
    }


async def test_a_sentence_is_worked_out_when_it_is_asked_for_and_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = shop.member(member_id := await shop.enrol())
    await shop.buy(member_id, "71.93", now_text())
    written: list[str] = []
    render = messages.render

    def listening(kind: str, locale: str, **facts: object) -> str:
        written.append(kind)
        return render(kind, locale, **facts)

    monkeypatch.setattr(messages, "render", listening)
    asked = "{ me { wallet { entries { edges { node { explanation { %s } } } } } } }"
    await member.ask(asked % "ruleId base exact factors { name }")
    assert written == []
    (first, again) = [await member.ask(asked % "text") for _ in range(2)]
    assert first == again
    assert written.count("ACCRUAL_RATE") <= 2, "once for each of the two entries"


async def test_the_ladder_shows_every_tier_and_the_way(shop: Shop) -> None:
    member_id = await shop.enrol()
    await shop.buy(member_id, "100.00", now_text())
    (status,) = (await shop.member(member_id).run("TierLadder"))["me"]["tiers"]
    assert [tier["id"] for tier in status["ladder"]["tiers"]] == ["basic", "silver", "gold"]
    assert status["ladder"]["tiers"][1]["threshold"] == {
        "match": "ALL",
        "spend": {"amount": "100.00", "currencyCode": "EUR"},
        "purchases": None,
        "visits": None,
        "points": None,
    }
    assert status["tier"] == {"id": "silver", "name": "Silver", "rank": 1}
    assert [benefit["id"] for benefit in status["benefits"]] == ["free-shipping"]
    assert status["progress"]["criteria"][0]["missingMoney"] == {
        "amount": "400.00",
        "currencyCode": "EUR",
    }
