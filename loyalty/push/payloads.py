"""The promise to the app about what a push message carries; not when, why or to whom it is sent.

`mobile_contracts/push/` is written from here, by `rules.contract`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

import orjson
from firebase_admin import messaging
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

LIMIT_BYTES = 4_096
TTL_LIMIT_SECONDS = 2_419_200


class Category(StrEnum):
    """What a message is about: collapse key, Android channel and APNs thread in one.

    FCM keeps at most four collapse keys per device, so there may never be a fifth.
    """

    POINTS = "points"
    PROGRESS = "progress"
    OFFERS = "offers"
    CAMPAIGN = "campaign"


class AddressKind(StrEnum):
    """How a device is addressed: by registration token (old) or Firebase installation id."""

    TOKEN = "token"  # noqa: S105 - the name of a field
    FID = "fid"


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,128}$")]
DeepLink = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*://[!-~]+$", max_length=512)
]


class Data(_Model):
    """What the app reads, whatever happened; every value is a string."""

    v: Literal["1"] = Field("1", description="Version of this contract.")
    type: str
    message_id: Id = Field(
        description="The same when a message is sent again: show it, count it and report it once."
    )
    deep_link: DeepLink = Field(description="Where a tap leads.")

    @property
    def category(self) -> Category:
        """Return the category of this type of message."""
        return CATEGORIES[self.type]

    @property
    def label(self) -> str:
        """Return the analytics label, under which Firebase reports the message."""
        return self.type

    @property
    def details(self) -> dict[str, str]:
        """Return what this type has beside what every type has, such as `entryId`."""
        found: dict[str, str] = self.model_dump(by_alias=True, exclude=set(Data.model_fields))
        return found


class PointsEarned(Data):
    """Points reached the member's wallet."""

    type: Literal["points_earned"] = "points_earned"
    entry_id: Id = Field(description="The entry in the wallet's history.")


class TierReached(Data):
    """The member was promoted."""

    type: Literal["tier_reached"] = "tier_reached"
    tier_id: Id = Field(description="The tier reached.")


class ChallengeProgress(Data):
    """The member came closer to a goal."""

    type: Literal["challenge_progress"] = "challenge_progress"
    challenge_id: Id = Field(description="The challenge.")


class ChallengeReached(Data):
    """The member reached a goal."""

    type: Literal["challenge_reached"] = "challenge_reached"
    challenge_id: Id = Field(description="The challenge.")


class NearReward(Data):
    """The member can soon have an offer for points, or can by now."""

    type: Literal["near_reward"] = "near_reward"
    offer_id: Id = Field(description="The offer of the program.")


class NearTier(Data):
    """The member is close to the next tier."""

    type: Literal["near_tier"] = "near_tier"
    tier_id: Id = Field(description="The tier that comes next.")


class PointsExpiring(Data):
    """Points are about to expire."""

    type: Literal["points_expiring"] = "points_expiring"
    currency: Id = Field(description="Of which currency.")
    last_day: Id = Field(description="The last day on which they can be used, such as 2026-03-31.")


class OfferEnding(Data):
    """Something that the member has is about to run out."""

    type: Literal["offer_ending"] = "offer_ending"
    held_offer_id: Id = Field(description="What the member has of the offer.")


class OfferReceived(Data):
    """The member was given an offer."""

    type: Literal["offer_received"] = "offer_received"
    held_offer_id: Id = Field(description="What the member has of the offer.")


class Welcome(Data):
    """The member joined."""

    type: Literal["welcome"] = "welcome"


class Birthday(Data):
    """It is the member's birthday."""

    type: Literal["birthday"] = "birthday"


class WinBack(Data):
    """The member was not seen for long."""

    type: Literal["win_back"] = "win_back"


class ReferralRewarded(Data):
    """The member was rewarded for a friend."""

    type: Literal["referral_rewarded"] = "referral_rewarded"


class RefundBooked(Data):
    """A purchase of the member was refunded, whole or in part."""

    type: Literal["refund_booked"] = "refund_booked"


class Campaign(Data):
    """Marketing wrote to the member."""

    type: Literal["campaign"] = "campaign"
    campaign_id: Id = Field(description="The campaign, for reports of opens and clicks.")

    @property
    def label(self) -> str:
        """Return the campaign's id, cut to the 50 characters Firebase takes."""
        return self.campaign_id.replace(":", "_")[:50]


CATEGORIES: Mapping[str, Category] = {
    "points_earned": Category.POINTS,
    "tier_reached": Category.PROGRESS,
    "challenge_progress": Category.PROGRESS,
    "challenge_reached": Category.PROGRESS,
    "near_tier": Category.PROGRESS,
    "near_reward": Category.OFFERS,
    "points_expiring": Category.POINTS,
    "offer_ending": Category.OFFERS,
    "offer_received": Category.OFFERS,
    "welcome": Category.CAMPAIGN,
    "birthday": Category.CAMPAIGN,
    "win_back": Category.CAMPAIGN,
    "referral_rewarded": Category.POINTS,
    "refund_booked": Category.POINTS,
    "campaign": Category.CAMPAIGN,
}


AnyData = (
    PointsEarned
    | TierReached
    | ChallengeProgress
    | ChallengeReached
    | NearReward
    | NearTier
    | PointsExpiring
    | OfferEnding
    | OfferReceived
    | Welcome
    | Birthday
    | WinBack
    | ReferralRewarded
    | RefundBooked
    | Campaign
)


class Text(_Model):
    """What the phone shows."""

    title: str = Field(min_length=1, max_length=200)
    body: str = Field(min_length=1, max_length=2_000)


class Payload(_Model):
    """A push message as the app receives it.

    Its category (`x-category` of its type) is the Android channel, the collapse key and the APNs
    thread. Types and fields are added without a new `v`: an app ignores those it does not know.
    """

    notification: Text
    data: Annotated[AnyData, Field(discriminator="type")]


class Notification(Payload):
    """A payload that is ready to go: bounded in size, and in how long it is worth showing.

    Raises pydantic's ValidationError above 4,096 bytes in APNs's form, the larger of the two.
    """

    ttl_seconds: int = Field(ge=0, le=TTL_LIMIT_SECONDS)

    @property
    def size_bytes(self) -> int:
        """Give the size in APNs's form."""
        return len(orjson.dumps(_apns_form(self)))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        size_bytes = self.size_bytes
        if size_bytes > LIMIT_BYTES:
            raise ValueError(f"the message is {size_bytes} bytes; at most {LIMIT_BYTES} fit")
        return self


class Address(_Model):
    """Where a device is reached."""

    value: str = Field(min_length=1, max_length=4_096)
    kind: AddressKind = AddressKind.FID


def to_message(notification: Notification, address: Address, now: datetime) -> messaging.Message:
    """Build the firebase-admin message for one device; `now` is naive UTC.

    Marketing goes at normal priority, everything else at high.
    """
    data, text, ttl_seconds = notification.data, notification.notification, notification.ttl_seconds
    urgent = data.category is not Category.CAMPAIGN
    expires_at = now.replace(tzinfo=UTC) + timedelta(seconds=ttl_seconds)
    message = messaging.Message(
        data=_strings(data),
        notification=messaging.Notification(title=text.title, body=text.body),
        android=messaging.AndroidConfig(
            collapse_key=data.category.value,
            priority="high" if urgent else "normal",
            ttl=ttl_seconds,
            notification=messaging.AndroidNotification(
                channel_id=data.category.value, tag=data.message_id
            ),
        ),
        apns=messaging.APNSConfig(
            headers={
                "apns-push-type": "alert",
                "apns-priority": "10" if urgent else "5",
                "apns-expiration": str(int(expires_at.timestamp())),
                "apns-collapse-id": data.category.value,
            },
            payload=messaging.APNSPayload(messaging.Aps(thread_id=data.category.value)),
        ),
        fcm_options=messaging.FCMOptions(analytics_label=data.label),
    )
    # Set after construction: Message(token=) warns of its deprecation, once per message.
    setattr(message, address.kind.value, address.value)
    return message


def _strings(data: Data) -> dict[str, str]:
    return data.model_dump(mode="json", by_alias=True)


def _apns_form(payload: Payload) -> dict[str, Any]:
    alert = payload.notification.model_dump()
    aps = {"alert": alert, "thread-id": payload.data.category.value}
    return {"aps": aps, **_strings(payload.data)}
