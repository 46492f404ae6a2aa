"""Corrections by hand in any order: asked for by one, booked or turned down by another, once."""

from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from loyalty import wallets
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.errors import Refusal
from loyalty.states import STATES
from loyalty.walks import Walk
from loyalty.wallets import Adjustment, adjustments
from tests.engines import PLAIN
from tests.property.keyed import Keyed
from tests.property.worlds import opened, play

LIMIT, ALONE = 1_000, 100
CORRECTIONS = PLAIN + f'adjustments: {{limit: "{LIMIT}", four_eyes_above: "{ALONE}"}}\n'
PEOPLE = ["staff:anna", "staff:bo", "staff:cy"]
PERSON, STAFF, PLACE = st.integers(0, 1), st.sampled_from(PEOPLE), st.integers(0, 10**6)
SIZE = st.one_of(st.integers(1, ALONE), st.integers(ALONE, LIMIT), st.integers(LIMIT, LIMIT + 1))


@dataclass
class Asked:
    """A correction that waits, or waited, for a second person."""

    id: str
    person: int
    points: int
    by: str
    status: str = "WAITING"
    decided_by: str = ""


async def asking(engine: Engine, wanted: Adjustment) -> Outcome | str:
    """Ask for a correction; of one that waits give the id."""
    answer = await adjustments.ask(engine, wanted, ("SUPPORT",))
    return answer[0].id if isinstance(answer, tuple) else answer


class Office(Keyed):
    """Three of staff who correct what two members have."""

    watched = {STATES: {}, "adjustments": {}}  # noqa: RUF012 - of the class, never changed

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Asked] = []
        self.points = [0, 0]

    @initialize()
    def open(self) -> None:
        self.begin_anew(2)

    @rule(person=PERSON, size=SIZE, is_more=st.booleans(), by=STAFF)
    def correct(self, person: int, size: int, is_more: bool, by: str) -> None:
        points = size if is_more else -size
        wanted = Adjustment(self.members[person], "points", points, self.name, "goodwill", by)
        other = replace(wanted, points=ALONE + 1 if size <= ALONE else 1)
        refusals = set()
        if size > LIMIT:
            refusals.add("AdjustmentTooLarge")
        elif size <= ALONE and self.points[person] + points < 0:
            refusals.add("InsufficientPoints")
        answer = self.do(
            lambda engine: asking(engine, wanted),
            refusals,
            lambda: lambda engine: asking(engine, other),
        )
        if isinstance(answer, str):
            assert size > ALONE
            self.asked.append(Asked(answer, person, points, by))
        elif answer is not None:
            assert size <= ALONE
            self.points[person] += points

    @precondition(lambda self: self.asked)
    @rule(place=PLACE, by=STAFF, approves=st.booleans())
    def decide(self, place: int, by: str, approves: bool) -> None:
        one = self.asked[place % len(self.asked)]
        before = self.everything()
        if approves:
            answer = self.attempt(lambda engine: adjustments.approve(engine, one.id, by))
        else:
            answer = self.attempt(lambda engine: adjustments.reject(engine, one.id, by, "no"))
        said = type(answer).__name__ if isinstance(answer, Refusal) else None
        assert said == self.why_not(one, by, approves)
        if said is not None or one.status != "WAITING":
            assert self.everything() == before
            return
        one.status, one.decided_by = ("APPROVED" if approves else "REJECTED"), by
        self.points[one.person] += one.points if approves else 0

    def why_not(self, one: Asked, by: str, approves: bool) -> str | None:
        if by == one.by:
            return "AdjustmentOwn"
        if one.status != "WAITING":
            return None if (one.status == "APPROVED") == approves else "AdjustmentDecided"
        is_short = approves and self.points[one.person] + one.points < 0
        return "InsufficientPoints" if is_short else None

    @rule(minutes=st.sampled_from([0, 1, 60]))
    def wait(self, minutes: int) -> None:
        self.world.clock.present += timedelta(minutes=minutes)
        self.let_a_worker_work()

    @invariant()
    def what_was_agreed_to_is_booked_and_nothing_else(self) -> None:
        if not self.members:
            return
        found = [wallets.wallet_of(state).account("points").balance for state in self.states()]
        assert found == self.points
        waiting = self.run(adjustments.waiting(self.engine, Walk(1_000)))
        assert sorted(request.id for request in waiting) == sorted(
            one.id for one in self.asked if one.status == "WAITING"
        )


def test_two_people_agree_before_it_is_booked(mongo_url: str, database_name: str) -> None:
    with opened(mongo_url, database_name, CORRECTIONS) as world:
        play(Office, world, 10, 35)
