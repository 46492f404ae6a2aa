"""The graph as a promise: committed as it is, described whole, and shaped by its conventions."""

import re
from asyncio import iscoroutinefunction
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)

from api import clock, contracts
from schema import app_schema, core_schema, staff_schema

DOORS = {"app": app_schema, "staff": staff_schema}
GRAPHS = {door: build_schema(schema.as_str()) for door, schema in DOORS.items()}
SENT_WITH_A_KEY = {
    *("walletSpend", "walletAdjust", "walletHold", "walletHoldConfirm", "walletHoldRelease"),
    *("prepaidTopUp", "prepaidPayBack", "walletTransfer", "pointsTransfer"),
    *("offerIssue", "offerRedeem", "voucherRedeem", "offerCodesGenerate", "benefitUse"),
    *("offerClaim", "offerReserve", "offerConfirm", "offerActivate", "offerCancel"),
    *("challengeSubmit", "submissionApprove", "submissionReject"),
    *("campaignCreate", "campaignDuplicate", "campaignTestSend"),
    *("memberSuspend", "memberReinstate", "memberClose"),
}
SENT_WITH_A_SOURCE_AND_ID = {
    *("purchaseRecord", "refundRecord", "receiptRecord", "visitRecord", "eventRecord"),
    *("planStart", "planRenew", "planCancel", "planResume", "planRefund"),
    *("passBuy", "passRefund"),
}
ONCE_FOR_WHAT_IT_NAMES = {
    *("adjustmentApprove", "adjustmentReject", "receiptAssign", "receiptClaim"),
    *("offerCodesImport", "referralAccept"),
}
MOVES_NO_VALUE = {
    *("memberEnrol", "memberUpdateProfile", "memberSegmentsSet", "memberSetConsents"),
    "memberSetPreferences",
    *("ambassadorAppoint", "ambassadorDismiss", "deviceRegister", "deviceForget"),
    *("deviceForgetOthers", "messageOpened", "messageClicked"),
    *("challengeJoin", "challengeLeave", "leaderboardJoin", "leaderboardLeave"),
    *("programPublish", "programSaveDraft", "programActivate", "campaignDelete"),
    *("campaignValidate", "campaignUpdate", "campaignLaunch", "campaignApprove", "campaignReject"),
    *("campaignPause", "campaignResume", "campaignStop", "pushSwitchOff", "pushSwitchOn"),
    *("jobRetry", "jobGiveUp"),
    *("segmentCreate", "segmentUpdate", "segmentDelete"),
}
PAGING = {"first": "Int", "after": "String", "last": "Int", "before": "String"}
ANSWERED_BY_CODES = {"voucherRedeem", "offerCodesGenerate"}

each_door = pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS.keys())


def described(graph: GraphQLSchema) -> Iterator[tuple[str, Any]]:
    """Walk everything that can have a description."""
    for name, kind in graph.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        yield name, kind
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{value}", item) for value, item in kind.values.items())
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field
                for argument_name, argument in getattr(field, "args", {}).items():
                    yield f"{name}.{field_name}({argument_name})", argument


def objects(graph: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    return (
        kind
        for kind in graph.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not is_introspection_type(kind)
    )


def test_the_committed_contract_is_what_the_code_serves() -> None:
    assert contracts.check(contracts.FOLDER, clock.now().date()) == []


@each_door
def test_everything_is_described(graph: GraphQLSchema) -> None:
    found = dict(described(graph))
    assert len(found) > 100
    assert [name for name, item in found.items() if not item.description] == []


@each_door
def test_texts_and_numbers_that_come_in_state_their_limits(graph: GraphQLSchema) -> None:
    """What may be long or large says how long or large, or what form it has."""
    limit = re.compile(
        r"\d|IANA|YAML|by its|the earning rules|such as|as it was|cursor", re.IGNORECASE
    )
    silent = [
        name
        for name, item in described(graph)
        if "Input." in name
        and get_named_type(item.type).name in ("String", "Int", "Points")
        and not limit.search(item.description)
    ]
    assert silent == []


@each_door
def test_every_mutation_has_one_input_and_one_payload(graph: GraphQLSchema) -> None:
    assert graph.mutation_type is not None
    for name, field in graph.mutation_type.fields.items():
        stem = name[0].upper() + name[1:]
        assert list(field.args) == ["input"], name
        assert str(field.args["input"].type) == f"{stem}Input!"
        assert str(field.type) == f"{stem}Payload", "null must not undo what happened before it"
        payload = graph.type_map[f"{stem}Payload"]
        assert isinstance(payload, GraphQLObjectType)
        assert str(payload.fields["userErrors"].type) == "[UserError!]!"


def test_every_mutation_is_known_to_move_value_or_not() -> None:
    """A new mutation has to say how its repeats are recognised."""
    kinds = (SENT_WITH_A_KEY, SENT_WITH_A_SOURCE_AND_ID, ONCE_FOR_WHAT_IT_NAMES, MOVES_NO_VALUE)
    named = sorted(name for kind in kinds for name in kind)
    roots = [graph.mutation_type for graph in GRAPHS.values()]
    assert named == sorted({name for root in roots if root is not None for name in root.fields})


@each_door
def test_what_moves_value_has_a_key_and_tells_repeats(graph: GraphQLSchema) -> None:
    assert graph.mutation_type is not None
    for name in graph.mutation_type.fields.keys() & (SENT_WITH_A_KEY | SENT_WITH_A_SOURCE_AND_ID):
        stem = name[0].upper() + name[1:]
        wanted, payload = graph.type_map[f"{stem}Input"], graph.type_map[f"{stem}Payload"]
        assert isinstance(wanted, GraphQLInputObjectType)
        assert isinstance(payload, GraphQLObjectType)
        names = ["key"] if name in SENT_WITH_A_KEY else ["source", "id"]
        assert all(isinstance(wanted.fields[key].type, GraphQLNonNull) for key in names), name
        if name not in ANSWERED_BY_CODES:
            assert str(payload.fields["replayed"].type) == "Boolean!", name


@each_door
def test_connections_are_nullable_and_shaped_alike(graph: GraphQLSchema) -> None:
    connections = [kind for kind in objects(graph) if kind.name.endswith("Connection")]
    assert connections
    for connection in connections:
        assert set(connection.fields) - {"totalCount"} == {"edges", "pageInfo"}
    for kind in objects(graph):
        for name, field in kind.fields.items():
            if get_named_type(field.type) in connections:
                place = f"{kind.name}.{name}"
                assert not isinstance(field.type, GraphQLNonNull), place
                paging = {name: str(field.args[name].type) for name in list(field.args)[:4]}
                assert paging == PAGING, place


@pytest.mark.parametrize("door", DOORS)
def test_what_is_read_when_it_is_asked_for_is_nullable(door: str) -> None:
    """It may fail where the rest is there, and must not take the rest with it."""
    named = DOORS[door].config.name_converter.get_graphql_name
    rigid = {
        f"{kind.name}.{named(field)}"
        for kind in core_schema(DOORS[door]).type_map.values()
        for field in getattr(kind.extensions.get("strawberry-definition"), "fields", ())
        if field.base_resolver and iscoroutinefunction(field.base_resolver.wrapped_func)
        if isinstance(getattr(kind, "fields", {})[named(field)].type, GraphQLNonNull)
    }
    live = {name for name in rigid if name.startswith("Subscription.")}
    assert rigid - live == ({"ProgramVersion.program"} if door == "staff" else set())


@each_door
def test_node_is_nullable_and_every_node_has_an_id(graph: GraphQLSchema) -> None:
    assert graph.query_type is not None
    assert str(graph.query_type.fields["node"].type) == "Node"
    node = graph.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    for kind in graph.get_possible_types(node):
        assert str(kind.fields["id"].type) == "ID!"


@each_door
def test_enum_values_and_codes_are_in_capitals(graph: GraphQLSchema) -> None:
    for kind in graph.type_map.values():
        if isinstance(kind, GraphQLEnumType) and not is_introspection_type(kind):
            assert all(re.fullmatch(r"[A-Z][A-Z0-9_]*", value) for value in kind.values)


def said(door: str, kind: str, field: str) -> str:
    found = GRAPHS[door].type_map[kind]
    assert isinstance(found, GraphQLObjectType | GraphQLInputObjectType)
    return found.fields[field].description or ""


def test_what_is_said_is_true_at_the_door_where_it_is_said() -> None:
    assert "Needs no token" in said("app", "Query", "program")
    assert "Needs no token" not in said("staff", "Query", "program")
    assert "once for the member" in said("staff", "WalletSpendInput", "key")
    assert "member" not in said("staff", "CampaignCreateInput", "key")
    assert "10^12" in said("staff", "MoneyInput", "amount")


@each_door
def test_who_joins_has_nothing_yet_that_null_could_leave(graph: GraphQLSchema) -> None:
    joins = graph.type_map["MemberEnrolInput"]
    assert isinstance(joins, GraphQLInputObjectType)
    assert [name for name, f in joins.fields.items() if "leaves it" in f.description] == []
    assert "default language" in joins.fields["locale"].description
    assert "the program's" in joins.fields["timeZone"].description


def test_the_app_door_knows_nothing_of_the_staff_door() -> None:
    staff_only = set(GRAPHS["staff"].type_map) - set(GRAPHS["app"].type_map)
    assert {"Campaign", "ProgramVersion", "WalletAdjustInput", "HoldUnknown"} <= staff_only
    words = re.compile(r"\b(campaigns?|staff door|ADMIN|MARKETING role)\b", re.IGNORECASE)
    assert words.findall(app_schema.as_str()) == ["CAMPAIGN"]  # the category, as in the push


def test_both_doors_say_the_same_of_what_they_share() -> None:
    app, staff = GRAPHS["app"].type_map, GRAPHS["staff"].type_map
    apart = {
        "Query",
        "Mutation",
        "Subscription",
        "MemberEnrolInput",
        "MemberUpdateProfileInput",
        "MemberCloseInput",
        "MemberSetConsentsInput",
    }
    for name in (set(app) & set(staff)) - apart:
        mine, theirs = app[name], staff[name]
        assert mine.description == theirs.description
        assert getattr(mine, "fields", {}).keys() == getattr(theirs, "fields", {}).keys()
