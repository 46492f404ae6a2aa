"""What is said in words calls things by their names, in the reader's language, not by their ids."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Story, story

PROGRAM = """
format: 1
id: shop
name: Shop
money: DKK
time_zone: Europe/Copenhagen
currencies:
  - {id: points, name: points}
  - {id: stars, kind: QUALIFYING, name: {en: status stars, da: statusstjerner}}
"""


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, PROGRAM) as opened:
        yield opened


def said(payload: Json) -> tuple[str, str]:
    [error] = payload["userErrors"]
    return error["code"], error["message"]


async def test_a_currency_that_cannot_be_spent_or_given_is_called_by_its_name(shop: Story) -> None:
    anna, bo = await shop.enrol(locale="da"), await shop.enrol()
    stars = {"currency": "stars", "points": 1}
    gift = await anna.attempt("pointsTransfer", {**stars, "receiverId": bo.id, "key": "gift"})
    assert said(gift) == (
        "TRANSFER_NOT_OFFERED",
        "“statusstjerner” kan ikke gives til andre medlemmer.",
    )
    spent = {**stars, "memberId": anna.id, "reason": "mug", "key": "spend"}
    assert said(await shop.attempt("walletSpend", spent)) == (
        "CURRENCY_NOT_REDEEMABLE",
        "“status stars” cannot be spent.",
    )
    held = {**spent, "ttlSeconds": 60, "key": "hold"}
    assert said(await shop.attempt("walletHold", held))[1] == "“status stars” cannot be spent."
    assert await anna.balances() == {"points": 0, "stars": 0}
