"""An offer that a version gives a list of codes in the place of its stock, or a stock again."""

import pytest

from loyalty import program
from tests.e2e.conftest import Serve
from tests.e2e.stories import Hero, Story, story
from tests.engines import PLAIN, audited

pytestmark = pytest.mark.anyio

START = "\noffers:\n  - {id: o, kind: VOUCHER_CODE, name: O, "
STOCK = f"{PLAIN}{START}stock: 6, code: {{kind: UNIQUE}}}}\n"
LIST = f"{PLAIN}{START}code: {{kind: LIST}}}}\n"
CODES = ["AAA-111", "BBB-222", "CCC-333"]


async def claim(member: Hero) -> str | None:
    payload = await member.attempt("offerClaim", {"offer": "o", "key": "c"}, "held { code }")
    return payload["held"] and (payload["held"]["code"] or "without")


async def supply(shop: Story) -> tuple[int, int, int]:
    data = await shop.staff.ask("{ offerSupplies { stock sold left } }")
    [found] = data["offerSupplies"]
    return found["stock"], found["sold"], found["left"]


async def add_codes(shop: Story) -> None:
    wanted = {"offer": "o", "codes": CODES}
    assert (await shop.do("offerCodesImport", wanted, "added"))["added"] == 3


async def become(shop: Story, source: str) -> None:
    await program.publish(shop.shop.house.engine, source)
    shop.clock.advance(minutes=20)


async def assert_sound(shop: Story) -> None:
    shop.clock.advance(hours=1)
    await shop.work()
    assert (await audited(shop.shop.house.engine)).violations == []


async def test_a_list_after_a_stock_gives_its_codes_and_no_more(serve: Serve) -> None:
    async with story(serve, STOCK) as shop:
        anna, *others = [await shop.enrol() for _ in range(6)]
        own = await claim(anna)
        await become(shop, LIST)
        assert await supply(shop) == (1, 1, 0)
        assert await claim(others[0]) is None
        await add_codes(shop)
        shop.clock.advance(seconds=2)
        assert await supply(shop) == (4, 1, 3)
        got = [await claim(one) for one in others[1:]]
        assert (sorted(filter(None, got)), got[3:]) == (CODES, [None])
        shop.clock.advance(seconds=2)
        assert await supply(shop) == (4, 4, 0)
        used = await shop.do("voucherRedeem", {"code": own, "key": "k"}, "voucher { state }")
        assert used["voucher"]["state"] == "REDEEMED"
        await assert_sound(shop)


async def test_a_stock_after_a_list_is_had_by_as_many_as_it_says(serve: Serve) -> None:
    async with story(serve, LIST) as shop:
        anna, *others = [await shop.enrol() for _ in range(8)]
        await add_codes(shop)
        mine = await claim(anna)
        assert mine in CODES
        await become(shop, STOCK)
        assert await supply(shop) == (6, 1, 5)
        got = [await claim(one) for one in others]
        assert ([code is None for code in got], set(got) & {*CODES, "without"}) == (
            [False] * 5 + [True] * 2,
            set(),
        )
        shop.clock.advance(seconds=2)
        assert await supply(shop) == (6, 6, 0)
        await assert_sound(shop)
