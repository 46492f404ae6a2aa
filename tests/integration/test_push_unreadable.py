"""Lists that staff and members read, with a document among them that cannot be read."""

from collections.abc import AsyncIterator

import pytest

from api.fcm_standin import FcmStandin
from loyalty import push, segments
from loyalty.engine import Engine
from loyalty.push import Brief
from loyalty.push.fcm import Sender
from loyalty.push.rules.briefs import Variant
from loyalty.walks import Walk
from tests.phones import Person, enrol, launch, open_shop, phones, work

HI = Brief("Spring", segments.EVERYONE, (Variant("a", {"en": "Hi"}, {"en": "!"}),))


@pytest.fixture
async def fcm() -> AsyncIterator[tuple[FcmStandin, Sender]]:
    async with phones() as opened:
        yield opened


async def test_a_delivery_that_cannot_be_read_is_missing_from_lists_and_breaks_none(
    engine: Engine, fcm: tuple[FcmStandin, Sender]
) -> None:
    await open_shop(engine)
    ids = [await enrol(engine, Person(name, tokens=[name])) for name in ("anna", "bo", "cy")]
    first, second, third = [await launch(engine, HI, key) for key in ("1", "2", "3")]
    await work(engine, fcm[1])
    newer = {"$set": {"status": "SENT_OFF"}}
    damaged: dict[str, object] = {"_id": {"$in": [f"{one.id}:{ids[0]}" for one in (first, third)]}}
    assert await engine.mongo.update_many("deliveries", damaged, newer) == 2
    of_anna = await push.inbox.all_of(engine, ids[0], Walk(1))
    assert [one.campaign_id for one in of_anna] == [second.id]
    of_first = await push.campaigns.deliveries(engine, first.id, Walk(2))
    assert [one.member_id for one in of_first] == ids[1:]
