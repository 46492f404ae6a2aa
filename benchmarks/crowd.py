"""A crowd of synthetic members with phones, written straight into a database; not how members join.

Five locales, three time zones, a wallet that was earned in. Of every hundred members forty have a
phone, three said no to marketing, two have muted campaigns and one is suspended.
"""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from loyalty import activities, members
from loyalty.activities import Purchase
from loyalty.engine import Engine
from loyalty.members import Channel, Consent, Enrolment, ProfileInput, Purpose
from loyalty.states import STATES

Document = dict[str, Any]

LOCALES = ("da-DK", "sv-SE", "nb-NO", "fi-FI", "en-GB")
ZONES = ("Europe/Copenhagen", "Europe/Helsinki", "Europe/London")
NAMES = ("Anna", "Bo", "Cleo", "Dagny", "Eli", "Freja", "Göran", "Håkon", "Ilta", "Jens")
PAGE = 2_000


async def fill(engine: Engine, count: int, done: Callable[[int], None]) -> dict[str, str]:
    """Write the members and their phones; give the phones' tokens by member."""
    model = await _model(engine)
    chance = random.Random(count)
    now, tokens = engine.clock(), dict[str, str]()
    for start in range(0, count, PAGE):
        people = [_member(n, model, chance) for n in range(start, min(start + PAGE, count))]
        await engine.mongo.insert_new(STATES, people)
        phones = list(_phones([d["_id"] for d in people], now, chance))
        await engine.mongo.insert_new("devices", phones)
        tokens.update((phone["member"], phone["token"]) for phone in phones)
        done(len(people))
    return tokens


async def _model(engine: Engine) -> Document:
    """Enrol one member who buys something; of their document all others are made."""
    profile = ProfileInput(first_name="Model", locale="en-GB", time_zone=ZONES[0])
    member_id = (
        await members.enrol(engine, Enrolment(external_id="model", profile=profile))
    ).member_id
    now = engine.clock()
    yes = Consent(Purpose.MARKETING, Channel.PUSH, True, now, "benchmark")
    await members.set_consents(engine, member_id, [yes])
    bought = Purchase("till", "p1", member_id, now - timedelta(days=1), "USD", 12_300)
    await activities.record_purchase(engine, bought)
    await engine.commits.drain()
    document = await engine.mongo.find_one(STATES, {"_id": member_id})
    await engine.mongo.delete_many(STATES, {"_id": member_id})
    if document is None:
        raise SystemExit("the model member is not there")
    return document | {"outbox": []}


def _member(n: int, model: Document, chance: random.Random) -> Document:
    profile = dict(model["profile"])
    profile |= {
        "external_id": f"crowd-{n}",
        "first_name": chance.choice(NAMES),
        "locale": chance.choice(LOCALES),
        "time_zone": chance.choice(ZONES),
    }
    member = {**model, "_id": f"mbr_{n:032x}", "profile": profile}
    drawn = chance.randrange(100)
    if drawn < 3:
        profile["consents"] = [{**profile["consents"][0], "granted": False}]
    elif drawn < 5:
        member["preferences"] = {"muted": ["campaign"]}
    elif drawn == 5:
        profile["status"] = "SUSPENDED"
    return member


def _phones(ids: list[str], now: datetime, chance: random.Random) -> Iterator[Document]:
    for member_id in ids:
        if chance.randrange(100) < 40:
            token = f"fid-{member_id}"
            yield {
                "_id": f"dev_{member_id}",
                "member": member_id,
                "token": token,
                "token_kind": "FID",
                "platform": "IOS",
                "app_version": "1.0",
                "registered_at": now,
                "seen_at": now,
            }
