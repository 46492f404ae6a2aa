"""Every mutation that is done once for a key: a call of it, and another value for each argument.

A text such as `<held>` is a new one of its kind for every call; `<anna>`, `<bo>` and `<carl>` are
members, the same within one test.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.e2e.stories import Hero, Story

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Keyed:
    """A call, and for each argument what else it is sent with; `by` names what makes the key.

    `before` it other mutations are done.
    """

    mutation: str
    call: Json
    others: dict[str, Any]
    by: frozenset[str] = frozenset({"key"})
    door: str = "staff"
    before: tuple[tuple[str, Json], ...] = ()


def _money(amount: str) -> Json:
    return {"amount": amount, "currencyCode": "EUR"}


def _app(mutation: str, call: Json, others: Json) -> Keyed:
    return Keyed(mutation, call, others, door="app")


def _told(mutation: str, call: Json, others: Json, *before: str) -> Keyed:
    """Describe what another system tells: its key is its source and its id there."""
    known = {"source": "till-1", "id": "<order>", "memberId": "<anna>", "occurredAt": NOON}
    others = {"memberId": "<bo>", "occurredAt": LATER, **others}
    earlier = tuple((step, {**known, **call}) for step in before)
    return Keyed(mutation, {**known, **call}, others, frozenset({"source", "id"}), before=earlier)


NOON, LATER = "2026-03-02T12:00:00Z", "2026-03-02T12:00:01Z"
MOVED = {"memberId": "<anna>", "currency": "points", "points": 3}
OTHERWISE = {"currency": "gems", "points": 4}
WHY, WHY_ELSE = {"reason": "Tea"}, {"reason": "Coffee"}
SHOWN = {"memberId": "<anna>", "receipt": "till-1:1"}
SHOWN_ELSE = {"memberId": "<bo>", "receipt": "till-1:2"}
PLAN, PLAN_ELSE = {"plan": "plus"}, {"plan": "max"}
PASS, PASS_ELSE = {"passId": "sauna"}, {"passId": "pool"}
PERSON = {
    "externalId": "<number>",
    "firstName": "Anna",
    "lastName": "Berg",
    "email": "anna@shop.example",
    "phone": "+4512345678",
    "birthDate": "1990-05-01",
    "locale": "da",
    "timeZone": "Europe/Copenhagen",
    "referralCode": "<code of anna>",
}
PERSON_ELSE = {
    "externalId": "<number>",
    "firstName": "Anne",
    "lastName": "Bergen",
    "email": "anne@shop.example",
    "phone": "+4512345679",
    "birthDate": "1990-05-02",
    "locale": "sv",
    "timeZone": "Europe/Stockholm",
    "referralCode": "<code of bo>",
}
BOUGHT = {
    "total": _money("22.00"),
    "lines": [{"amount": _money("20.00"), "product": "mug"}],
    "shipping": _money("2.00"),
    "pointsPayment": _money("1.00"),
    "redemption": "<spent>",
    "store": "north",
    "channel": "web",
    "paymentMethod": "card",
}
BOUGHT_ELSE = {
    "total": {"total": _money("24.00"), "lines": [{"amount": _money("22.00"), "product": "mug"}]},
    "lines": [{"amount": _money("20.00"), "product": "bag"}],
    "shipping": {"shipping": _money("3.00"), "total": _money("23.00")},
    "pointsPayment": _money("2.00"),
    "redemption": "<spent>",
    "store": "south",
    "channel": "app",
    "paymentMethod": "cash",
}
RECEIPT = {
    **{name: value for name, value in BOUGHT.items() if name != "redemption"},
    "source": "till-1",
    "id": "<order>",
    "occurredAt": NOON,
    "number": "<number>",
}
RECEIPT_ELSE = {
    **{name: value for name, value in BOUGHT_ELSE.items() if name != "redemption"},
    "redemption": "ent_nobody_1_0",
    "occurredAt": LATER,
}
REFUND = {
    "source": "till-1",
    "id": "<order>",
    "occurredAt": NOON,
    "purchaseSource": "till-1",
    "purchaseId": "<bought>",
    "lines": [{"index": 0}],
}
REFUND_ELSE = {
    "memberId": "<bo>",
    "occurredAt": LATER,
    "purchaseSource": {"purchaseSource": "till-2", "purchaseId": "<bought at till-2>"},
    "purchaseId": "<bought>",
    "lines": [{"index": 1}],
    "amount": {"lines": [], "amount": _money("1.00")},
}
CAMPAIGN = {
    "name": "Spring",
    "variants": [
        {
            "title": [{"locale": "en", "text": "Hello"}],
            "body": [{"locale": "en", "text": "Spring is here"}],
        }
    ],
    "audience": {"everyone": True},
}
CAMPAIGN_ELSE = {**CAMPAIGN, "holdoutPercent": 10}
SUBMITTED = {"challenge": "photos", "url": "https://shop.example/1", "text": "Look"}
SUBMITTED_ELSE = {"challenge": "films", "url": "https://shop.example/2", "text": "See"}

CALLS = [
    _app("challengeSubmit", SUBMITTED, SUBMITTED_ELSE),
    _app("offerClaim", {"offer": "mug"}, {"offer": "bag"}),
    _app("offerReserve", {"offer": "mug"}, {"offer": "bag"}),
    _app("offerConfirm", {"held": "<reserved>"}, {"held": "<reserved>"}),
    _app("offerActivate", {"held": "<held>"}, {"held": "<held>"}),
    _app("offerCancel", {"held": "<held>"}, {"held": "<held>"}),
    _app(
        "pointsTransfer",
        {"receiverId": "<bo>", "currency": "points", "points": 3},
        {"receiverId": "<carl>", **OTHERWISE},
    ),
    Keyed("walletTransfer", {"receiverId": "<bo>", **MOVED}, {"receiverId": "<carl>", **OTHERWISE}),
    Keyed("walletSpend", {**MOVED, **WHY}, {**OTHERWISE, **WHY_ELSE}),
    Keyed("walletAdjust", {**MOVED, **WHY}, {**OTHERWISE, **WHY_ELSE}),
    Keyed(
        "walletHold", {**MOVED, **WHY, "ttlSeconds": 60}, {**OTHERWISE, **WHY_ELSE, "ttlSeconds": 9}
    ),
    Keyed("walletHoldConfirm", {"holdId": "<hold>"}, {"holdId": "<hold>"}),
    Keyed("walletHoldRelease", {"holdId": "<hold>"}, {"holdId": "<hold>"}),
    Keyed(
        "prepaidTopUp",
        {"memberId": "<anna>", "currency": "prepaid", "topUp": "ten"},
        {"currency": "card", "topUp": "fifty"},
    ),
    Keyed("prepaidPayBack", {"topUpId": "<top-up>", **WHY}, {"topUpId": "<top-up>", **WHY_ELSE}),
    Keyed("benefitUse", {"memberId": "<anna>", "benefit": "fitting"}, {"benefit": "coffee"}),
    Keyed("submissionApprove", {"id": "<submission>", **WHY}, {"id": "<submission>", **WHY_ELSE}),
    Keyed("submissionReject", {"id": "<submission>", **WHY}, {"id": "<submission>", **WHY_ELSE}),
    Keyed(
        "offerRedeem",
        {"memberId": "<anna>", "held": "<held>", "receipt": "till-1:1"},
        {"held": "<held>", "receipt": "till-1:2"},
    ),
    Keyed(
        "offerIssue", {"memberId": "<anna>", "offer": "mug", **WHY}, {"offer": "bag", **WHY_ELSE}
    ),
    Keyed("voucherRedeem", {"code": "<listed>", **SHOWN}, {"code": "<listed>", **SHOWN_ELSE}),
    Keyed("voucherRedeem", {"code": "<own>", **SHOWN}, {"code": "<own of bo>", **SHOWN_ELSE}),
    Keyed("voucherRedeem", {"code": "HELLO", **SHOWN}, {"code": "<listed>", **SHOWN_ELSE}),
    Keyed("offerCodesGenerate", {"offer": "cinema", "count": 2}, {"offer": "theatre", "count": 3}),
    Keyed("memberEnrol", PERSON, PERSON_ELSE),
    _app("memberClose", {"confirm": True, **WHY}, {"confirm": False, **WHY_ELSE}),
    Keyed("memberClose", {"memberId": "<anna>", **WHY}, WHY_ELSE),
    Keyed("memberSuspend", {"memberId": "<anna>", **WHY}, WHY_ELSE),
    Keyed(
        "memberReinstate",
        {"memberId": "<anna>", **WHY},
        WHY_ELSE,
        before=(("memberSuspend", {"key": "<number>", **WHY}),),
    ),
    Keyed("campaignCreate", {"brief": CAMPAIGN}, {"brief": CAMPAIGN_ELSE}),
    Keyed("campaignDuplicate", {"id": "<campaign>"}, {"id": "<campaign>"}),
    Keyed(
        "campaignTestSend",
        {"id": "<campaign>", "memberIds": ["<anna>"]},
        {"memberIds": ["<bo>"], "deviceIds": ["dev_1"]},
        frozenset({"key", "id"}),
    ),
    _told("planStart", PLAN, PLAN_ELSE),
    _told("planRenew", PLAN, PLAN_ELSE, "planStart"),
    _told("planCancel", PLAN, PLAN_ELSE, "planStart"),
    _told("planResume", PLAN, PLAN_ELSE, "planStart", "planCancel"),
    _told("planRefund", PLAN, PLAN_ELSE, "planStart"),
    _told("passBuy", PASS, PASS_ELSE),
    _told("passRefund", PASS, PASS_ELSE, "passBuy"),
    _told("purchaseRecord", BOUGHT, BOUGHT_ELSE),
    _told(
        "visitRecord", {"store": "north", "channel": "web"}, {"store": "south", "channel": "app"}
    ),
    _told(
        "eventRecord",
        {"type": "review", "store": "north", "channel": "web", "quantity": 1},
        {"type": "photo", "store": "south", "channel": "app", "quantity": 2},
    ),
    Keyed("refundRecord", REFUND, REFUND_ELSE, frozenset({"source", "id"})),
    Keyed(
        "receiptRecord",
        RECEIPT,
        {**RECEIPT_ELSE, "number": "<number>"},
        frozenset({"source", "id"}),
    ),
    Keyed(
        "receiptRecord",
        RECEIPT,
        {**RECEIPT_ELSE, "source": "till-2", "id": "<order>"},
        frozenset({"number"}),
    ),
]


LINES = [{"amount": _money("5.00")}, {"amount": _money("5.00")}]
BOUGHT_BEFORE = {"memberId": "<anna>", "occurredAt": NOON, "total": _money("10.00"), "lines": LINES}
NEW: dict[str, tuple[str, Json, str]] = {
    "campaign": ("campaignCreate", {"brief": CAMPAIGN}, "campaign { id }"),
    "held": ("offerIssue", {"memberId": "<anna>", "offer": "mug", **WHY}, "held { id }"),
    "own": ("offerIssue", {"memberId": "<anna>", "offer": "own", **WHY}, "held { code }"),
    "own of bo": ("offerIssue", {"memberId": "<bo>", "offer": "own", **WHY}, "held { code }"),
    "listed": ("offerCodesGenerate", {"offer": "cinema", "count": 1}, "codes"),
    "reserved": ("offerReserve", {"offer": "bag"}, "held { id }"),
    "submission": ("challengeSubmit", SUBMITTED, "submissionId"),
    "hold": ("walletHold", {**MOVED, **WHY, "ttlSeconds": 60}, "hold { id }"),
    "spent": ("walletSpend", {**MOVED, **WHY}, "entries { id }"),
    "top-up": (
        "prepaidTopUp",
        {"memberId": "<anna>", "currency": "prepaid", "topUp": "ten"},
        "topUpId",
    ),
}


@dataclass(slots=True)
class Cast:
    """Those a test is about, and new things of theirs."""

    story: Story
    anna: Hero
    bo: Hero
    carl: Hero

    async def do(self, wanted: Keyed, call: Json, answer: str = "") -> Json:
        """Make a call at its door."""
        by = self.anna.app if wanted.door == "app" else self.story.staff
        return await self.story.attempt(wanted.mutation, call, answer, by=by)

    async def fill(self, wanted: Any) -> Any:
        """Put what is new, or who it is, in the place of what stands in `<...>`."""
        match wanted:
            case dict():
                return {name: await self.fill(value) for name, value in wanted.items()}
            case list():
                return [await self.fill(value) for value in wanted]
            case str() if wanted.startswith("<"):
                return await self._filled(wanted[1:-1])
        return wanted

    async def _filled(self, what: str) -> str:
        story, heroes = self.story, {"anna": self.anna, "bo": self.bo, "carl": self.carl}
        kind, _, of = what.partition(" of ")
        source = what.removeprefix("bought at ")
        if what in heroes:
            return heroes[what].id
        if what in ("order", "number"):
            return story.new_id(what)
        if kind == "code":
            referral = await heroes[of].ask("referral { code }")
            return str(referral["referral"]["code"])
        if what == "bought" or source != what:
            known = {"source": "till-1" if what == "bought" else source, "id": story.new_id()}
            await story.do("purchaseRecord", {**known, **await self.fill(BOUGHT_BEFORE)})
            return known["id"]
        mutation, wanted, answer = NEW[what]
        made = await self.story.attempt(
            mutation,
            {"key": uuid4().hex, **await self.fill(wanted)},
            answer,
            by=self.anna.app if mutation in ("offerReserve", "challengeSubmit") else None,
        )
        assert made.pop("userErrors") == [], made
        return _innermost(made)


def _innermost(answer: Any) -> str:
    match answer:
        case dict():
            return _innermost(next(iter(answer.values())))
        case list():
            return _innermost(answer[0])
    return str(answer)
