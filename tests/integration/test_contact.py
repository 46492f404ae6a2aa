"""How members want to be reached, and when they were last heard of, beside everything else."""

from loyalty import members
from loyalty.engine import Engine
from loyalty.members import contact
from loyalty.program import terms
from tests.engines import Clock, enrol
from tests.phones import open_shop, register

NIGHT = terms.Hours.model_validate({"since": "22:00", "until": "07:00"})


async def test_preferences_are_set_once_however_often_they_are_said(engine: Engine) -> None:
    member = await enrol(engine)
    first = await contact.set_preferences(engine, member, ["offers"], NIGHT)
    assert contact.preferences_of(first) == contact.Preferences(frozenset({"offers"}), NIGHT)
    again = await contact.set_preferences(engine, member, ["offers", "offers"], NIGHT)
    assert again.seq == first.seq
    cleared = await contact.set_preferences(engine, member, [], None)
    read = await members.require(engine, member)
    assert read.seq == cleared.seq == first.seq + 1
    assert contact.preferences_of(read) == contact.Preferences()


async def test_a_start_of_the_app_is_one_write_an_hour(engine: Engine, clock: Clock) -> None:
    await open_shop(engine)
    member = await enrol(engine)
    began = clock.present
    await register(engine, member, "token")
    first = await members.require(engine, member)
    assert contact.engagement_of(first) == contact.Engagement(seen_at=began)
    clock.advance(minutes=59)
    await register(engine, member, "token")
    assert (await members.require(engine, member)).seq == first.seq
    clock.advance(minutes=1)
    await register(engine, member, "token")
    later = await members.require(engine, member)
    assert contact.engagement_of(later) == contact.Engagement(seen_at=clock.present)
