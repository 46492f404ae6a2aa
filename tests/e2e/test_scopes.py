"""What a mutation shows to whom: a scope that writes does not read."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from api.integration_keys import SCOPES
from schema import staff_schema
from schema.payloads import OfMember
from tests.e2e.conftest import Json, Shop, purchase
from tests.e2e.test_doors import key
from tests.e2e.test_refusals import AT

PROFILE = """
id externalId firstName email phone birthDate locale consents { granted } devices { id }
wallet { balances { balance } entries { edges { node { points } } } } tier { tier { id } }
"""
READS = ("members:read",)


def moving(member_id: str) -> Json:
    known = {"memberId": member_id, "currency": "points", "points": 1}
    return {**known, "reason": "Asked for it.", "key": uuid4().hex}


def held_of(member_id: str) -> str:
    """Give the id of what a member's first purchase brought."""
    return f"off_{member_id.removeprefix('mbr_')}_1"


def calls(member_id: str, external_id: str) -> dict[str, tuple[str, str, Json]]:
    """Give every mutation that answers a member: the scope it takes, its input's type, input."""
    visit = {"source": "web", "id": uuid4().hex, "memberId": member_id, "occurredAt": AT}
    return {
        "memberEnrol": ("members:write", "MemberEnrolInput", {"externalId": external_id}),
        "memberUpdateProfile": (
            "members:write",
            "MemberUpdateProfileInput",
            {"memberId": member_id, "lastName": "Holm"},
        ),
        "memberSegmentsSet": (
            "members:write",
            "MemberSegmentsSetInput",
            {"memberId": member_id, "segments": ["vip"]},
        ),
        "ambassadorAppoint": (
            "members:write",
            "AmbassadorAppointInput",
            {"memberId": member_id, "referralCode": uuid4().hex[:12]},
        ),
        "ambassadorDismiss": ("members:write", "AmbassadorDismissInput", {"memberId": member_id}),
        "benefitUse": (
            "benefits:use",
            "BenefitUseInput",
            {"memberId": member_id, "benefit": "free-shipping", "key": uuid4().hex},
        ),
        "walletAdjust": ("points:adjust", "WalletAdjustInput", moving(member_id)),
        "walletSpend": ("points:adjust", "WalletSpendInput", moving(member_id)),
        "offerIssue": (
            "offers:write",
            "OfferIssueInput",
            {"memberId": member_id, "offer": "thanks", "reason": "Sorry", "key": uuid4().hex},
        ),
        "offerRedeem": (
            "offers:redeem",
            "OfferRedeemInput",
            {"memberId": member_id, "held": held_of(member_id), "key": uuid4().hex},
        ),
        "planStart": ("plans:write", "PlanStartInput", {**visit, "plan": "plus"}),
        "planRenew": ("plans:write", "PlanRenewInput", {**visit, "plan": "club"}),
        "planCancel": ("plans:write", "PlanCancelInput", {**visit, "plan": "club"}),
        "planResume": ("plans:write", "PlanResumeInput", {**visit, "plan": "paused"}),
        "planRefund": ("plans:write", "PlanRefundInput", {**visit, "plan": "club"}),
        "passBuy": ("plans:write", "PassBuyInput", {**visit, "passId": "sauna"}),
        "passRefund": ("plans:write", "PassRefundInput", {**visit, "passId": "sauna"}),
        "purchaseRecord": (
            "purchases:write",
            "PurchaseRecordInput",
            purchase(member_id, "10.00", AT),
        ),
        "visitRecord": ("events:write", "VisitRecordInput", visit),
        "eventRecord": ("events:write", "EventRecordInput", {**visit, "type": "review"}),
    }


def calls_about(member_id: str) -> dict[str, tuple[str, str, Json]]:
    """Give those about what has to be there before; what they do is told in the stories."""
    holding = {"holdId": f"hld_{member_id.removeprefix('mbr_')}_1_0", "key": uuid4().hex}
    topping = {"memberId": member_id, "currency": "card", "topUp": "ten", "key": uuid4().hex}
    paying = {"topUpId": "top_x_1", "reason": "Moved.", "key": uuid4().hex}
    giving = {"memberId": member_id, "receiverId": "mbr_bo", "currency": "points", "points": 1}
    receipt = {"number": uuid4().hex, "memberId": member_id}
    refund = {"source": "web", "id": uuid4().hex, "occurredAt": AT}
    refund |= {"purchaseSource": "web", "purchaseId": uuid4().hex, "memberId": member_id}
    submitted = {"id": "sub_x", "key": uuid4().hex}
    return {
        "walletHold": ("points:adjust", "WalletHoldInput", moving(member_id)),
        "walletHoldConfirm": ("points:adjust", "WalletHoldConfirmInput", holding),
        "walletHoldRelease": ("points:adjust", "WalletHoldReleaseInput", holding),
        "walletTransfer": ("points:adjust", "WalletTransferInput", giving | {"key": uuid4().hex}),
        "prepaidTopUp": ("points:adjust", "PrepaidTopUpInput", topping),
        "prepaidPayBack": ("points:adjust", "PrepaidPayBackInput", paying),
        "receiptAssign": ("purchases:write", "ReceiptAssignInput", receipt),
        "refundRecord": ("purchases:write", "RefundRecordInput", refund),
        "submissionApprove": ("submissions:write", "SubmissionApproveInput", submitted),
        "submissionReject": (
            "submissions:write",
            "SubmissionRejectInput",
            submitted | {"reason": "Blurred."},
        ),
    }


NAMES = tuple(calls("", ""))
NAMES_ABOUT = tuple(calls_about(""))
BY_PEOPLE = {"adjustmentApprove"}  # no key opens it


def mutations_of_members() -> Iterator[str]:
    root: Any = staff_schema.mutation
    for field in root.__strawberry_definition__.fields:
        payload: Any = getattr(field.type, "of_type", field.type)
        if isinstance(payload, type) and issubclass(payload, OfMember):
            yield staff_schema.config.name_converter.get_graphql_name(field)


def test_every_mutation_that_answers_a_member_is_tried() -> None:
    assert set(mutations_of_members()) == {*NAMES, *NAMES_ABOUT, *BY_PEOPLE}


async def pay(shop: Shop, member_id: str) -> None:
    """Let a member have a plan that goes on, one that is cancelled, and a pass."""
    for name, about in (
        ("planStart", {"plan": "club"}),
        ("planStart", {"plan": "paused"}),
        ("planCancel", {"plan": "paused"}),
        ("passBuy", {"passId": "sauna"}),
    ):
        kind = f"{name[0].upper()}{name[1:]}Input"
        told = {"source": "web", "id": uuid4().hex, "memberId": member_id, "occurredAt": AT}
        query = (
            f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}"
        )
        await shop.staff().ask(query, {"input": {**told, **about}})


async def someone(shop: Shop) -> tuple[str, str]:
    """Enrol somebody of whom much is known, with points; give their id and number."""
    external_id = uuid4().hex
    enrol = "mutation ($input: MemberEnrolInput!) { memberEnrol(input: $input) { memberId } }"
    known = {"externalId": external_id, "email": "asta@example.com", "phone": "+4512345678"}
    enrolled = await shop.staff().ask(enrol, {"input": known})
    member_id: str = enrolled["memberEnrol"]["memberId"]
    await shop.buy(member_id, "100.00", AT)
    await pay(shop, member_id)
    return member_id, external_id


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("more", [(), READS], ids=["writes", "writes-and-reads"])
async def test_a_scope_that_writes_reads_no_profile(
    shop: Shop, name: str, more: tuple[str, ...]
) -> None:
    member_id, external_id = await someone(shop)
    scope, kind, wanted = calls(member_id, external_id)[name]
    query = (
        f"mutation ($input: {kind}!) {{ {name}(input: $input) "
        f"{{ member {{ {PROFILE} }} userErrors {{ code }} }} }}"
    )
    holder = await key(shop, scope, *more)
    payload = (await holder.ask(query, {"input": wanted}))[name]
    assert payload["userErrors"] == []
    if more:
        assert payload["member"]["email"] == "asta@example.com"
    else:
        assert payload["member"] is None


@pytest.mark.parametrize("name", [*NAMES, *NAMES_ABOUT])
@pytest.mark.parametrize("scope", sorted(SCOPES))
async def test_no_scope_opens_what_another_is_for(shop: Shop, name: str, scope: str) -> None:
    known = calls("mbr_nobody", uuid4().hex) | calls_about("mbr_nobody")
    needed, kind, wanted = known[name]
    query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}"
    response = await (await key(shop, scope)).post(query, {"input": wanted})
    codes = [error["extensions"]["code"] for error in response.json().get("errors", ())]
    assert codes == ([] if scope == needed else ["FORBIDDEN"])


async def test_who_enrols_is_told_the_id_alone(shop: Shop) -> None:
    enrol = """
      mutation ($input: MemberEnrolInput!) { memberEnrol(input: $input) { memberId member { id } } }
    """
    web_shop = await key(shop, "members:write")
    enrolled = (await web_shop.ask(enrol, {"input": {"externalId": uuid4().hex}}))["memberEnrol"]
    assert enrolled["memberId"].startswith("mbr_")
    assert enrolled["member"] is None
