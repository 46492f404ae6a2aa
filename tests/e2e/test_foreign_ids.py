"""No id of somebody else opens anything at the app door: it is as if nobody had it.

The places that take an id are read from the schema, so a new one fails here until it has its case.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
)

from schema import app_schema, core_schema
from tests.e2e.conftest import Json, Serve
from tests.e2e.everything import SOURCE, World, unknown, worlds

GRAPH = core_schema(app_schema)
NAMED_AS_AN_ID = re.compile(r"(^i|I)ds?$|^(number|code|referralCode|held|receipt|store)$")

DOCUMENTS = {
    "Query.node(id)": "query ($id: ID!) { node(id: $id) { __typename id } }",
    "Query.nodes(ids)": "query ($id: ID!) { nodes(ids: [$id]) { __typename id } }",
    "Wallet.entries(currency)": """query ($id: ID!) {
        me { wallet { entries(currency: $id) { edges { node { id } } } } } }""",
    "Member.activities(store)": """query ($id: ID!) {
        me { activities(store: $id) { edges { node { id } } } } }""",
}
"""A question for each argument that takes an id."""

CALLS: dict[str, tuple[str, Json]] = {
    "DeviceForgetInput.id": ("deviceForget { forgottenId", {}),
    "DeviceForgetOthersInput.id": ("deviceForgetOthers { forgottenIds", {}),
    # Registering writes; that no device of another is taken over is in test_push_devices.py.
    "DeviceRegisterInput.id": ("deviceRegister { device { id }", {"token": "", "platform": "IOS"}),
    "MessageToldInput.id": ("messageOpened { messages { id }", {}),
    "OfferClaimInput.offer": ("offerClaim { held { id }", {}),
    "OfferReserveInput.offer": ("offerReserve { held { id }", {}),
    "OfferConfirmInput.held": ("offerConfirm { held { id }", {}),
    "OfferActivateInput.held": ("offerActivate { held { id }", {}),
    "OfferCancelInput.held": ("offerCancel { held { id }", {}),
    "ChallengeJoinInput.challenge": ("challengeJoin { member { id }", {}),
    "ChallengeLeaveInput.challenge": ("challengeLeave { member { id }", {}),
    "ChallengeSubmitInput.challenge": ("challengeSubmit { submission { id }", {"text": "Look!"}),
    "LeaderboardJoinInput.challenge": ("leaderboardJoin { member { id }", {"alias": "anna"}),
    "LeaderboardLeaveInput.challenge": ("leaderboardLeave { member { id }", {}),
    "PointsTransferInput.receiverId": (
        "pointsTransfer { entries { id }",
        {"currency": "points", "points": 1},
    ),
    "PointsTransferInput.currency": (
        "pointsTransfer { entries { id }",
        {"receiverId": "<bo>", "points": 1},
    ),
    "ReceiptClaimInput.number": ("receiptClaim { entries { id } activity { id }", {}),
    "ReferralAcceptInput.referralCode": ("referralAccept { member { id }", {}),
    "MemberEnrolInput.referralCode": ("memberEnrol { memberId", {}),
}
"""A mutation, what it shows and what else it is sent, for each field of an input."""

WITHIN = {"MessageToldInput": ("MessageOpenedInput", "messages")}
"""An input that is one of a list in another."""

BY_DESIGN = {
    ("PointsTransferInput.receiverId", "Member"): "who has an id may be given points",
    ("ReferralAcceptInput.referralCode", "code of a MemberReferral"): "made to be told to others",
    ("MemberEnrolInput.referralCode", "code of a MemberReferral"): "made to be told to others",
    ("ReceiptClaimInput.number", "receipt"): "who holds the paper reads that it was used",
}
KEYED: list[tuple[str, Json]] = [
    ("offerReserve", {"offer": "mug"}),
    ("offerConfirm", {"held": "<held>"}),
    ("offerActivate", {"held": "<held>"}),
    ("offerClaim", {"offer": "own"}),
    ("offerCancel", {"held": "<held>"}),
    ("challengeSubmit", {"challenge": "photos", "text": "Again!"}),
    ("pointsTransfer", {"receiverId": "<third>", "currency": "points", "points": 1}),
    ("memberClose", {"confirm": True, "reason": "Moving."}),
]
"""Every mutation with a key, in an order in which each can be done."""


def takes_an_id(name: str, place: GraphQLArgument | GraphQLInputField) -> bool:
    kind = get_named_type(place.type).name
    return kind == "ID" or (kind == "String" and bool(NAMED_AS_AN_ID.search(name)))


def places() -> Iterator[str]:
    """Name every argument and every field of an input that takes an id."""
    for kind in GRAPH.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            for name, field in kind.fields.items():
                if takes_an_id(name, field):
                    yield f"{kind.name}.{name}"
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for field_name, shown in kind.fields.items():
                for name, argument in shown.args.items():
                    if takes_an_id(name, argument):
                        yield f"{kind.name}.{field_name}({name})"


@pytest.fixture(scope="module")
async def world(serve: Serve) -> AsyncIterator[World]:
    async with worlds(serve, SOURCE) as filled:
        yield filled


def test_every_place_that_takes_an_id_has_its_case() -> None:
    keys = {f"{name[0].upper()}{name[1:]}Input.key" for name, _ in KEYED}
    assert set(places()) == set(DOCUMENTS) | set(CALLS) | keys


def asked(world: World, place: str, value: str, key: str) -> tuple[str, Json]:
    """Give what is sent with a value at a place."""
    if place in DOCUMENTS:
        return DOCUMENTS[place], {"id": value}
    shape, more = CALLS[place]
    kind, _, field = place.partition(".")
    wanted: Json = {**more, field: value}
    if kind in WITHIN:
        kind, field = WITHIN[kind]
        wanted = {field: [wanted]}
    given = GRAPH.type_map[kind]
    assert isinstance(given, GraphQLInputObjectType)
    if "key" in given.fields:
        wanted["key"] = key
    if wanted.get("receiverId") == "<bo>":
        wanted["receiverId"] = world.bo.id
    mutation, _, shown = shape.partition(" { ")
    document = (
        f"mutation ($input: {kind}!) {{ {mutation}(input: $input) "
        f"{{ {shown} userErrors {{ __typename code message path }} }} }}"
    )
    return document, {"input": wanted}


async def answer(world: World, place: str, value: str, key: str) -> str:
    """Let anna send a value at a place; give the whole answer, without what she sent."""
    response = await world.anna.app.post(*asked(world, place, value, key))
    text = json.dumps({"status": response.status_code, **response.json()}, ensure_ascii=False)
    return text.replace(value, "<value>")


async def everything_stored(world: World) -> list[tuple[str, Any]]:
    """Read the whole database."""
    database = world.story.shop.house.mongo.database
    names = sorted(await database.list_collection_names())
    return [
        (name, document)
        for name in names
        for document in await database[name].find().sort("_id", 1).to_list(None)
    ]


@pytest.mark.parametrize("place", [*DOCUMENTS, *CALLS])
async def test_an_id_of_somebody_else_is_as_one_of_nobody(world: World, place: str) -> None:
    await world.story.work()
    before = await everything_stored(world)
    for number, (kind, foreign) in enumerate({**world.of_bo, **world.of_staff}.items()):
        if (place, kind) in BY_DESIGN:
            continue
        key = f"{place}-{number}"
        said = await answer(world, place, foreign, key)
        nobodys = unknown(foreign, world.story.shop)
        assert said == await answer(world, place, nobodys, f"{key}-x"), (kind, foreign)
        assert world.bo.id.removeprefix("mbr_") not in said, (kind, said)
    assert await everything_stored(world) == before


async def test_a_receipt_that_is_somebodys_tells_only_that(world: World) -> None:
    before = await everything_stored(world)
    said = await answer(world, "ReceiptClaimInput.number", world.of_bo["receipt"], "k")
    assert '"code": "RECEIPT_TAKEN"' in said
    assert world.bo.id.removeprefix("mbr_") not in said
    assert await everything_stored(world) == before


@pytest.fixture
async def own_world(serve: Serve) -> AsyncIterator[World]:
    async with worlds(serve, SOURCE) as filled:
        yield filled


async def test_keys_of_somebody_else_are_as_new(own_world: World) -> None:
    """Two members send the same under the same keys: each is done, for each."""
    world = own_world
    third = await world.story.enrol()
    held: dict[str, str] = {}
    for name, call in KEYED:
        for hero in (world.bo, world.anna):
            named = {"<third>": third.id, "<held>": held.get(hero.id)}
            wanted = {field: named.get(str(value), value) for field, value in call.items()}
            shown = "replayed held { id }" if name.startswith("offer") else "replayed"
            done = await hero.attempt(name, {**wanted, "key": f"shared-{name}"}, shown)
            assert (done["userErrors"], done["replayed"]) == ([], False), name
            if "held" in done:
                held[hero.id] = done["held"]["id"]
