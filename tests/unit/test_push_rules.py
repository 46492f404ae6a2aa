"""The rules of push: who is written to, what answers mean, how texts are filled in."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from loyalty import segments
from loyalty.errors import BadInput, Refused
from loyalty.members import Channel, Consent, MemberStatus, Profile, Purpose, contact
from loyalty.push import rules
from loyalty.push.fcm import Outcome, Receipt
from loyalty.push.payloads import Category
from loyalty.push.rules import (
    Brief,
    Delivery,
    DeliveryStatus,
    DeviceInput,
    Platform,
    Reason,
    TokenKind,
)
from loyalty.push.rules.briefs import Variant
from loyalty.push.rules.judging import Recipient

NOW = datetime(2026, 3, 2, 12, 0)
NUDGE = Delivery(
    id="mbr_1:3:0",
    campaign_id=None,
    member_id="mbr_1",
    category=Category.POINTS,
    status=DeliveryStatus.SENDING,
    reason=None,
    title=None,
    body=None,
    created_at=NOW,
    attempts=1,
)
MARKETING = replace(
    NUDGE,
    id="cmp_1:mbr_1",
    campaign_id="cmp_1",
    category=Category.CAMPAIGN,
    purpose=Purpose.MARKETING,
)
TEXT = Variant("a", {"en": "Hi {firstName}"}, {"en": "Come"})
WANTED = Brief("Spring", segments.EVERYONE, (TEXT,))


def receipts(*outcomes: Outcome, wait: int | None = None) -> list[Receipt]:
    return [
        Receipt(f"dev_{n}", outcome, code=outcome.name, retry_after_seconds=wait)
        for n, outcome in enumerate(outcomes)
    ]


def profile(status: MemberStatus = MemberStatus.ACTIVE, *consents: Consent) -> Profile:
    return Profile(status, NOW, "en", "UTC", consents=consents)


def consent(purpose: Purpose, granted: bool) -> Consent:
    return Consent(purpose, Channel.PUSH, granted, NOW, "test")


@pytest.mark.parametrize(
    ("member", "purpose", "device_count", "reason"),
    [
        (profile(), Purpose.SERVICE, 1, None),
        (profile(), Purpose.MARKETING, 1, Reason.NO_CONSENT),
        (profile(), Purpose.SERVICE, 0, Reason.NO_DEVICE),
        (None, Purpose.SERVICE, 1, Reason.MEMBER_NOT_ACTIVE),
        (profile(MemberStatus.ERASED), Purpose.SERVICE, 1, Reason.MEMBER_NOT_ACTIVE),
        (
            profile(MemberStatus.ACTIVE, consent(Purpose.MARKETING, True)),
            Purpose.MARKETING,
            2,
            None,
        ),
        (
            profile(MemberStatus.ACTIVE, consent(Purpose.SERVICE, False)),
            Purpose.SERVICE,
            1,
            Reason.NO_CONSENT,
        ),
    ],
)
def test_a_member_is_written_to_only_when_nothing_speaks_against_it(
    member: Profile | None, purpose: Purpose, device_count: int, reason: Reason | None
) -> None:
    delivery = replace(NUDGE, purpose=purpose)
    recipient = Recipient(member, contact.Preferences(), device_count)
    assert rules.judging.why_not(delivery, recipient) == reason


def test_who_muted_a_category_does_not_hear_of_it() -> None:
    recipient = Recipient(profile(), contact.Preferences(frozenset({"points"})), 1)
    assert rules.judging.why_not(NUDGE, recipient) is Reason.OPTED_OUT
    other = replace(NUDGE, category=Category.OFFERS)
    assert rules.judging.why_not(other, recipient) is None


@pytest.mark.parametrize("delivery", [NUDGE, MARKETING])
@pytest.mark.parametrize(
    ("answers", "status", "reason"),
    [
        ([Outcome.SENT], DeliveryStatus.SENT, None),
        ([Outcome.DEAD_DEVICE], DeliveryStatus.FAILED, "DEAD_DEVICE"),
        ([Outcome.REJECTED], DeliveryStatus.FAILED, "REJECTED"),
        ([Outcome.DEAD_DEVICE, Outcome.SENT], DeliveryStatus.SENT, None),
        ([Outcome.TRANSIENT], DeliveryStatus.PENDING, None),
        ([Outcome.THROTTLED], DeliveryStatus.PENDING, None),
        ([Outcome.SENT, Outcome.TRANSIENT], DeliveryStatus.PENDING, None),
        ([], DeliveryStatus.FAILED, "NO_ANSWER"),
    ],
)
def test_answers_settle_a_message(
    delivery: Delivery, answers: list[Outcome], status: DeliveryStatus, reason: str | None
) -> None:
    settled = rules.settle(delivery, receipts(*answers), NOW)
    assert (settled.status, settled.reason) == (status, reason)
    assert (settled.due_at is not None) == (status is DeliveryStatus.PENDING)


def test_an_unknown_answer_ends_marketing_and_repeats_a_nudge_three_times() -> None:
    unknown = receipts(Outcome.UNKNOWN)
    assert rules.settle(MARKETING, unknown, NOW).status is DeliveryStatus.UNKNOWN
    found = [rules.settle(replace(NUDGE, attempts=n), unknown, NOW).status for n in range(1, 5)]
    assert found == [DeliveryStatus.PENDING] * 3 + [DeliveryStatus.UNKNOWN]


def test_an_answer_that_halts_ends_marketing_and_keeps_a_nudge_waiting() -> None:
    halt = receipts(Outcome.HALT)
    settled = rules.settle(MARKETING, halt, NOW)
    assert (settled.status, settled.reason) == (DeliveryStatus.FAILED, "HALT")
    assert rules.settle(NUDGE, halt, NOW).status is DeliveryStatus.PENDING
    assert rules.halted(receipts(Outcome.SENT, Outcome.HALT)) == "HALT"
    assert rules.halted(receipts(Outcome.SENT)) is None


def test_waits_grow_follow_what_fcm_asks_for_and_end() -> None:
    def wait(attempts: int, asked: int | None = None) -> timedelta | None:
        failing = receipts(Outcome.TRANSIENT, wait=asked)
        due_at = rules.settle(replace(NUDGE, attempts=attempts), failing, NOW).due_at
        return due_at - NOW if due_at else None

    assert [wait(n) for n in range(1, 9)] == [
        *(timedelta(seconds=s) for s in (5, 20, 80, 320, 1280, 3600, 3600)),
        None,
    ]
    assert wait(1, asked=60) == timedelta(seconds=60)
    assert wait(1, asked=999_999) == timedelta(hours=1)


def test_only_devices_that_were_not_reached_are_tried_again() -> None:
    outcomes = {
        "dev_0": Outcome.SENT,
        "dev_1": Outcome.TRANSIENT,
        "dev_2": Outcome.UNKNOWN,
        "dev_3": Outcome.DEAD_DEVICE,
    }
    devices = [*outcomes, "dev_4"]

    def still_open(delivery: Delivery) -> list[str]:
        return [d for d in devices if rules.is_open(replace(delivery, outcomes=outcomes), d)]

    assert still_open(MARKETING) == ["dev_1"]  # dev_4 may be dev_0, whose member signed in anew
    assert still_open(NUDGE) == ["dev_1", "dev_2", "dev_4"]
    waiting = replace(MARKETING, outcomes={"dev_1": Outcome.TRANSIENT, "dev_3": Outcome.REJECTED})
    assert rules.is_open(waiting, "dev_4")
    again = replace(MARKETING, outcomes=outcomes, attempts=2)
    settled = rules.settle(again, [Receipt("dev_1", Outcome.REJECTED, "X")], NOW)
    assert settled.status is DeliveryStatus.SENT
    assert settled.outcomes == {**outcomes, "dev_1": Outcome.REJECTED}


def test_what_a_dead_worker_was_sending_is_never_repeated_for_marketing() -> None:
    assert rules.is_lost(MARKETING)
    assert not rules.is_lost(replace(MARKETING, status=DeliveryStatus.PENDING))
    assert not rules.is_lost(replace(NUDGE, attempts=4))
    assert rules.is_lost(replace(NUDGE, attempts=5))


def test_throttling_asks_for_a_pause() -> None:
    assert rules.pause(receipts(Outcome.THROTTLED, Outcome.SENT, wait=7)) == timedelta(seconds=7)
    assert rules.pause(receipts(Outcome.TRANSIENT, wait=7)) == timedelta(0)


def test_what_happened_more_than_a_day_ago_is_stale() -> None:
    assert not rules.is_stale(NOW - timedelta(hours=24), NOW)
    assert rules.is_stale(NOW - timedelta(hours=24, milliseconds=1), NOW)


@pytest.mark.parametrize(
    ("text", "facts", "filled"),
    [
        ("Hi {firstName}!", {"firstName": "Anna"}, "Hi Anna!"),
        ("Hi {firstName}!", {"firstName": ""}, "Hi!"),
        ("{firstName}, come in", {"firstName": ""}, "Come in"),
        ("For {firstName}, now  {tier} .", {"firstName": "Bo", "tier": ""}, "For Bo, now."),
        ("Hello :) and  two, {tier}", {"tier": "Gold"}, "Hello :) and  two, Gold"),
        ("one\n\ntwo .. 5 .50 !", {}, "one\n\ntwo .. 5 .50 !"),
        ("Salut {firstName} !", {"firstName": "Zoé"}, "Salut Zoé !"),
        ("Hi {firstName} {tier}!  :)", {"firstName": "", "tier": ""}, "Hi!  :)"),
        ("A {tier} b", {"tier": ""}, "A b"),
        ("{tier}", {"tier": ""}, ""),
        ("{firstName}, {tier}!\n", {"firstName": "", "tier": ""}, ""),
        ("{firstName}, {tier}!", {"firstName": "", "tier": "Gold"}, "Gold!"),
        ("{firstName} \N{BIRTHDAY CAKE}", {"firstName": ""}, "\N{BIRTHDAY CAKE}"),
        ("...", {}, "..."),
        ("Hi {firstName}\n\nB :)", {"firstName": ""}, "Hi\n\nB :)"),
        ("For you {firstName}", {"firstName": ""}, "For you"),
        ("Spring is here, {firstName}", {"firstName": ""}, "Spring is here"),
        ("Spring is here, {firstName}\nCome", {"firstName": ""}, "Spring is here\nCome"),
        ("Hej, {firstName}!", {"firstName": ""}, "Hej!"),
        ("Hej, {firstName}, kom ind", {"firstName": ""}, "Hej, kom ind"),
        ("Come in ({firstName}) now", {"firstName": ""}, "Come in now"),
        ("{firstName}! Come in :)", {"firstName": ""}, "Come in :)"),
        ("{firstName} – news", {"firstName": ""}, "News"),
        ("{firstName} -20 %", {"firstName": ""}, "-20 %"),
        ("{firstName}: {tier}", {"firstName": "", "tier": "Gold"}, "Gold"),
        ("You have {balance}", {"balance": 1234}, "You have 1,234"),
        ("100 {{sure}}", {}, "100 {sure}"),
        ("{firstName}", {"firstName": "{balance}"}, "{balance}"),
    ],
)
def test_a_text_is_filled_in_without_gaps(text: str, facts: dict[str, object], filled: str) -> None:
    assert rules.fill(text, "en", facts) == filled


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Hi {name}", "name"),
        ("Hi {", None),
        ("Hi }", None),
        ("{balance:>9}", None),
        ("{balance!r}", None),
        ("{firstName.__class__}", "firstName.__class__"),
        ("{}", ""),
    ],
)
def test_a_text_with_anything_but_known_fields_is_refused(text: str, field: str | None) -> None:
    with pytest.raises(Refused) as caught:
        rules.check_templates(replace(WANTED, variants=(replace(TEXT, body={"en": text}),)))
    allowed = ("balance", "firstName", "nextTier", "pointsToNextTier", "tier")
    expected = rules.refusals.TemplateInvalid("a", "body", "en", field, allowed)
    assert caught.value.refusal == expected


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": " "}, ("name",)),
        ({"deep_link": "not a link"}, ("deepLink",)),
    ],
)
def test_what_cannot_be_a_campaign_is_refused(change: dict[str, object], path: object) -> None:
    with pytest.raises(BadInput) as caught:
        rules.briefs.check_brief(replace(WANTED, **change))  # type: ignore[arg-type]
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"title": {}, "body": {}}, ("body",)),
        ({"title": {"en": "Hi", "da": "Hej"}}, ("body",)),
        ({"title": {"english": "Hi"}, "body": {"english": "x"}}, ("title", "english")),
        ({"title": {"en": "x" * 121}}, ("title", "en")),
        ({"body": {"en": "  "}}, ("body", "en")),
        ({"weight": 0}, ("weight",)),
        ({"id": "a b"}, ("id",)),
    ],
)
def test_what_cannot_be_a_text_of_a_campaign_is_refused(
    change: dict[str, object], path: tuple[object, ...]
) -> None:
    wrong = replace(TEXT, **change)  # type: ignore[arg-type]
    with pytest.raises(BadInput) as caught:
        rules.briefs.check_brief(replace(WANTED, variants=(replace(TEXT, id="ok"), wrong)))
    assert caught.value.path == ("variants", 1, *path)


def test_whose_a_phone_was_is_known_by_its_token_alone() -> None:
    assert rules.fingerprint("a") == "dev_ca978112ca1bbdcafac231b39a23dc4d"
    assert rules.fingerprint("a") != rules.fingerprint("b")


@pytest.mark.parametrize("token", ["", "x" * 4_097, "a\nb", "   ", "a b"])
def test_what_cannot_be_a_token_is_refused(token: str) -> None:
    with pytest.raises(BadInput):
        rules.check_device(DeviceInput(token, TokenKind.FID, Platform.WEB))


@pytest.mark.parametrize("version", ["", "x" * 51, "1.0\nx\x00"])
def test_what_cannot_be_the_version_of_an_app_is_refused(version: str) -> None:
    with pytest.raises(BadInput):
        rules.check_device(DeviceInput("t", TokenKind.FID, Platform.WEB, version))
