"""What the rules say no to over HTTP: data with its facts, nothing changed, repeats recognised."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.conftest import AT, PURCHASE, Json, Shop, purchase

SPEND = """
mutation Spend($input: WalletSpendInput!) {
  walletSpend(input: $input) {
    replayed
    entries { id points balanceAfter explanation { reason text } }
    member { wallet { balances { balance } } }
    userErrors {
      __typename code message path
      ... on InsufficientPoints { currency needed available short }
      ... on KeyReused { key }
      ... on CurrencyUnknown { currency }
      ... on CurrencyNotRedeemable { currency }
      ... on MemberUnknown { memberId }
    }
  }
}
"""
ADJUST = """
mutation Adjust($input: WalletAdjustInput!) {
  walletAdjust(input: $input) {
    replayed
    entries { kind points explanation { reason text } }
    member { wallet { balances { balance } } }
    userErrors { code }
  }
}
"""


def spending(member_id: str, points: int, **more: Any) -> Json:
    known = {"memberId": member_id, "currency": "points", "points": points}
    return {"input": {**known, "reason": "Coffee", "key": uuid4().hex, **more}}


async def rich(shop: Shop, amount: str = "100.00") -> str:
    member_id = await shop.enrol()
    await shop.buy(member_id, amount, AT)
    return member_id


async def balance(shop: Shop, member_id: str) -> int:
    home = await shop.member(member_id).run("HomeScreen")
    found: int = home["me"]["wallet"]["balances"][0]["balance"]
    return found


async def refused(shop: Shop, query: str, variables: Json) -> Json:
    """Run a mutation that must be refused; give its one user error."""
    data = await shop.staff().ask(query, variables)
    (payload,) = data.values()
    assert payload["member"] is None
    assert payload["entries"] == []
    (error,) = payload["userErrors"]
    found: Json = error
    return found


async def test_points_are_spent_at_the_till(shop: Shop) -> None:
    member_id = await rich(shop)
    spent = (await shop.staff().ask(SPEND, spending(member_id, 30)))["walletSpend"]
    assert spent["userErrors"] == []
    assert [(e["points"], e["balanceAfter"]) for e in spent["entries"]] == [(-30, 70)]
    assert spent["entries"][0]["explanation"] == {"reason": "Coffee", "text": "Spent: Coffee"}
    assert spent["member"]["wallet"]["balances"][0]["balance"] == 70
    assert await balance(shop, member_id) == 70


async def test_too_few_points_say_how_many_are_missing(shop: Shop) -> None:
    member_id = await rich(shop, "99.00")
    assert await refused(shop, SPEND, spending(member_id, 100)) == {
        "__typename": "InsufficientPoints",
        "code": "INSUFFICIENT_POINTS",
        "message": "You are 1 point short.",
        "path": ["input", "points"],
        "currency": "points",
        "needed": 100,
        "available": 99,
        "short": 1,
    }
    assert await balance(shop, member_id) == 99


async def test_a_repeat_is_the_first_answer_again(shop: Shop) -> None:
    member_id = await rich(shop)
    wanted = spending(member_id, 40)
    first = (await shop.staff().ask(SPEND, wanted))["walletSpend"]
    again = (await shop.staff().ask(SPEND, wanted))["walletSpend"]
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["entries"] == first["entries"]
    assert await balance(shop, member_id) == 60


async def test_a_key_with_another_input_is_refused(shop: Shop) -> None:
    member_id = await rich(shop)
    wanted = spending(member_id, 40)
    await shop.staff().ask(SPEND, wanted)
    key = wanted["input"]["key"]
    error = await refused(shop, SPEND, spending(member_id, 41, key=key))
    assert error == {
        "__typename": "KeyReused",
        "code": "KEY_REUSED",
        "message": "This key was used before with another input.",
        "path": ["input", "key"],
        "key": key,
    }
    assert await balance(shop, member_id) == 60


@pytest.mark.parametrize(
    ("currency", "kind", "fact"),
    [
        ("gems", "CurrencyUnknown", {"currency": "gems"}),
        ("status", "CurrencyNotRedeemable", {"currency": "status"}),
    ],
)
async def test_a_currency_that_cannot_be_spent(
    shop: Shop, currency: str, kind: str, fact: Json
) -> None:
    member_id = await rich(shop)
    error = await refused(shop, SPEND, spending(member_id, 1, currency=currency))
    assert error["__typename"] == kind
    assert error.items() >= fact.items()
    assert error["path"] == ["input", "currency"]


async def test_an_unknown_member(shop: Shop) -> None:
    error = await refused(shop, SPEND, spending("mbr_nobody", 1))
    assert (error["__typename"], error["memberId"]) == ("MemberUnknown", "mbr_nobody")


async def test_a_purchase_sent_twice_earns_once(shop: Shop) -> None:
    member_id = await shop.enrol()
    bought = {"input": purchase(member_id, "20.00", AT)}
    first = (await shop.staff().ask(PURCHASE, bought))["purchaseRecord"]
    again = (await shop.staff().ask(PURCHASE, bought))["purchaseRecord"]
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["entries"] == first["entries"]
    other = {"input": {**bought["input"], "total": {"amount": "21.00", "currencyCode": "EUR"}}}
    error = await refused(shop, PURCHASE, other)
    assert (error["code"], error["path"]) == ("KEY_REUSED", ["input", "id"])
    assert await balance(shop, member_id) == 20


async def test_a_purchase_in_another_money(shop: Shop) -> None:
    member_id = await shop.enrol()
    total = {"amount": "20.00", "currencyCode": "SEK"}
    error = await refused(
        shop, PURCHASE, {"input": {**purchase(member_id, "0", AT), "total": total}}
    )
    assert (error["given"], error["expected"]) == ("SEK", "EUR")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"total": {"amount": "20.001", "currencyCode": "EUR"}}, ["input", "total", "amount"]),
        ({"total": {"amount": "1,000", "currencyCode": "EUR"}}, ["input", "total", "amount"]),
        ({"total": {"amount": "-5", "currencyCode": "EUR"}}, ["input", "total"]),
        (
            {"shipping": {"amount": "1", "currencyCode": "SEK"}},
            ["input", "shipping", "currencyCode"],
        ),
        ({"occurredAt": "2999-01-01T00:00:00Z"}, ["input", "occurredAt"]),
        ({"source": ""}, ["input", "source"]),
        ({"store": "x" * 201}, ["input", "store"]),
        ({"paymentMethod": " "}, ["input", "paymentMethod"]),
    ],
)
async def test_bad_input_names_its_place(shop: Shop, change: Json, path: list[str]) -> None:
    member_id = await shop.enrol()
    bought = {"input": {**purchase(member_id, "20.00", AT), **change}}
    (error,) = await shop.staff().errors(PURCHASE, bought)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": path}
    assert error["path"] == ["purchaseRecord"]
    assert await balance(shop, member_id) == 0


@pytest.mark.parametrize("reason", ["", " ", "x" * 201])
async def test_a_reason_is_given_and_short(shop: Shop, reason: str) -> None:
    member_id = await rich(shop)
    for query in (SPEND, ADJUST):
        (error,) = await shop.staff().errors(query, spending(member_id, 1, reason=reason))
        assert error["extensions"]["inputPath"] == ["input", "reason"]
    assert await balance(shop, member_id) == 100


async def test_a_correction_keeps_its_reason(shop: Shop) -> None:
    member_id = await rich(shop, "10.00")
    wanted = {**spending(member_id, -4)["input"], "reason": "Returned the cup"}
    taken = (await shop.staff("SUPPORT").ask(ADJUST, {"input": wanted}))["walletAdjust"]
    assert taken["entries"] == [
        {
            "kind": "ADJUSTMENT",
            "points": -4,
            "explanation": {
                "reason": "Returned the cup",
                "text": "Corrected by customer service: Returned the cup",
            },
        }
    ]
    assert await balance(shop, member_id) == 6
    assert await shop.staff().codes(ADJUST, {"input": {**wanted, "key": "k2", "points": 0}}) == [
        "BAD_USER_INPUT"
    ]


async def test_twenty_equal_calls_with_one_key_make_one_entry(shop: Shop) -> None:
    member_id = await rich(shop)
    wanted = spending(member_id, 5)
    staff = shop.staff()
    answers = await asyncio.gather(*(staff.ask(SPEND, wanted) for _ in range(20)))
    payloads = [answer["walletSpend"] for answer in answers]
    assert sorted(payload["replayed"] for payload in payloads) == [False] + [True] * 19
    assert {payload["entries"][0]["id"] for payload in payloads} == {
        payloads[0]["entries"][0]["id"]
    }
    assert await balance(shop, member_id) == 95


async def test_an_event_earns_once(shop: Shop) -> None:
    member_id = await shop.enrol()
    event = {"source": "web", "id": uuid4().hex, "memberId": member_id, "occurredAt": AT}
    query = """
      mutation ($input: EventRecordInput!) {
        eventRecord(input: $input) {
          replayed entries { points explanation { ruleName text } } userErrors { code }
        }
      }
    """
    variables = {"input": {**event, "type": "review"}}
    first = (await shop.staff().ask(query, variables))["eventRecord"]
    assert first["entries"] == [
        {"points": 25, "explanation": {"ruleName": "Write a review", "text": "25 points"}}
    ]
    assert (await shop.staff().ask(query, variables))["eventRecord"]["replayed"]
    assert await balance(shop, member_id) == 25


PUBLISH = """
mutation Publish($input: ProgramPublishInput!) {
  programPublish(input: $input) {
    version { number }
    userErrors { code path ... on ProgramInvalid { problems { path message } } }
  }
}
"""


async def test_every_mistake_of_a_program_is_listed(shop: Shop) -> None:
    source = "format: 1\nid: x\nname: X\nmoney: EUR\ncurencies: []\ntime_zone: Mars/Base"
    payload = (await shop.staff("MARKETING").ask(PUBLISH, {"input": {"source": source}}))[
        "programPublish"
    ]
    assert payload["version"] is None
    (error,) = payload["userErrors"]
    assert (error["code"], error["path"]) == ("PROGRAM_INVALID", ["input", "source"])
    assert {problem["path"] for problem in error["problems"]} == {"curencies", "time_zone"}


async def test_refusals_are_said_in_the_language_of_the_reader(shop: Shop) -> None:
    member_id = await rich(shop, "1.00")
    danish = shop.anyone("staff", shop.issuer.staff_token(["SUPPORT"]), **{"Accept-Language": "da"})
    payload = (await danish.ask(SPEND, spending(member_id, 2)))["walletSpend"]
    assert payload["userErrors"][0]["message"] != "You are 1 point short."
