"""Pages in both directions, at both doors: every item once, also while others come in."""

from uuid import uuid4

import pytest

from loyalty import program, push, reactions, segments
from loyalty.push import Brief
from loyalty.push.rules.briefs import Variant
from loyalty.wallets import Adjustment, adjustments
from schema.wallets import holdings
from tests.e2e.conftest import PROGRAM, Json, Person, Serve, Shop

PAGE = "edges { cursor node { %s } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
VARIABLES = "$first: Int, $after: String, $last: Int, $before: String"
ARGUMENTS = "first: $first, after: $after, last: $last, before: $before"
INFO = ("hasPreviousPage", "hasNextPage")


def asked(around: str, node: str, arguments: str = "") -> str:
    """Write a query for one page of a list; `%s` stands where the list is."""
    field, _, way = around.rpartition(">")
    opening = "".join(f" {name} {{" for name in field.split(">") if name)
    closing = " }" * opening.count("{")
    page = f"{way}({ARGUMENTS} {arguments}) {{ {PAGE % node} }}"
    return f"query ({VARIABLES}) {{{opening} {page}{closing} }}"


def found(data: Json) -> Json:
    """Give the page in an answer."""
    while "edges" not in data:
        (data,) = data.values()
    return data


async def walked(person: Person, query: str, size: int, *, back: bool = False) -> list[Json]:
    """Read every page one way; give the nodes in the order of the list."""
    nodes: list[Json] = []
    place: str | None = None
    while True:
        wanted = {"last": size, "before": place} if back else {"first": size, "after": place}
        page = found(await person.ask(query, wanted))
        here = [edge["node"] for edge in page["edges"]]
        nodes = [*here, *nodes] if back else [*nodes, *here]
        info = page["pageInfo"]
        more, behind = info[INFO[not back]], info[INFO[back]]
        assert behind == (place is not None)
        if here:
            ends = (info["startCursor"], info["endCursor"])
            assert ends == (page["edges"][0]["cursor"], page["edges"][-1]["cursor"])
        if not more:
            return nodes
        place = info["startCursor" if back else "endCursor"]


MORE = """
adjustments: {four_eyes_above: "5"}
referral:
  link: "https://shop.example/join?ref={code}"
  referrer: {gives: [{points: 1, currency: points}]}
nudges: [{on: WELCOME, after_minutes: 600, cap: {count: 1, days: 7}}]
"""
ACCEPT = """
mutation ($input: ReferralAcceptInput!) { referralAccept(input: $input) { userErrors { code } } }
"""
SUBMIT = """
mutation ($input: ChallengeSubmitInput!) { challengeSubmit(input: $input) { userErrors { code } } }
"""
ENTRIES = asked("me>wallet>entries", "id")
ACTIVITIES = asked("me>activities", "id")
HELDS = asked("me>offers>heldOffers", "id")
OWN_LISTS = {"entries": ENTRIES, "activities": ACTIVITIES, "helds": HELDS}
MEMBERS = asked(">members", "id")


@pytest.fixture(scope="module")
async def regular(shop: Shop) -> str:
    """Enrol somebody who has bought 45 times: what is old has left the ring for the ledger."""
    member_id = await shop.enrol()
    for minute in range(45):
        await shop.buy(member_id, "3.00", f"2026-02-03T10:{minute:02d}:00Z")
    return member_id


@pytest.mark.parametrize("query", OWN_LISTS.values(), ids=OWN_LISTS)
@pytest.mark.parametrize("size", [1, 7, 40, 100])
async def test_both_ways_give_the_same_list(
    shop: Shop, regular: str, query: str, size: int
) -> None:
    member = shop.member(regular)
    forward = await walked(member, query, size)
    assert len({node["id"] for node in forward}) == len(forward) >= 45
    assert await walked(member, query, size, back=True) == forward


async def test_one_currency_pages_back_too(
    shop: Shop, regular: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdings, "LEDGER_PAGES", 1)
    monkeypatch.setattr(holdings, "PAGE_LIMIT", 4)
    member = shop.member(regular)
    query = asked("me>wallet>entries", "id points currency { id }", 'currency: "status"')
    nodes: list[Json] = []
    place = None
    while True:
        page = found(await member.ask(query, {"last": 9, "before": place}))
        nodes = [*(edge["node"] for edge in page["edges"]), *nodes]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
        place = page["pageInfo"]["startCursor"]
    assert [node["points"] for node in nodes] == [3] * 45
    assert {node["currency"]["id"] for node in nodes} == {"status"}


async def test_the_end_of_a_list_that_is_empty_is_empty(shop: Shop) -> None:
    member = shop.member(await shop.enrol())
    for query in (ENTRIES, ACTIVITIES, HELDS):
        page = found(await member.ask(query, {"last": 5}))
        nothing = {"startCursor": None, "endCursor": None}
        flags = {"hasNextPage": False, "hasPreviousPage": False}
        assert page == {"edges": [], "pageInfo": {**flags, **nothing}}


@pytest.mark.parametrize("back", [False, True], ids=["forward", "back"])
async def test_what_comes_in_meanwhile_neither_shifts_nor_repeats(shop: Shop, back: bool) -> None:
    member_id = await shop.enrol()
    member, place = shop.member(member_id), None
    seen: list[str] = []
    for minute in range(12):
        await shop.buy(member_id, "3.00", f"2026-02-03T10:{minute:02d}:00Z")
    before = [node["id"] for node in await walked(member, ENTRIES, 100)]
    while True:
        wanted = {"last": 5, "before": place} if back else {"first": 5, "after": place}
        page = found(await member.ask(ENTRIES, wanted))
        here = [edge["node"]["id"] for edge in page["edges"]]
        seen = [*here, *seen] if back else [*seen, *here]
        if not page["pageInfo"]["hasPreviousPage" if back else "hasNextPage"]:
            break
        place = page["pageInfo"]["startCursor" if back else "endCursor"]
        if len(seen) < 20:
            await shop.buy(member_id, "3.00", "2026-02-03T11:00:00Z")
    assert len(set(seen)) == len(seen)
    assert [entry for entry in seen if entry in before] == before
    # Going back one meets what came in, at the front; going forward one has passed it.
    assert (len(seen) > len(before)) == back


@pytest.fixture(scope="module")
async def wide(serve: Serve) -> Shop:
    """Give a server with seven of everything that staff list, and a member with seven friends."""
    shop = await serve()
    engine = shop.house.engine
    for number in range(7):
        text = PROGRAM.replace("corner-shop", f"corner-shop-{number}")
        await program.publish(engine, text + MORE)
    owner = await shop.enrol()
    code = (await shop.member(owner).ask("{ me { referral { code } } }"))["me"]["referral"]["code"]
    for number in range(7):
        friend = shop.member(await shop.enrol())
        await friend.ask(ACCEPT, {"input": {"referralCode": code}})
        told = {"challenge": "photos", "text": "Look!", "key": uuid4().hex}
        await friend.ask(SUBMIT, {"input": told})
        wanted = Adjustment(owner, "points", 99, f"w-{number}", "Many.", "staff:a")
        await adjustments.ask(engine, wanted, {"SUPPORT"})
        everyone = segments.EVERYONE
        brief = Brief("Hello", everyone, (Variant("a", {"en": "Hi"}, {"en": "Hello"}),))
        await push.campaigns.create(engine, brief, f"c-{number}", "staff:a")
    while await reactions.react(engine):
        pass
    return shop


@pytest.mark.parametrize(
    ("field", "node"),
    [
        ("members", "id"),
        ("campaigns", "id"),
        ("adjustmentsWaiting", "id"),
        ("programVersions", "number"),
        ("submissions", "submission { id }"),
        ("nudgesForeseen", "deliveryId"),
    ],
)
async def test_lists_of_staff_page_both_ways(wide: Shop, field: str, node: str) -> None:
    query = asked(f">{field}", node)
    forward = await walked(wide.staff(), query, 3)
    assert len({str(one) for one in forward}) == len(forward) >= 7
    assert await walked(wide.staff(), query, 3, back=True) == forward


async def test_staff_see_which_nudges_there_are_and_why_one_would_not_be_sent(wide: Shop) -> None:
    found = await wide.staff("MARKETING").ask(
        "{ nudges { trigger enabled purpose category cap { count days } waiting sent suppressed "
        "{ reason count } } nudgesForeseen(first: 1) { edges { node { trigger title reason } } } }"
    )
    [welcome] = found["nudges"]
    counts = {"waiting": 8, "sent": 0, "suppressed": []}
    told = {"trigger": "WELCOME", "enabled": True, "purpose": "SERVICE", "category": "CAMPAIGN"}
    assert welcome == {**told, "cap": {"count": 1, "days": 7}, **counts}
    [first] = found["nudgesForeseen"]["edges"]
    assert first["node"] == {"trigger": "WELCOME", "title": None, "reason": "NO_DEVICE"}


async def test_friends_page_both_ways_and_are_counted(wide: Shop) -> None:
    found = (await wide.staff().ask("{ members(last: 1) { edges { node { id } } } }"))["members"]
    member = wide.member(found["edges"][0]["node"]["id"])
    query = asked("me>referral>friends", "pseudonym")
    forward = await walked(member, query, 2)
    assert len({one["pseudonym"] for one in forward}) == len(forward) == 7
    assert await walked(member, query, 2, back=True) == forward
    counted = await member.ask("{ me { referral { friends(last: 1) { totalCount } } } }")
    assert counted["me"]["referral"]["friends"]["totalCount"] == 7


async def test_a_list_that_knows_its_length_tells_it_on_every_page(wide: Shop) -> None:
    query = """
      query ($first: Int, $last: Int) {
        members(first: $first, last: $last) { totalCount edges { cursor } }
        adjustmentsWaiting(first: $first, last: $last) { totalCount edges { cursor } }
      }
    """
    every = await wide.staff().ask(query, {"first": 100})
    page = await wide.staff().ask(query, {"last": 1})
    for field, length in (("members", 8), ("adjustmentsWaiting", 7)):
        assert len(every[field]["edges"]) == every[field]["totalCount"] == length
        assert page[field]["totalCount"] == length


MIXED = [
    ({"first": 3, "last": 3}, "last"),
    ({"last": 3, "after": "x"}, "after"),
    ({"before": "x"}, "before"),
    ({"first": 3, "before": "x"}, "before"),
    ({"last": 0}, "last"),
    ({"last": 101}, "last"),
    ({"last": -1}, "last"),
    ({"first": 101}, "first"),
    ({"last": 3, "before": "x"}, "before"),
    ({"last": 3, "before": ""}, "before"),
]


@pytest.mark.parametrize(("wanted", "at"), MIXED, ids=str)
async def test_what_does_not_go_together_is_bad_input(shop: Shop, wanted: Json, at: str) -> None:
    member = shop.member(await shop.enrol())
    asking = [(member, ENTRIES), (member, HELDS), (shop.staff(), MEMBERS)]
    for person, query in asking:
        (error,) = await person.errors(query, wanted)
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": [at]}


async def test_nulls_are_as_if_left_out(shop: Shop) -> None:
    member = shop.member(await shop.enrol())
    nulls = {"first": None, "after": None, "last": None, "before": None}
    assert await member.ask(ENTRIES, nulls) == await member.ask(ENTRIES, {})
