"""The stages and the rules agree on who is in a segment: random members, random definitions."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from loyalty import program, segments
from loyalty.activities.store.activities import ACTIVITIES
from loyalty.segments import rules
from loyalty.segments.service import portraits
from loyalty.states import STATES, from_document
from tests.property.crowds import DAYS, LOCALES, MOMENTS, NAMES, TERMS, ZONES, Crowd, Person
from tests.property.worlds import World, opened

CROWD = 25
_crowds = count()


@pytest.fixture(scope="module")
def world(mongo_url: str) -> Iterator[World]:
    name = "test_segments_agree"
    with opened(mongo_url, name, TERMS) as world:
        yield world
        world.run(world.engines[0].mongo.drop_database())


def bounds(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Bound a number from one side or both."""
    both = st.lists(numbers, min_size=2, max_size=2).map(lambda n: sorted(n, key=Decimal))
    return st.one_of(
        numbers.map(lambda n: {"at_least": n}),
        numbers.map(lambda n: {"at_most": n}),
        both.map(lambda pair: {"at_least": pair[0], "at_most": pair[1]}),
    )


def some(*values: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3).map(lambda v: {"any_of": v})


def joined(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda found: {k: v for part in found for k, v in part.items()})


def named(name: str, *values: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(values).map(lambda value: {name: value})


back = named("days", *DAYS)
recent = st.one_of(named("within_days", *DAYS), named("not_within_days", *DAYS))
few = st.sampled_from([0, 1, 2, 3])
days = st.one_of(st.just({}), back)
truly = st.just(True)
things = [name for name in NAMES if name]
tiers = ("basic", "silver", "gold", "friend")
LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "everyone": truly,
    "tier": st.one_of(
        named("is", *tiers), named("at_least", *tiers), some(*tiers),
        st.just({"ladder": "main", "at_least": "silver"}),
    ),
    "balance": joined(
        named("currency", "points", "credit"),
        bounds(st.sampled_from([0, 1, 20, 50, 51, 100, 150, 200])),
    ),
    "last_purchase": st.one_of(recent, st.just({"never": True})),
    "purchases": joined(bounds(few), days),
    "spend": joined(bounds(st.sampled_from(["0", "0.01", "9.99", "10.00", "50", "1000000"])), days),
    "category": joined(named("category", *things), bounds(few), days),
    "store": joined(named("store", *things), days),
    "locale": some(*LOCALES),
    "time_zone": some(*ZONES),
    "birth_month": some(2, 3, 12),
    "age": bounds(st.sampled_from([0, 17, 18, 19, 20, 25, 26, 28, 36, 65])),
    "enrolled": st.one_of(
        recent, named("since", "2026-03-28", "2026-03-29"), named("until", "2026-03-29")
    ),
    "label": some("vip", "$vip", "a.b", "other"),
    "consent": joined(
        named("purpose", "MARKETING", "SERVICE"), named("channel", "PUSH", "EMAIL")
    ),
    "engagement": joined(named("event", "SEEN", "OPENED", "CLICKED"), recent),
    "challenge": joined(
        named("challenge", "trips", "spring", "tastes", "daily", "weekly"),
        st.one_of(
            st.just({"joined": True}), st.just({"achieved": True}),
            st.just({"achieved": True, "level": "half"}),
            named("at_least_percent", 1, 20, 25, 50, 57, 80, 100),
        ),
    ),
    "plan": some("vip", "pool"),
}  # fmt: skip


def _of(kind: str, said: Any) -> dict[str, Any]:
    return {kind: said}


def definitions() -> st.SearchStrategy[dict[str, Any]]:
    leaf = st.one_of([said.map(partial(_of, kind)) for kind, said in LEAVES.items()])
    return st.recursive(
        leaf,
        lambda inside: st.one_of(
            st.lists(inside, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
            st.lists(inside, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
            inside.map(lambda part: {"not": part}),
        ),
        max_leaves=5,
    )


def gather(world: World, seed: int, now: Any) -> list[Person]:
    """Make a crowd, and let nobody else be there."""
    engine, crowd = world.engines[0], Crowd(seed, now)
    people = [crowd.person(f"mbr_{next(_crowds):08}") for _ in range(CROWD)]
    for collection in (STATES, ACTIVITIES):
        world.run(engine.mongo.delete_many(collection, {}))
    world.run(engine.mongo.insert_new(STATES, [person.document for person in people]))
    claims = [claim for person in people for claim in person.claims]
    world.run(engine.mongo.insert_new(ACTIVITIES, claims))
    return people


def draw(person: Person, version: Any, frame: rules.Frame) -> rules.Portrait:
    """Draw a member by the rules alone: nothing of it was added up by a database."""
    since = {None: portraits.EVER} | {back: frame.since(back) for back in DAYS}
    member_id = person.document["_id"]
    bought = {back: {member_id: person.bought(at, frame.program)} for back, at in since.items()}
    return portraits.draw(from_document(person.document), version, frame, bought)


EACH = [
    *LEAVES.items(),
    ("balance", LEAVES["balance"]),
    ("balance", joined(st.just({"currency": "points"}), bounds(st.integers(1, 100)))),
    ("age", bounds(st.just(18))),
    ("challenge", joined(named("challenge", "daily", "weekly"), named("at_least_percent", 1, 14))),
    ("challenge", joined(named("challenge", "daily", "weekly"), named("at_least_percent", 28, 50))),
    ("purchases", joined(bounds(few), back)),
    ("spend", joined(bounds(st.sampled_from(["0.01", "6.67", "10.66", "40"])), back)),
]
"""Every condition, and those again that have more to go wrong."""


@given(
    each=st.tuples(*(said.map(partial(_of, kind)) for kind, said in EACH)),
    joins=st.lists(definitions(), min_size=6, max_size=6),
    seed=st.integers(0, 2**32),
    now=st.sampled_from(MOMENTS),
)
@settings(max_examples=20, phases=[Phase.explicit, Phase.generate])
def test_stages_and_rules_agree(
    world: World, each: Any, joins: list[Any], seed: int, now: Any
) -> None:
    """Ask a crowd for every condition once, and for some that are joined at random."""
    engine = world.engines[0]
    people = gather(world, seed, now)
    version = world.run(program.active(engine))
    frame = rules.Frame(version.program, now)
    drawn = {person.document["_id"]: draw(person, version, frame) for person in people}
    for data in (*each, *joins):
        definition = segments.parse(data)
        expected = [one for one, it in drawn.items() if rules.matches(definition, it, frame)]
        assert world.run(segments.page(engine, definition, "", CROWD + 1, now)) == expected, data
        assert segments.parse(segments.dump(definition)) == definition
