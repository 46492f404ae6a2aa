"""The story of a grocer who rewards what is kind to the climate: flags, events, occasions."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Hero, Story, example, line, story


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, example("green")) as opened:
        yield opened


async def leaves(anna: Hero) -> int:
    return (await anna.balances())["leaves"]


def given(payload: Json) -> list[int]:
    """Give the points of each entry, in the order they were made."""
    return [entry["points"] for entry in reversed(payload["entries"])]


async def test_who_joins_is_welcomed_with_leaves_for_later(shop: Story) -> None:
    anna = await shop.enrol()
    assert await leaves(anna) == 20
    assert await anna.available() == {"leaves": 0}
    shop.at("2026-03-16 23:00")
    assert await anna.available() == {"leaves": 20}


async def test_own_bags_and_local_products_earn_within_their_limits(shop: Story) -> None:
    """A bag once a day; 2 for each local product, and no more than 40 a month."""
    anna = await shop.enrol()
    bag, milk = line("0.00", flags=["own-bag"]), line("200.00", quantity=18, flags=["local"])
    assert given(await anna.buy(None, bag, milk)) == [20, 5, 36]
    second = await anna.buy(None, bag, line("30.00", quantity=3, flags=["local", "new"]))
    assert given(second) == [3, 4]
    assert second["entries"][0]["explanation"]["text"] == (
        "2 blade for hver af 3 stk. = 6; 4 inden for grænsen på 40 om måneden"
    )
    shop.at("2026-03-31 22:00")  # the first of April in Copenhagen
    assert given(await anna.buy(None, bag, line("9.00", flags=["local"]))) == [5, 2]


async def test_quiet_hours_are_of_one_store_and_of_local_time(shop: Story) -> None:
    anna = await shop.enrol()
    for at, where, expected in (
        ("2026-03-03 08:00", "north", [1, 3]),  # Tuesday, 9:00
        ("2026-03-03 08:00", "south", [1]),
        ("2026-03-03 10:00", "north", [1]),  # 11:00
        ("2026-03-04 08:00", "north", [1]),  # Wednesday
    ):
        shop.at(at)
        assert given(await anna.buy("10.00", store=where)) == expected, (at, where)


async def test_bottles_are_counted_and_bikes_once_in_a_while(shop: Story) -> None:
    anna = await shop.enrol()
    assert given(await anna.event("bottle-return", quantity=12)) == [12]
    visits = []
    for at in ("12:00", "15:59", "16:00"):
        shop.at(f"2026-03-02 {at}")
        payload = await anna.visit(channel="bike-rack")
        visits.append((payload["counted"], given(payload)))
    assert visits == [(True, [2]), (False, []), (True, [2])]


async def test_a_birthday_earns_once_a_year_from_its_midnight(shop: Story) -> None:
    anna = await shop.enrol(birthDate="1990-05-01")
    for at, expected in (
        ("2026-04-30 21:59", 20),
        ("2026-04-30 22:00", 30),
        ("2026-05-01 12:00", 30),
    ):
        shop.at(at)
        await shop.work()
        assert await leaves(anna) == expected, at


async def test_a_refund_takes_pending_leaves_first_and_frees_the_limits(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy(None, line("100.00", quantity=20, flags=["local"]), id="local")
    assert await leaves(anna) == 20 + 10 + 40
    payload = await anna.refund("local", {"index": 0, "quantity": 5})
    assert given(payload) == [-3, -10]  # 7.5 are left: 7, and half a leaf for next time
    assert payload["entries"][1]["explanation"]["text"] == (
        "Taget tilbage efter en returnering: 10 optjent, 7,5 for det, du beholder; af et point var "
        "0 gemt til næste gang, nu 0,5"
    )
    assert given(await anna.buy(None, line("1.00", quantity=9, flags=["local"]))) == [10]
    await anna.refund("local")
    assert await leaves(anna) == 20 + 10


async def test_a_member_sees_what_they_did_and_what_it_earned_by_store(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy("10.00", store="north", id="first")
    shop.at("2026-03-03 12:00")
    await anna.visit(channel="bike-rack", store="north")
    shop.at("2026-03-03 12:10")
    await anna.visit(channel="bike-rack", store="south")
    await anna.event("bottle-return", quantity=3)
    shop.at("2026-03-04 12:00")
    await anna.refund("first")
    fields = "kind store counted amount { amount } event quantity entries { points }"
    asked = f"activities(first: 5) {{ edges {{ node {{ {fields} }} }} pageInfo {{ hasNextPage }} }}"
    found = (await anna.ask(asked))["activities"]
    shown = [
        (n["kind"], n["store"], n["counted"], [e["points"] for e in n["entries"]])
        for n in (edge["node"] for edge in found["edges"])
    ]
    assert shown == [
        ("REFUND", None, True, [-1]),
        ("VISIT", "south", False, []),
        ("EVENT", None, True, [3]),
        ("VISIT", "north", True, [2]),
        ("PURCHASE", "north", True, [1]),
    ]
    assert found["pageInfo"]["hasNextPage"]
    north = 'activities(store: "north") { edges { node { id purchaseId amount { amount } } } }'
    nodes = [edge["node"] for edge in (await anna.ask(north))["activities"]["edges"]]
    assert [(node["id"].split(":")[0], node["amount"]) for node in nodes] == [
        ("visit", None),
        ("purchase", {"amount": "10.00"}),
    ]
