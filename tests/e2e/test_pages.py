"""Long lists: pages through ring and ledger without gap or repeat, and cursors that are refused."""

from typing import Any

import pytest

from loyalty import wallets
from loyalty.mongo import Mongo
from loyalty.states import LEDGER
from loyalty.wallets import Adjustment
from schema.pagination import cursor
from schema.wallets import holdings
from tests.e2e.conftest import AT, Json, Shop

COUNT = 120


async def walk(shop: Shop, member_id: str, **variables: Any) -> list[Json]:
    """Read every page of a member's history."""
    member, nodes, after = shop.member(member_id), [], None
    while True:
        history = await member.run("WalletHistory", {**variables, "after": after})
        entries = history["me"]["wallet"]["entries"]
        nodes += [edge["node"] for edge in entries["edges"]]
        info = entries["pageInfo"]
        assert info["hasPreviousPage"] == (after is not None)
        assert info["endCursor"] == entries["edges"][-1]["cursor"]
        if not info["hasNextPage"]:
            return nodes
        after = info["endCursor"]


@pytest.fixture(scope="module")
async def regular(shop: Shop) -> str:
    """Enrol somebody who has bought 120 times."""
    member_id = await shop.enrol()
    for number in range(COUNT):
        await shop.buy(member_id, f"{number + 1}.00", AT)
    return member_id


@pytest.mark.parametrize("first", [1, 7, 50, 100])
async def test_pages_neither_skip_nor_repeat(shop: Shop, regular: str, first: int) -> None:
    nodes = await walk(shop, regular, first=first)
    assert len({node["id"] for node in nodes}) == len(nodes) == 2 * COUNT
    points = [node["balanceAfter"] for node in nodes if node["currency"]["id"] == "status"]
    assert points == sorted(points, reverse=True)
    assert points[0] == COUNT * (COUNT + 1) // 2


async def test_one_currency_is_a_list_of_its_own(shop: Shop, regular: str) -> None:
    nodes = await walk(shop, regular, first=9, currency="status")
    assert [node["points"] for node in nodes] == list(range(COUNT, 0, -1))
    history = await shop.member(regular).run("WalletHistory", {"currency": "none-such"})
    assert history["me"]["wallet"]["entries"]["edges"] == []


async def test_a_currency_nobody_holds_is_looked_for_nowhere(
    shop: Shop, regular: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    real = Mongo.find

    async def counted(mongo: Mongo, collection: str, *args: Any, **options: Any) -> Any:
        reads.append(collection)
        return await real(mongo, collection, *args, **options)

    monkeypatch.setattr(Mongo, "find", counted)
    history = await shop.member(regular).run("WalletHistory", {"currency": "none-such"})
    entries = history["me"]["wallet"]["entries"]
    assert (entries["edges"], entries["pageInfo"]["hasNextPage"]) == ([], False)
    assert LEDGER not in reads
    await shop.member(regular).run("WalletHistory", {"currency": "status", "first": 100})
    assert LEDGER in reads


async def test_a_rare_currency_is_looked_for_a_bounded_way_at_a_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdings, "LEDGER_PAGES", 1)
    member_id = await shop.enrol()
    await shop.buy(member_id, "7.00", AT)
    for number in range(120):
        told = Adjustment(member_id, "status", 1, f"more-{number}", "Counted again.", "staff:t")
        await wallets.adjust(shop.house.engine, told)
    member, points, after = shop.member(member_id), [], None
    pages = 0
    while after is not None or pages == 0:
        asked = {"after": after, "currency": "points"}
        entries = (await member.run("WalletHistory", asked))["me"]["wallet"]["entries"]
        points += [edge["node"]["points"] for edge in entries["edges"]]
        info = entries["pageInfo"]
        after, pages = info["endCursor"] if info["hasNextPage"] else None, pages + 1
    assert (points, pages) == ([7], 2)


async def test_a_page_stays_where_it_is_when_entries_are_added(shop: Shop) -> None:
    member_id = await shop.enrol()
    for amount in ("1.00", "2.00", "3.00"):
        await shop.buy(member_id, amount, AT)
    member = shop.member(member_id)
    first = await member.run("WalletHistory", {"first": 2, "currency": "points"})
    entries = first["me"]["wallet"]["entries"]
    await shop.buy(member_id, "4.00", AT)
    after = {"after": entries["pageInfo"]["endCursor"], "currency": "points"}
    rest = (await member.run("WalletHistory", after))["me"]["wallet"]["entries"]
    seen = [edge["node"]["points"] for edge in (*entries["edges"], *rest["edges"])]
    assert seen == [3, 2, 1]


BAD_CURSORS = [
    "",
    "x",
    "%%%",
    "bWVtYmVyc3wxfDI",  # of another list: members|1|2
    "ZW50cmllc3wxfDI=",  # padded: entries|1|2=
    "ZW50cmllc3wx",  # a part short: entries|1
    "ZW50cmllc3wtMXwy",  # entries|-1|2
    "ZW50cmllc3ww4pGgfDI",  # no plain digits
    "A" * 10_000,
]


@pytest.mark.parametrize("after", BAD_CURSORS, ids=lambda text: text[:12] or "empty")
async def test_a_cursor_of_another_list_is_refused(shop: Shop, after: str) -> None:
    member_id = await shop.enrol()
    query = (
        "query ($after: String) { me { wallet { entries(after: $after) { edges { cursor } } } } }"
    )
    response = await shop.member(member_id).post(query, {"after": after})
    answer = response.json()
    assert answer["data"] == {"me": {"wallet": {"entries": None}}}
    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": ["after"]}


@pytest.mark.parametrize("field", ["members", "campaigns"])
@pytest.mark.parametrize("after", BAD_CURSORS[:3])
async def test_a_bad_cursor_is_refused_at_the_staff_door(
    shop: Shop, field: str, after: str
) -> None:
    query = f"query ($after: String) {{ {field}(after: $after) {{ edges {{ cursor }} }} }}"
    assert await shop.staff().codes(query, {"after": after}) == ["BAD_USER_INPUT"]


WRONG_PARTS = [
    ("zzz", "x"),
    ("", ""),
    ("2026-02-30T10:00:00Z", "x"),
    ("0001-01-01T00:00:00+14:00", "x"),
]


@pytest.mark.parametrize("field", ["members", "campaigns"])
@pytest.mark.parametrize("parts", WRONG_PARTS, ids=str)
async def test_a_made_up_cursor_is_bad_input(
    shop: Shop, field: str, parts: tuple[str, str]
) -> None:
    query = f"query ($after: String) {{ {field}(after: $after) {{ edges {{ cursor }} }} }}"
    (error,) = await shop.staff().errors(query, {"after": cursor(field, *parts)})
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": ["after"]}


@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1])
async def test_a_page_has_1_to_100_items(shop: Shop, first: int) -> None:
    member = shop.member(await shop.enrol())
    query = "query ($n: Int!) { me { wallet { entries(first: $n) { edges { cursor } } } } }"
    (error,) = await member.errors(query, {"n": first})
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": ["first"]}


async def test_members_are_paged_newest_first(shop: Shop) -> None:
    enrolled = [await shop.enrol() for _ in range(5)]
    staff, after = shop.staff(), None
    seen: list[str] = []
    query = """
      query ($after: String) {
        members(first: 2, after: $after) { edges { node { id } } pageInfo { endCursor } }
      }
    """
    while len(seen) < 5:
        page = (await staff.ask(query, {"after": after}))["members"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert seen[:5] == enrolled[::-1]
