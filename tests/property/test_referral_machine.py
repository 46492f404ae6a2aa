"""Friends in any order: codes, purchases, returns and time, against a simple account of it all."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from loyalty import activities, chores, members, reactions, referrals, wallets
from loyalty.activities import Refund
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.referrals import Guards, ReferralCodeTaken
from loyalty.walks import Walk
from tests.engines import START, enrol, purchase
from tests.property.worlds import Machine, opened, play

CIRCLE = """
format: 1
id: circle
name: circle
money: EUR
currencies: [{id: points, name: points}]
referral:
  link: "https://shop.example/{code}"
  when: {minimum_amount: "20.00"}
  accept_days: 20
  wait_days: 2
  friend: [{points: 100, currency: points}]
  referrer: {gives: [{points: 200, currency: points}], monthly_cap: 1}
  ambassador: {gives: [{points: 500, currency: points}], every: 2}
"""
LEAST, ACCEPT, WAIT, CAP = 20_00, timedelta(days=20), 2, 1
EVERY = 2
CLOSED = ("REWARDED", "CAPPED", "COUNTED")


@dataclass
class Person:
    """What is known of one member."""

    id: str
    enrolled_at: datetime
    by: int | None = None
    state: str = ""
    counting: str | None = None
    due_at: datetime | None = None
    thanked: bool = False
    left: dict[str, int] = field(default_factory=dict)
    rewards: dict[str, int] = field(default_factory=dict)
    is_ambassador: bool = False
    towards: int = 0
    earned: int = 0

    @property
    def points(self) -> int:
        return 100 * self.thanked + self.earned


async def no_device(_engine: Engine, _one: str, _other: str) -> bool:
    return False


GUARDS = Guards(activities.purchases_of, no_device)
ANYONE = st.integers(0, 8)


class Circle(Machine):
    """A few members who bring each other."""

    def __init__(self) -> None:
        super().__init__()
        self.people: list[Person] = []
        self.taken: dict[str, int] = {}
        self.mark = uuid4().hex[:8].upper()
        for _ in range(3):
            self.join()

    @property
    def now(self) -> datetime:
        return self.world.clock()

    def somebody(self, index: int) -> tuple[int, Person]:
        index %= len(self.people)
        return index, self.people[index]

    @rule()
    def join(self) -> None:
        if len(self.people) < 9:
            member_id = self.run(enrol(self.engine, uuid4().hex))
            self.people.append(Person(member_id, self.now))

    @rule(owner=st.integers(0, 1), amount=st.sampled_from([20_00, 30_00]))
    def a_friend_comes(self, owner: int, amount: int) -> None:
        self.join()
        newest = len(self.people) - 1
        self.accept(newest, owner, 0)
        self.buy(newest, amount, 1)

    @rule(friend=ANYONE, owner=st.integers(0, 1), process=st.integers(0, 1))
    def accept(self, friend: int, owner: int, process: int) -> None:
        engine = self.world.engines[process]
        friend, person = self.somebody(friend)
        owner, referrer = self.somebody(owner)
        state = self.run(members.require(engine, referrer.id))
        code = self.run(referrals.code_of(engine, state))
        try:
            self.run(referrals.accept(engine, person.id, code, GUARDS))
            refused = None
        except Refused as said:
            refused = type(said.refusal).__name__
        assert refused == self.why_not(friend, owner)
        if refused is None and person.by is None:
            person.by, person.state = owner, "JOINED"

    def why_not(self, friend: int, owner: int) -> str | None:
        person, referrer = self.people[friend], self.people[owner]
        if person.by is not None:
            return None if person.by == owner else "ReferralAcceptedBefore"
        if friend == owner:
            return "ReferralToSelf"
        if referrer.by == friend:
            return "ReferralInRing"
        if self.now - person.enrolled_at > ACCEPT:
            return "ReferralTooLate"
        return "ReferralNotNew" if any(person.left.values()) else None

    @rule(who=st.integers(0, 1), name=st.none() | st.sampled_from(["ONE", "TWO"]))
    def appoint(self, who: int, name: str | None) -> None:
        index, person = self.somebody(who)
        code = name and f"{name}{self.mark}"
        if self.taken.get(code or "", index) != index:
            with pytest.raises(Refused) as refused:
                self.run(referrals.appoint(self.engine, person.id, code))
            assert refused.value.refusal == ReferralCodeTaken(str(code))
            return
        self.run(referrals.appoint(self.engine, person.id, code and code.lower()))
        person.is_ambassador = True
        if code is not None:
            self.taken[code] = index
            state = self.run(members.require(self.engine, person.id))
            assert self.run(referrals.code_of(self.engine, state)) == code

    @rule(who=st.integers(0, 1))
    def dismiss(self, who: int) -> None:
        _, person = self.somebody(who)
        self.run(referrals.dismiss(self.engine, person.id))
        person.is_ambassador, person.towards = False, 0

    @rule(who=ANYONE, amount=st.sampled_from([19_99, 20_00, 30_00]), process=st.integers(0, 1))
    def buy(self, who: int, amount: int, process: int) -> None:
        _, person = self.somebody(who)
        name = uuid4().hex
        bought = purchase(person.id, name, amount, money="EUR", occurred_at=self.now)
        self.run(activities.record_purchase(self.world.engines[process], bought))
        person.left[name] = amount
        if person.state == "JOINED" and amount >= LEAST:
            person.state, person.counting, person.thanked = "WAITING", name, True
            day = self.now.replace(hour=0, minute=0)
            person.due_at = day + timedelta(days=WAIT + 1)

    @rule(who=ANYONE, part=st.sampled_from([1, 10_00, 30_00]))
    def give_back(self, who: int, part: int) -> None:
        """Return a part of what counts, or where nobody waits, of anything."""
        waiting = [person for person in self.people if person.state == "WAITING"] or self.people
        person = waiting[who % len(waiting)]
        kept = [name for name, left in person.left.items() if left]
        if not kept:
            return
        name = person.counting if person.counting in kept else kept[-1]
        amount = min(part, person.left[name])
        refund = Refund("till", uuid4().hex, self.now, "till", name, "EUR", amount=amount)
        self.run(activities.record_refund(self.engine, refund))
        person.left[name] -= amount
        is_open = person.state == "WAITING" and person.due_at and self.now < person.due_at
        if is_open and person.counting == name and person.left[name] < LEAST:
            person.state, person.counting, person.due_at = "JOINED", None, None
            person.thanked = False

    @rule(hours=st.integers(1, 80))
    def pass_time(self, hours: int) -> None:
        self.world.clock.advance(hours=hours)

    @rule()
    def work(self) -> None:
        async def all_of_it() -> None:
            engines = self.world.engines
            while any([await reactions.react(e) + await chores.sweep(e) for e in engines]):
                pass

        self.run(all_of_it())
        for person in self.people:
            if person.state == "WAITING" and person.due_at and person.due_at <= self.now:
                self.settle(person)
        for index, person in enumerate(self.people):
            self.compare_counts(index, person)

    def settle(self, person: Person) -> None:
        assert person.by is not None
        referrer, month = self.people[person.by], f"{self.now:%Y-%m}"
        referrer.towards += 1
        if referrer.is_ambassador and referrer.towards < EVERY:
            person.state = "COUNTED"
            return
        referrer.towards = 0
        is_capped = not referrer.is_ambassador and referrer.rewards.get(month, 0) >= CAP
        person.state = "CAPPED" if is_capped else "REWARDED"
        if not is_capped:
            referrer.rewards[month] = referrer.rewards.get(month, 0) + 1
            referrer.earned += 500 if referrer.is_ambassador else 200

    def compare_counts(self, index: int, person: Person) -> None:
        state = self.run(members.require(self.world.engines[1], person.id))
        standing = referrals.standing_of(state)
        brought = [other for other in self.people if other.by == index]
        closed = [other for other in brought if other.state in CLOSED]
        assert standing.friends == len(brought)
        assert standing.confirmed == len(closed)
        assert standing.rewards == sum(person.rewards.values())
        shown = self.run(referrals.friends_of(self.world.engines[1], person.id, Walk(20)))
        states = sorted(invitation.state.value for _, invitation in shown)
        assert states == sorted(other.state for other in brought)

    @invariant()
    def everybody_has_what_is_due_and_stands_where_they_should(self) -> None:
        for person in self.people:
            state = self.run(members.require(self.world.engines[1], person.id))
            account = wallets.wallet_of(state).account("points")
            assert account.balance == person.points
            invitation = referrals.standing_of(state).invitation
            assert (invitation.state.value if invitation else "") == person.state


def test_friends_are_rewarded_as_the_terms_say(mongo_url: str, database_name: str) -> None:
    with opened(mongo_url, database_name, CIRCLE) as world:
        play(Circle, world, 12, 40)
        world.clock.present = START
        world.verify()
