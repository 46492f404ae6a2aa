"""One key, one answer, over HTTP: where anything else differs it is refused, nothing written."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type

from tests.contracts.test_sdl import GRAPHS
from tests.e2e.conftest import Serve
from tests.e2e.keyed_calls import CALLS, Cast, Json, Keyed
from tests.e2e.stories import Hero, Story, story

PROGRAM = Path(__file__).with_name("keyed.yaml").read_text(encoding="utf-8")
OF_THE_MEMBER = {"memberId"}  # a key is a member's own: another's is another key
SAYS_MORE = {
    ("refundRecord", "memberId"): "PURCHASE_OF_ANOTHER",
    ("memberClose", "confirm"): "MEMBER_CANNOT_BECOME",
}


@pytest.fixture(scope="module")
async def shop_story(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, PROGRAM) as played:
        yield played


@pytest.fixture
async def cast(shop_story: Story) -> Cast:
    return Cast(shop_story, *[await rich(shop_story) for _ in range(3)])


async def rich(played: Story) -> Hero:
    hero = await played.enrol()
    for currency in ("points", "gems"):
        wanted = {"memberId": hero.id, "currency": currency, "points": 100, "reason": "Hello"}
        await played.do("walletAdjust", {**wanted, "key": uuid4().hex})
    return hero


def arguments(door: str, mutation: str) -> set[str]:
    taken = mutations(door)[mutation].args["input"].type
    named = get_named_type(taken)
    assert isinstance(named, GraphQLInputObjectType)
    return set(named.fields)


def mutations(door: str) -> dict[str, Any]:
    root = GRAPHS[door].mutation_type
    assert root is not None
    return dict(root.fields)


def test_every_mutation_with_a_key_is_tried() -> None:
    by_key = {
        (door, mutation)
        for door in GRAPHS
        for mutation in mutations(door)
        for taken in [arguments(door, mutation)]
        if "key" in taken or {"source", "id"} <= taken
    }
    assert {(wanted.door, wanted.mutation) for wanted in CALLS} == by_key


@pytest.mark.parametrize("wanted", CALLS, ids=lambda wanted: wanted.mutation)
def test_every_argument_is_tried(wanted: Keyed) -> None:
    left = arguments(wanted.door, wanted.mutation) - wanted.by - wanted.others.keys()
    assert left <= (OF_THE_MEMBER if wanted.by == {"key"} else set())


@pytest.mark.parametrize("wanted", CALLS, ids=lambda wanted: wanted.mutation)
async def test_a_key_with_anything_else_is_refused(cast: Cast, wanted: Keyed) -> None:
    key = {"key": uuid4().hex} if "key" in arguments(wanted.door, wanted.mutation) else {}
    call = await cast.fill(key | wanted.call)
    for step, told in wanted.before:
        await cast.story.do(step, await cast.fill({**told, "memberId": call["memberId"]}))
    done = await cast.do(wanted, call)
    assert done["userErrors"] == []
    others = {name: await cast.fill(other) for name, other in wanted.others.items()}
    for name, other in others.items():
        changed = other if isinstance(other, dict) and name in other else {name: other}
        before = await written(cast.story)
        refused = await cast.do(wanted, {**call, **changed})
        codes = [error["code"] for error in refused["userErrors"]]
        assert codes == [SAYS_MORE.get((wanted.mutation, name), "KEY_REUSED")], name
        assert await written(cast.story) == before, name
    repeatable = "replayed" in payload_fields(wanted)
    again = await cast.do(wanted, call, "replayed" if repeatable else "")
    assert again == {"userErrors": []} | ({"replayed": True} if repeatable else {})


def payload_fields(wanted: Keyed) -> set[str]:
    payload = get_named_type(mutations(wanted.door)[wanted.mutation].type)
    assert isinstance(payload, GraphQLObjectType)
    return set(payload.fields)


async def written(played: Story) -> dict[str, list[Json]]:
    """Read everything that is stored, once what was answered is noted too."""
    engine = played.shop.house.engine
    await engine.commits.drain()
    names = await engine.mongo.database.list_collection_names()
    return {name: await engine.mongo.find(name, {}, sort=[("_id", 1)]) for name in names}
