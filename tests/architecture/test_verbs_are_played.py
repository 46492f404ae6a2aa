"""Every verb that moves value is played in any order by a machine; the others have their reason."""

import pytest

from schema import app_schema, core_schema, staff_schema
from tests.architecture.sources import ROOT

PLAYED = {
    "activities": {
        "purchaseRecord": "activities.record_purchase(",
        "refundRecord": "activities.record_refund(",
        "visitRecord": "activities.record_visit(",
    },
    "adjustments": {
        "walletAdjust": "adjustments.ask(",
        "adjustmentApprove": "adjustments.approve(",
        "adjustmentReject": "adjustments.reject(",
    },
    "billing": {
        "planStart": "EventKind.START",
        "planRenew": "EventKind.RENEW",
        "planCancel": "EventKind.CANCEL",
        "planResume": "EventKind.RESUME",
        "planRefund": "EventKind.REFUND",
        "passBuy": "EventKind.BUY",
        "passRefund": "EventKind.RETURN",
    },
    "challenges": {
        "challengeJoin": "challenges.join(",
        "challengeLeave": "challenges.leave(",
    },
    "codes": {
        "offerIssue": "tills.hand_out(",
        "voucherRedeem": "tills.burn(",
        "offerCodesImport": "codes.add(",
        "offerCodesGenerate": "codes.generate(",
        "memberSuspend": "statuses.suspend",
        "memberReinstate": "statuses.reinstate",
        "memberClose": "statuses.close",
    },
    "ledger": {
        "eventRecord": "activities.record_event(",
        "memberEnrol": "members.enrol(",
        "walletSpend": "wallets.spend(",
    },
    "offers": {
        "offerClaim": "offers.claim(",
        "offerReserve": "reserve",
        "offerConfirm": "offers.confirm(",
        "offerActivate": "offers.activate(",
        "offerCancel": "offers.cancel(",
        "offerRedeem": "tills.redeem(",
    },
    "receipts": {
        "receiptRecord": "activities.record_receipt(",
        "receiptAssign": "activities.claim_receipt(",
        "receiptClaim": "activities.claim_receipt(",
    },
    "referral": {
        "referralAccept": "referrals.accept(",
        "ambassadorAppoint": "referrals.appoint(",
        "ambassadorDismiss": "referrals.dismiss(",
    },
    "submissions": {
        "challengeSubmit": "challenges.submit(",
        "submissionApprove": "challenges.decide_on(",
        "submissionReject": "challenges.decide_on(",
        "leaderboardJoin": "challenges.stand_as(",
        "leaderboardLeave": "challenges.stand_as(",
    },
    "tier": {"benefitUse": "tiers.use_benefit("},
    "wallet": {
        "pointsTransfer": "wallets.transfers.send(",
        "walletTransfer": "wallets.transfers.send(",
        "walletHold": "wallets.holds.place(",
        "walletHoldConfirm": "wallets.holds.spend_held(",
        "walletHoldRelease": "wallets.holds.let_go(",
        "prepaidTopUp": "wallets.prepaid.top_up(",
        "prepaidPayBack": "wallets.prepaid.pay_back(",
    },
}
MOVES_NOTHING = {
    "deviceForget": "where messages go",
    "deviceForgetOthers": "where messages go",
    "deviceRegister": "where messages go",
    "jobGiveUp": "work that was begun by another verb",
    "jobRetry": "work that was begun by another verb",
    "memberSegmentsSet": "labels; what they open is earned or claimed by other verbs",
    "memberSetConsents": "what a member agreed to",
    "memberSetPreferences": "what a member wants to hear",
    "memberUpdateProfile": "what a member is called",
    "messageClicked": "what was read",
    "messageOpened": "what was read",
    "programActivate": "the terms, not what anybody has",
    "programPublish": "the terms, not what anybody has",
    "programSaveDraft": "the terms, not what anybody has",
    "campaignApprove": "messages",
    "campaignCreate": "messages",
    "campaignDelete": "messages",
    "campaignDuplicate": "messages",
    "campaignLaunch": "messages",
    "campaignPause": "messages",
    "campaignReject": "messages",
    "campaignResume": "messages",
    "campaignStop": "messages",
    "campaignTestSend": "messages",
    "campaignUpdate": "messages",
    "campaignValidate": "messages",
    "pushSwitchOff": "messages",
    "pushSwitchOn": "messages",
    "segmentCreate": "who is meant, not what anybody has",
    "segmentDelete": "who is meant, not what anybody has",
    "segmentUpdate": "who is meant, not what anybody has",
}
CALLS = [(machine, verb, call) for machine, of in PLAYED.items() for verb, call in of.items()]


def test_every_verb_is_played_or_moves_nothing() -> None:
    declared: set[str] = set()
    for schema in (app_schema, staff_schema):
        mutations = core_schema(schema).mutation_type
        assert mutations is not None
        declared |= mutations.fields.keys()
    played = [verb for _, verb, _ in CALLS]
    assert sorted([*played, *MOVES_NOTHING]) == sorted(declared)


@pytest.mark.parametrize(("machine", "verb", "call"), CALLS, ids=[verb for _, verb, _ in CALLS])
def test_the_machine_plays_the_verb(machine: str, verb: str, call: str) -> None:
    source = ROOT.joinpath(f"tests/property/test_{machine}_machine.py").read_text("utf-8")
    assert call in source, f"{verb} is no more in the machine of {machine}"
