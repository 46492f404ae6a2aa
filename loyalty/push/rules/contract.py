"""The payloads as files of `mobile_contracts/push/`: their schema and one example of each type."""

from typing import Any

import orjson

from loyalty.push import payloads
from loyalty.push.payloads import Payload, Text

_EXAMPLES = (
    Payload(
        notification=Text(title="42 points", body="42 points from your purchase at Torget."),
        data=payloads.PointsEarned(
            message_id="msg_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b",
            deep_link="stamkund://wallet/history",
            entry_id="ent_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b_17_0",
        ),
    ),
    Payload(
        notification=Text(title="You reached Silver", body="Free delivery is yours from today."),
        data=payloads.TierReached(
            message_id="msg_0199b1c27f7c7d0e8a5b3f0f6f1f2a3c",
            deep_link="stamkund://tier",
            tier_id="silver",
        ),
    ),
    Payload(
        notification=Text(
            title="Almost there: Coffee month",
            body="1 more visit by March 31 to complete “Coffee month”",
        ),
        data=payloads.ChallengeProgress(
            message_id="CHALLENGE_PROGRESS:mbr_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b:coffee:2026-03:0:last",
            deep_link="stamkund://challenges",
            challenge_id="coffee",
        ),
    ),
    Payload(
        notification=Text(title="You completed Coffee month", body="Your reward: 50 points."),
        data=payloads.ChallengeReached(
            message_id="mbr_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b:18:2",
            deep_link="stamkund://challenges",
            challenge_id="coffee",
        ),
    ),
    Payload(
        notification=Text(title="Close to Free coffee", body="20 points more, and it is yours."),
        data=payloads.NearReward(
            message_id="NEAR_REWARD:mbr_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b:coffee:2026-03",
            deep_link="stamkund://offers",
            offer_id="coffee",
        ),
    ),
    Payload(
        notification=Text(title="You are close to Gold", body="Earn 80 points more to reach Gold."),
        data=payloads.NearTier(
            message_id="NEAR_TIER:mbr_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b:main:2026-03",
            deep_link="stamkund://tier",
            tier_id="gold",
        ),
    ),
    Payload(
        notification=Text(
            title="Expiring tomorrow: 500 points", body="Use them by March 31. You have 720 points."
        ),
        data=payloads.PointsExpiring(
            message_id="POINTS_EXPIRING:mbr_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b:points:2026-03-31:1",
            deep_link="stamkund://wallet",
            currency="points",
            last_day="2026-03-31",
        ),
    ),
    Payload(
        notification=Text(
            title="Ends tomorrow: Free coffee", body="You can use it until March 31."
        ),
        data=payloads.OfferEnding(
            message_id="OFFER_ENDING:off_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b_4",
            deep_link="stamkund://offers",
            held_offer_id="off_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b_4",
        ),
    ),
    Payload(
        notification=Text(title="For you: Free coffee", body="You can use it until March 31."),
        data=payloads.OfferReceived(
            message_id="mbr_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b:19:0",
            deep_link="stamkund://offers",
            held_offer_id="off_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b_4",
        ),
    ),
    Payload(
        notification=Text(title="Welcome to Torget", body="Good to have you with us."),
        data=payloads.Welcome(
            message_id="mbr_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b:0:0",
            deep_link="stamkund://home",
        ),
    ),
    Payload(
        notification=Text(title="Happy birthday, Astrid!", body="All the best from Torget."),
        data=payloads.Birthday(
            message_id="BIRTHDAY:mbr_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b:2026",
            deep_link="stamkund://home",
        ),
    ),
    Payload(
        notification=Text(title="We have missed you", body="You still have 720 points."),
        data=payloads.WinBack(
            message_id="WIN_BACK:mbr_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b:2026-01-02",
            deep_link="stamkund://home",
        ),
    ),
    Payload(
        notification=Text(title="Thank you for bringing a friend", body="Your reward: 100 points."),
        data=payloads.ReferralRewarded(
            message_id="mbr_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b:20:0",
            deep_link="stamkund://wallet",
        ),
    ),
    Payload(
        notification=Text(
            title="Refund booked: SEK 129.00",
            body="12 points were taken back. You now have 708 points.",
        ),
        data=payloads.RefundBooked(
            message_id="mbr_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b:21:0",
            deep_link="stamkund://wallet",
        ),
    ),
    Payload(
        notification=Text(title="Hej Astrid", body="Dubbla poäng på kaffe till söndag."),
        data=payloads.Campaign(
            message_id="cmp_5b3f0f6f1f2a3b4c:mbr_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b",
            deep_link="https://app.example.com/offers/coffee",
            campaign_id="cmp_5b3f0f6f1f2a3b4c",
        ),
    ),
)


def contract_files() -> dict[str, str]:
    """Return the files of `mobile_contracts/push/` by name: the schema and an example per type."""
    schema = Payload.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    for definition in (schema, *schema["$defs"].values()):
        # The app is told what always arrives, and is not told that nothing may be added.
        definition["required"] = list(definition["properties"])
        del definition["additionalProperties"]
        kind = definition["properties"].get("type")
        if kind:
            definition["x-category"] = payloads.CATEGORIES[kind["const"]].value
    files = {"payload.schema.json": _pretty(schema)}
    for example in _EXAMPLES:
        name = f"{example.data.type}.example.json"
        files[name] = _pretty(example.model_dump(mode="json", by_alias=True))
    return files


def _pretty(document: dict[str, Any]) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
