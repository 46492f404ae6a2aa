"""Prices through both doors: only what is spent can be asked for, also by a version of before."""

from datetime import datetime

import pytest
import yaml

from loyalty import program
from loyalty.errors import Refused
from loyalty.program import Program, ProgramInvalid, Version, VersionStatus, store
from tests.e2e.conftest import Serve
from tests.e2e.stories import story

SHOP = """
format: 1
id: shop
name: Shop
money: DKK
currencies: [{id: status, kind: QUALIFYING, name: status}]
earning_rules:
  - {id: base, name: Base, currency: status, effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}}
"""
OFFER = """
offers:
  - {id: mug, kind: CUSTOM, name: Mug, price: {points: 10, currency: status}, stock: 1}
"""


@pytest.mark.anyio
async def test_qualifying_points_buy_nothing(serve: Serve) -> None:
    with pytest.raises(Refused) as refused:
        program.parse(SHOP + OFFER)
    assert isinstance(refused.value.refusal, ProgramInvalid)
    async with story(serve, SHOP) as told:
        member = await told.enrol()
        await member.buy("100.00")
        engine = told.shop.house.engine
        of_before = Program.model_validate(yaml.safe_load(SHOP + OFFER))
        version = Version(2, VersionStatus.DRAFT, of_before, SHOP + OFFER, datetime(2026, 3, 2))
        await store.insert(engine.mongo, version)
        await program.activate(engine, 2)
        told.at("2026-03-02 12:10")
        choice = "offers { choices { whyNot { code } } }"
        shown = (await member.ask(choice))["offers"]["choices"]
        assert shown == [{"whyNot": [{"code": "CURRENCY_NOT_REDEEMABLE"}]}]
        for verb in ("offerClaim", "offerReserve"):
            payload = await member.attempt(verb, {"offer": "mug", "key": verb}, "held { id }")
            assert payload["held"] is None
            assert payload["userErrors"][0]["code"] == "CURRENCY_NOT_REDEEMABLE"
        assert await member.balances() == {"status": 100}
