"""Everything with an id is found by it, by those who may see it, and by nobody else."""

from collections.abc import AsyncIterator

import pytest
from graphql import GraphQLInterfaceType

from schema import app_schema, core_schema, staff_schema
from tests.e2e.conftest import Json, Serve
from tests.e2e.everything import SOURCE, World, unknown, worlds

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


@pytest.fixture(scope="module")
async def world(serve: Serve) -> AsyncIterator[World]:
    async with worlds(serve, SOURCE) as filled:
        yield filled


def kinds(schema: object) -> set[str]:
    """Name the types that are nodes at a door."""
    graph = core_schema(schema)  # type: ignore[arg-type]
    node = graph.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    return {kind.name for kind in graph.get_possible_types(node)}


async def test_every_node_of_a_member_is_found_by_its_id(world: World) -> None:
    assert set(world.nodes_of_bo) == kinds(app_schema)
    for kind, node_id in world.nodes_of_bo.items():
        found = (await world.bo.app.ask(NODE, {"id": node_id}))["node"]
        assert found == {"__typename": kind, "id": node_id}


async def test_every_node_is_found_by_staff(world: World) -> None:
    every = {**world.nodes_of_bo, **world.of_staff}
    assert set(every) == kinds(staff_schema)
    ids = list(every.values())
    found = (await world.story.staff.ask(NODES, {"ids": ids}))["nodes"]
    shown = {kind: "Delivery" if kind == "Message" else kind for kind in every}
    assert found == [{"__typename": shown[kind], "id": each} for kind, each in every.items()]


MALFORMED = ["", "_", ":", "mbr", "mbr_", "ent__", "ent_x_y_z", "off_", "purchase:", "Ω", "ver_x"]


def misses(world: World) -> list[str]:
    """Give ids that lead nowhere for anna."""
    shop = world.story.shop
    others = [*world.of_bo.values(), *world.of_staff.values()]
    return [*others, *MALFORMED, *(unknown(node_id, shop) for node_id in others)]


async def test_what_is_not_ones_own_is_as_if_it_were_not(world: World) -> None:
    for node_id in misses(world):
        assert await world.anna.app.ask(NODE, {"id": node_id}) == {"node": None}, node_id


async def test_nodes_come_in_order_with_null_for_what_is_not_found(world: World) -> None:
    mine = [world.anna.id, "nobody", world.bo.id, world.anna.id]
    found = (await world.anna.app.ask(NODES, {"ids": mine}))["nodes"]
    own = {"__typename": "Member", "id": world.anna.id}
    assert found == [own, None, None, own]
    assert await world.anna.app.ask(NODES, {"ids": []}) == {"nodes": []}
    answer = (await world.anna.app.ask(NODES, {"ids": misses(world)[:100]}))["nodes"]
    assert set(map(str, answer)) == {"None"}


async def test_at_most_100_at_once(world: World) -> None:
    for person in (world.anna.app, world.story.staff):
        (error,) = await person.errors(NODES, {"ids": ["x"] * 101})
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": ["ids"]}


async def test_each_that_is_asked_for_costs(world: World) -> None:
    async def cost(query: str, ids: Json) -> int:
        answer = (await world.anna.app.post(query, ids)).json()
        requested: int = answer["extensions"]["cost"]["requested"]
        return requested

    assert await cost(NODES, {"ids": ["x"] * 50}) == 1 + 50 * 2
    assert await cost('{ nodes(ids: ["a", "b", "c"]) { id } }', {}) == 1 + 3


async def test_a_till_that_may_not_read_members_finds_none(world: World) -> None:
    till = world.story.shop.staff("MARKETING")
    assert (await till.ask(NODE, {"id": world.of_staff["Campaign"]}))["node"] is not None
    assert (await till.ask(NODE, {"id": world.of_staff["AdjustmentRequest"]}))["node"] is None
