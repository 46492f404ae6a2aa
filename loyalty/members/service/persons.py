"""Who is one person, as whatever member they join: by the phones and mails they ever had."""

from collections.abc import Mapping, Sequence

from loyalty.engine import Engine
from loyalty.members import rules, store
from loyalty.members.rules import Profile

Marks = Mapping[str, str]
KINDS = ("phone", "email")
"""The order in which marks are claimed: who has the first is whom the next are claimed for."""


async def recognise(engine: Engine, people: Sequence[tuple[str, Marks]]) -> list[str]:
    """Give who each of some people is: who first had their phone or mail, or else themselves.

    Each is a fingerprint of their own and their marks, which are theirs from now on where they were
    nobody's. Of people who share one and come at the same moment, all are the same person.
    """
    every = {mark for _, marks in people for mark in marks.values()}
    known = await store.persons(engine.mongo, every) if every else {}
    found = [
        next((known[mark] for mark in marks.values() if mark in known), own)
        for own, marks in people
    ]
    for kind in KINDS:
        wanted: dict[str, str] = {}
        for (_, marks), person in zip(people, found, strict=True):
            if kind in marks and marks[kind] not in known:
                wanted.setdefault(marks[kind], person)
        known |= await store.claim_persons(engine.mongo, wanted) if wanted else {}
        found = [
            known.get(marks.get(kind, ""), person)
            for (_, marks), person in zip(people, found, strict=True)
        ]
    return found


async def note(engine: Engine, profile: Profile) -> None:
    """Note the phone and the mail of a member as those of their person, where nobody had them."""
    if profile.person is not None:
        marks = rules.marks(profile.phone, profile.email)
        await recognise(engine, [(profile.person, marks)])
