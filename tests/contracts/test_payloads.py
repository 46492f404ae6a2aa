"""What mutations answer: what they changed, as nodes; and nothing that could undo the answer."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from schema import app_schema, core_schema, staff_schema

DOORS = {"app": core_schema(app_schema), "staff": core_schema(staff_schema)}
ANSWERS = {
    "member": "memberEnrol memberUpdateProfile memberSetConsents memberSegmentsSet memberClose "
    "memberSetPreferences "
    "memberSuspend memberReinstate challengeJoin challengeLeave leaderboardJoin leaderboardLeave "
    "referralAccept ambassadorAppoint ambassadorDismiss deviceForget deviceForgetOthers "
    "benefitUse",
    "member entries": "walletSpend prepaidTopUp prepaidPayBack pointsTransfer walletTransfer "
    "walletHoldConfirm walletHoldRelease",
    "member entries hold": "walletHold",
    "member entries waiting": "walletAdjust",
    "member entries adjustment": "adjustmentApprove",
    "adjustment": "adjustmentReject",
    "member held": "offerClaim offerReserve offerConfirm offerActivate offerCancel offerIssue "
    "offerRedeem voucherRedeem",
    "supply": "offerCodesImport offerCodesGenerate",
    "member entries activity": "purchaseRecord refundRecord visitRecord eventRecord receiptClaim "
    "receiptAssign",
    "member entries plan": "planStart planRenew planCancel planResume planRefund",
    "member entries pass": "passBuy passRefund",
    "member submission": "challengeSubmit submissionApprove submissionReject",
    "member device": "deviceRegister",
    "member messages": "messageOpened messageClicked",
    "version": "programPublish programSaveDraft programActivate",
    "campaign": "campaignCreate campaignUpdate campaignDuplicate campaignLaunch campaignApprove "
    "campaignReject campaignPause campaignResume campaignStop campaignValidate campaignTestSend",
    "segment": "segmentCreate segmentUpdate",
    # a purchase of nobody yet, which nobody can ask for; what is gone; the one switch there is;
    # work in the background
    "": "receiptRecord campaignDelete segmentDelete pushSwitchOff pushSwitchOn jobRetry jobGiveUp",
}
CHANGED = {name: set(nodes.split()) for nodes, names in ANSWERS.items() for name in names.split()}
GONE = {
    "campaignDelete": "deletedId",
    "deviceForget": "forgottenId",
    "deviceForgetOthers": "forgottenIds",
    "segmentDelete": "deletedId",
    "walletHoldConfirm": "holdId",
    "walletHoldRelease": "holdId",
}

each_door = pytest.mark.parametrize("graph", DOORS.values(), ids=DOORS.keys())


def payloads(graph: GraphQLSchema) -> Iterator[tuple[str, GraphQLObjectType]]:
    assert graph.mutation_type is not None
    for name, field in graph.mutation_type.fields.items():
        payload = get_named_type(field.type)
        assert isinstance(payload, GraphQLObjectType)
        yield name, payload


def nodes(graph: GraphQLSchema) -> set[str]:
    node = graph.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    return {kind.name for kind in graph.get_possible_types(node)}


@each_door
def test_a_mutation_answers_every_node_it_changed(graph: GraphQLSchema) -> None:
    """With their ids, so that a cache by ids has nothing to ask for again."""
    found = {
        name: {
            field
            for field, what in payload.fields.items()
            if get_named_type(what.type).name in nodes(graph)
        }
        for name, payload in payloads(graph)
    }
    assert found == {name: CHANGED[name] for name in found}


@each_door
def test_what_is_no_more_is_named(graph: GraphQLSchema) -> None:
    for name, payload in payloads(graph):
        if name in GONE:
            assert str(payload.fields[GONE[name]].type) in {"ID", "[ID!]!"}


def fragile(kind: object, place: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Find what is never null below a place, and has to be worked out when it is asked for."""
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) or kind.name in seen:
        return
    definition = kind.extensions["strawberry-definition"]
    resolved = {field.python_name for field in definition.fields if field.base_resolver}
    for name, field in kind.fields.items():
        if not isinstance(field.type, GraphQLNonNull):
            continue
        python_name = field.extensions["strawberry-definition"].python_name
        if python_name in resolved:
            yield f"{place}.{name}"
        below = get_named_type(field.type)
        yield from fragile(below, f"{place}.{name}", seen | {kind.name})


@each_door
def test_nothing_that_fails_takes_the_answer_of_a_mutation_with_it(graph: GraphQLSchema) -> None:
    """What was done stays done, so its payload stays, whatever could not be read for it.

    What is never null in a payload is there before it is asked for, at every depth.
    """
    found = [line for name, payload in payloads(graph) for line in fragile(payload, name)]
    assert found == []


@each_door
def test_the_payload_itself_may_be_null(graph: GraphQLSchema) -> None:
    assert graph.mutation_type is not None
    fields = graph.mutation_type.fields.items()
    assert [name for name, field in fields if isinstance(field.type, GraphQLNonNull)] == []


def test_what_is_worked_out_is_seen() -> None:
    graph = DOORS["app"]
    offers = graph.type_map["MemberOffers"]
    assert "it.held" in list(fragile(offers, "it"))
    assert "it.wallet" in list(fragile(graph.type_map["Member"], "it"))
