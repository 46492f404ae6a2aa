"""Every mutation by which a key changes a member, with an input that is done; not what it shows."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.e2e.conftest import AT, Json, Shop, purchase

Call = tuple[str, str, Json]
CONSENT = {
    "consents": [{"purpose": "MARKETING", "channel": "PUSH", "granted": False}],
    "source": "On the phone.",
}


@dataclass(frozen=True, slots=True)
class Someone:
    """A member, and the ids of what they have; by default nobody, who has nothing."""

    id: str = "mbr_nobody"
    external_id: str = "nobody"
    receiver: str = "mbr_another"
    suspended: str = "mbr_third"
    hold: str = "hld_none"
    top_up: str = "top_none"
    submission: str = "sub_none"
    receipt: str = "none"
    purchase: str = "none"
    code: str = "none"

    @property
    def offer(self) -> str:
        """Give the id of what their first purchase brought."""
        return f"off_{self.id.removeprefix('mbr_')}_1"

    def with_key(self, **more: Any) -> Json:
        """Say something of them that is done once for its key."""
        return {"memberId": self.id, "key": uuid4().hex, **more}

    def told(self, **more: Any) -> Json:
        """Say something of them as another system does."""
        named = {"source": "web", "id": uuid4().hex, "occurredAt": AT}
        return {"memberId": self.id, **named, **more}

    def moving(self, **more: Any) -> Json:
        """Move a point of theirs."""
        return self.with_key(currency="points", points=1, **more)


def calls(one: Someone) -> dict[str, Call]:
    """Give every mutation that answers a member: the scope it takes, its input's type, input."""
    scopes = {
        "members:write": _of_people(one),
        "points:adjust": _of_wallets(one),
        "plans:write": _of_plans(one),
        "purchases:write": _of_purchases(one),
        "events:write": {
            "visitRecord": one.told(),
            "eventRecord": one.told(type="review"),
        },
        "submissions:write": {
            "submissionApprove": {"id": one.submission, "key": uuid4().hex},
            "submissionReject": {"id": one.submission, "reason": "Dark", "key": uuid4().hex},
        },
        "benefits:use": {"benefitUse": one.with_key(benefit="free-shipping")},
        "offers:write": {"offerIssue": one.with_key(offer="thanks", reason="Sorry")},
        "offers:redeem": {
            "offerRedeem": one.with_key(held=one.offer),
            "voucherRedeem": {"code": one.code, "key": uuid4().hex},
        },
    }
    return {
        name: (scope, f"{name[0].upper()}{name[1:]}Input", wanted)
        for scope, inputs in scopes.items()
        for name, wanted in inputs.items()
    }


def _of_people(one: Someone) -> dict[str, Json]:
    return {
        "memberEnrol": {"externalId": one.external_id},
        "memberUpdateProfile": {"memberId": one.id, "lastName": "Holm"},
        "memberSetConsents": {"memberId": one.id, **CONSENT},
        "memberSegmentsSet": {"memberId": one.id, "segments": ["vip"]},
        "memberSuspend": one.with_key(reason="Two cards."),
        "memberReinstate": {**one.with_key(reason="One card."), "memberId": one.suspended},
        "memberClose": one.with_key(reason="Asked for it."),
        "ambassadorAppoint": {"memberId": one.id, "referralCode": uuid4().hex[:12]},
        "ambassadorDismiss": {"memberId": one.id},
    }


def _of_wallets(one: Someone) -> dict[str, Json]:
    return {
        "walletAdjust": one.moving(reason="Asked for it."),
        "walletSpend": one.moving(reason="Asked for it."),
        "walletHold": one.moving(ttlSeconds=60, reason="Coffee"),
        "walletHoldConfirm": {"holdId": one.hold, "key": uuid4().hex},
        "walletHoldRelease": {"holdId": one.hold, "key": uuid4().hex},
        "walletTransfer": one.moving(receiverId=one.receiver),
        "prepaidTopUp": one.with_key(currency="prepaid", topUp="ten"),
        "prepaidPayBack": {"topUpId": one.top_up, "reason": "Moves away", "key": uuid4().hex},
    }


def _of_plans(one: Someone) -> dict[str, Json]:
    return {
        "planStart": one.told(plan="plus"),
        "planRenew": one.told(plan="club"),
        "planCancel": one.told(plan="club"),
        "planResume": one.told(plan="paused"),
        "planRefund": one.told(plan="club"),
        "passBuy": one.told(passId="sauna"),
        "passRefund": one.told(passId="sauna"),
    }


def _of_purchases(one: Someone) -> dict[str, Json]:
    bought = {"purchaseSource": "till-1", "purchaseId": one.purchase}
    return {
        "purchaseRecord": purchase(one.id, "10.00", AT),
        "refundRecord": one.told(**bought),
        "receiptAssign": {"memberId": one.id, "number": one.receipt},
    }


NAMES = tuple(calls(Someone()))


async def someone(shop: Shop) -> Someone:
    """Enrol somebody of whom much is known and who has one of everything."""
    known = {"externalId": uuid4().hex, "email": "asta@example.com", "phone": "+4512345678"}
    enrolled = await done(shop, "memberEnrol", known, "memberId")
    other = await done(shop, "memberEnrol", {**known, "externalId": uuid4().hex}, "memberId")
    one = Someone(enrolled["memberId"], known["externalId"], await shop.enrol(), other["memberId"])
    suspension = {**one.with_key(reason="Two cards."), "memberId": one.suspended}
    await done(shop, "memberSuspend", suspension)
    bought = purchase(one.id, "100.00", AT)
    await done(shop, "purchaseRecord", bought)
    await done(shop, "planStart", one.told(plan="club"))
    await done(shop, "planStart", one.told(plan="paused"))
    await done(shop, "planCancel", one.told(plan="paused"))
    await done(shop, "passBuy", one.told(passId="sauna"))
    held = await done(shop, "walletHold", one.moving(ttlSeconds=60, reason="Tea"), "hold { id }")
    paid = one.with_key(currency="prepaid", topUp="ten")
    topped = await done(shop, "prepaidTopUp", paid, "topUpId")
    receipt = purchase("", "7.00", datetime.now(UTC).isoformat(), number=uuid4().hex)
    del receipt["memberId"]
    await done(shop, "receiptRecord", receipt)
    ticket = one.with_key(offer="ticket", reason="Sorry")
    given = await done(shop, "offerIssue", ticket, "held { code }")
    photo = {"challenge": "photos", "url": "https://pics.example/1", "key": uuid4().hex}
    sent = await done(shop, "challengeSubmit", photo, "submissionId", one.id)
    return Someone(
        id=one.id,
        external_id=one.external_id,
        receiver=one.receiver,
        suspended=one.suspended,
        hold=held["hold"]["id"],
        top_up=topped["topUpId"],
        submission=sent["submissionId"],
        receipt=receipt["number"],
        purchase=bought["id"],
        code=given["held"]["code"],
    )


async def done(
    shop: Shop, name: str, wanted: Json, answer: str = "", member_id: str | None = None
) -> Json:
    """Have staff, or a member, do something that must be done; give its payload."""
    caller = shop.member(member_id) if member_id else shop.staff()
    kind = f"{name[0].upper()}{name[1:]}Input"
    fields = f"{answer} userErrors {{ code }}"
    query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {fields} }} }}"
    payload: Json = (await caller.ask(query, {"input": wanted}))[name]
    assert payload["userErrors"] == [], payload
    return payload
