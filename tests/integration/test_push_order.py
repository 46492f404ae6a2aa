"""In which order a message is kept back: as the page on sending says, reason by reason."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from loyalty import activities, members, segments
from loyalty.engine import Engine
from loyalty.members import Channel, Consent, Purpose
from loyalty.push import Brief, Cap, store
from loyalty.push.rules.briefs import Variant
from loyalty.push.store.reached import Wanted
from tests.engines import purchase
from tests.phones import Person, enrol, launch, open_shop, phones, register, work

PAGE = Path(__file__).parents[2].joinpath("docs/sending.md").read_text(encoding="utf-8")
NO_CODES = "offers: [{id: tea, kind: FREE_SHIPPING, name: Tea, code: {kind: LIST}}]\n"
TEXT = Variant("a", {"en": "Hi"}, {"en": "!"})
THIN = Variant("a", {"en": "{nextTier}"}, {"en": "!"})
CAP = Cap(1, 7)
# What keeps it from who agreed to it, wants it and has a phone, each gone after its reason.
BRIEFS: dict[str, dict[str, object]] = {
    "NOTHING_TO_SAY": {"variants": (TEXT,)},
    "HOLDOUT": {"holdout_percent": 0},
    "FREQUENCY_CAP": {"cap": None},
    "OVER_BUDGET": {"budget": None},
    "OFFER_SOLD_OUT": {"offer": None},
}
WORST = Brief(
    "Spring", segments.EVERYONE, (THIN,), offer="tea", holdout_percent=50, cap=CAP, budget=1
)


async def agree(engine: Engine, member_id: str) -> None:
    said = Consent(Purpose.MARKETING, Channel.PUSH, True, engine.clock(), "test")
    await members.set_consents(engine, member_id, [said])


async def want_it(engine: Engine, member_id: str) -> None:
    await members.contact.set_preferences(engine, member_id, [], None)


async def get_a_phone(engine: Engine, member_id: str) -> None:
    await register(engine, member_id, "anna")


PEOPLE: dict[str, Callable[[Engine, str], Awaitable[None]]] = {
    "NO_CONSENT": agree,
    "OPTED_OUT": want_it,
    "NO_DEVICE": get_a_phone,
}


async def at_her_worst(engine: Engine) -> str:
    """Enrol who is kept from a message by everything, and at the top, where no tier is next."""
    anna = await enrol(engine, Person("Anna", marketing=False))
    await activities.record_purchase(engine, purchase(anna, "p1", 60_000))
    await members.contact.set_preferences(engine, anna, ["campaign"], None)
    await engine.mongo.update_many("member_states", {}, {"$set": {"outbox": []}})
    await store.reached.note(engine.mongo, [Wanted("earlier", anna, [CAP])], engine.clock())
    return anna


def page_rows() -> list[str]:
    """Read the reasons of the page's first table, in its order."""
    table = PAGE[PAGE.index("| looked at") : PAGE.index("Who is held")]
    return [name for name in re.findall(r"`([A-Z_]+)`", table) if name in {*PEOPLE, *BRIEFS}]


async def test_what_keeps_a_message_back_is_looked_at_in_the_order_of_the_page(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty.push.rules.campaigns.is_held_out", lambda *_: True)
    await open_shop(engine, NO_CODES)
    anna, brief, found = await at_her_worst(engine), WORST, []
    async with phones() as (_, sender):
        for name in (*PEOPLE, *BRIEFS, "sent"):
            launched = await launch(engine, brief, name)
            await store.budgets.take(engine.mongo, launched.id, 1, ["of another"], [])
            await work(engine, sender)
            [row] = await engine.mongo.find("deliveries", {"campaign": launched.id})
            found.append(row.get("reason") or row["status"])
            if name in PEOPLE:
                await PEOPLE[name](engine, anna)
            brief = replace(brief, **BRIEFS.get(name, {}))  # type: ignore[arg-type]
    assert found == [*page_rows(), "SENT"] == [*PEOPLE, *BRIEFS, "SENT"]
