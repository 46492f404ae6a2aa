"""The payload contract: what a built message carries, and what is refused before it is built."""

import json
from datetime import datetime

import pytest
from pydantic import ValidationError

from api.fcm_standin import messages
from loyalty.push.payloads import (
    Address,
    AddressKind,
    Campaign,
    Category,
    Notification,
    PointsEarned,
    Text,
    TierReached,
    to_message,
)

NOW = datetime(2026, 11, 21, 12, 0, 0)
POINTS = PointsEarned(message_id="msg_1", deep_link="stamkund://wallet", entry_id="ent_1")
CAMPAIGN = Campaign(
    message_id="cmp_1:mbr_1", deep_link="https://example.com/x", campaign_id="cmp_1"
)


def notification(
    data: PointsEarned | TierReached | Campaign, body: str = "Body", ttl_seconds: int = 3_600
) -> Notification:
    text = Text(title="Title", body=body)
    return Notification(notification=text, data=data, ttl_seconds=ttl_seconds)


def encoded(data: PointsEarned | Campaign, address: Address) -> dict[str, object]:
    document: dict[str, object] = json.loads(str(to_message(notification(data), address, NOW)))
    return document


def test_a_message_carries_every_part_of_the_contract() -> None:
    assert encoded(POINTS, Address(value="fid-1")) == {
        "fid": "fid-1",
        "notification": {"title": "Title", "body": "Body"},
        "data": {
            "v": "1",
            "type": "points_earned",
            "messageId": "msg_1",
            "deepLink": "stamkund://wallet",
            "entryId": "ent_1",
        },
        "android": {
            "collapse_key": "points",
            "priority": "high",
            "ttl": "3600s",
            "notification": {"channel_id": "points", "tag": "msg_1"},
        },
        "apns": {
            "headers": {
                "apns-push-type": "alert",
                "apns-priority": "10",
                "apns-expiration": "1795266000",
                "apns-collapse-id": "points",
            },
            "payload": {"aps": {"thread-id": "points"}},
        },
        "fcm_options": {"analytics_label": "points_earned"},
    }


def test_marketing_goes_at_normal_priority_under_its_campaigns_label() -> None:
    message = encoded(CAMPAIGN, Address(value="fid-1"))
    assert message["android"] == {
        "collapse_key": "campaign",
        "priority": "normal",
        "ttl": "3600s",
        "notification": {"channel_id": "campaign", "tag": "cmp_1:mbr_1"},
    }
    assert message["fcm_options"] == {"analytics_label": "cmp_1"}


def test_an_old_device_is_addressed_by_its_token_without_a_warning() -> None:
    message = encoded(POINTS, Address(value="token-1", kind=AddressKind.TOKEN))
    assert message["token"] == "token-1"
    assert "fid" not in message


def test_there_are_never_more_than_four_collapse_keys() -> None:
    assert len(Category) <= 4


def test_what_is_built_is_what_fcm_takes() -> None:
    tier = TierReached(message_id="msg_2", deep_link="stamkund://tier", tier_id="silver")
    for data in (POINTS, tier, CAMPAIGN):
        message = to_message(notification(data), Address(value="fid-1"), NOW)
        body = b'{"message": %b}' % str(message).encode()
        assert messages.read(body).message.target == "fid-1"


def test_a_message_above_four_kilobytes_is_refused() -> None:
    notification(POINTS, "å" * 1_800)
    with pytest.raises(ValidationError, match="at most 4096 fit"):
        notification(POINTS, "å" * 2_000)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("deep_link", "javascript:alert(1)"),
        ("deep_link", "stamkund://two words"),
        ("message_id", ""),
        ("entry_id", "ent 1"),
        ("entry_id", "\ud800"),
    ],
)
def test_ids_and_links_are_plain(field: str, value: str) -> None:
    with pytest.raises(ValidationError):
        PointsEarned.model_validate({**POINTS.model_dump(), field: value})


@pytest.mark.parametrize("ttl_seconds", [-1, 2_419_201])
def test_the_ttl_stays_within_fcms_limits(ttl_seconds: int) -> None:
    with pytest.raises(ValidationError):
        notification(POINTS, ttl_seconds=ttl_seconds)


def test_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(ValidationError):
        Text(title="\ud800", body="Body")
