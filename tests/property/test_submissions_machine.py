"""Submissions and leaderboards in any order: what is approved counts once, who asks is ranked."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from loyalty import challenges, wallets
from loyalty.challenges import Deciding, Submitting
from loyalty.states import STATES
from loyalty.walks import Walk
from tests.property.keyed import Keyed
from tests.property.worlds import opened, play

PER_WEEK, WORTH = 2, 7
PHOTOS = f"""
format: 1
id: photos
name: Photos
money: EUR
currencies: [{{id: points, name: points, expiry: {{mode: NEVER}}}}]
challenges:
  - id: photos
    name: Photos
    triggers: [{{trigger: EVENT, event: photo}}]
    submissions: {{per_period: {PER_WEEK}}}
    joining: OPT_IN
    leaderboard: true
    period: WEEK
    target: 1
    repeats: true
    grants: [{{points: {WORTH}, currency: points}}]
"""
PERSON, PLACE = st.integers(0, 2), st.integers(0, 10**6)


@dataclass
class Photo:
    """One thing that a member submitted."""

    id: str
    person: int
    at: datetime
    status: str = "WAITING"

    @property
    def week(self) -> str:
        """Name the week of the local day; the program's zone is UTC."""
        return "{}-W{:02}".format(*self.at.replace(tzinfo=UTC).isocalendar()[:2])


@dataclass
class Person:
    """Since when a member takes part, and seen as whom; the weeks that counted, and gave."""

    joined_at: datetime | None = None
    alias: str | None = None
    counted: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


class Jury(Keyed):
    """Three members who show what they did, and staff who look at it."""

    watched = {STATES: {}, "submissions": {}}  # noqa: RUF012 - of the class, never changed

    def __init__(self) -> None:
        super().__init__()
        self.photos: list[Photo] = []
        self.people = [Person() for _ in range(3)]
        self.told: list[Photo] = []
        self.names: dict[str, tuple[int, datetime]] = {}

    @initialize()
    def open(self) -> None:
        self.begin_anew(3)

    @rule(person=PERSON)
    def join(self, person: int) -> None:
        self.world.clock.advance(minutes=1)
        self.run(challenges.join(self.engine, self.members[person], "photos"))
        one = self.people[person]
        one.joined_at = one.joined_at or self.world.clock()

    @rule(person=PERSON)
    def leave(self, person: int) -> None:
        """What was approved and not looked at by a worker is of nobody any more."""
        self.let_a_worker_work()
        who, one = self.members[person], self.people[person]
        before = self.everything()
        answer = self.attempt(lambda engine: challenges.leave(engine, who, "photos"))
        if one.joined_at is None:
            assert type(answer).__name__ == "ChallengeNotJoined"
            assert self.everything() == before
        one.joined_at, one.alias, one.counted = None, None, ()

    @rule(person=PERSON, alias=st.none() | st.sampled_from(["Ann", "Bo"]))
    def be_seen(self, person: int, alias: str | None) -> None:
        """A name is of who stands under it, and for a minute of who asked for it last."""
        now = self.world.clock()
        holder, asked_at = self.names.get(alias or "", (person, now))
        is_theirs = self.people[holder].alias == alias or now - asked_at < timedelta(minutes=1)
        who, one = self.members[person], self.people[person]
        before = self.everything()
        answer = self.attempt(lambda engine: challenges.stand_as(engine, who, "photos", alias))
        if alias is not None and one.joined_at is None:
            assert type(answer).__name__ == "ChallengeNotJoined"
            assert self.everything() == before
        elif alias is not None and holder != person and is_theirs:
            assert type(answer).__name__ == "AliasTaken"
            assert self.everything() == before
        else:
            one.alias = alias
            if alias is not None:
                self.names[alias] = (person, now)

    @rule(person=PERSON)
    def submit(self, person: int) -> None:
        self.world.clock.advance(seconds=1)
        wanted = Submitting(self.members[person], "photos", self.name, text="look")
        photo, other = Photo("", person, self.world.clock()), replace(wanted, text="another")
        refusals = set()
        taken = [
            one
            for one in self.photos
            if (one.person, one.week) == (person, photo.week) and one.status != "REJECTED"
        ]
        if self.people[person].joined_at is None:
            refusals.add("ChallengeNotJoined")
        elif len(taken) >= PER_WEEK:
            refusals.add("SubmissionLimit")
        outcome = self.do(
            lambda engine: challenges.submit(engine, wanted),
            refusals,
            lambda: lambda engine: challenges.submit(engine, other),
        )
        if outcome is not None:
            self.photos.append(replace(photo, id=outcome.result["submission"]))

    @precondition(lambda self: self.photos)
    @rule(place=PLACE, approve=st.booleans())
    def decide(self, place: int, approve: bool) -> None:
        photo = self.photos[place % len(self.photos)]
        wanted = Deciding(photo.id, approve, self.name, "staff:1", "seen")
        other = replace(wanted, approve=not approve)
        refusals = set() if photo.status == "WAITING" else {"SubmissionDecided"}
        self.do(
            lambda engine: challenges.decide_on(engine, wanted),
            refusals,
            lambda: lambda engine: challenges.decide_on(engine, other),
        )
        if not refusals:
            photo.status = "APPROVED" if approve else "REJECTED"
            self.told += [photo] if approve else []

    @rule()
    def let_a_worker_work(self) -> None:
        super().let_a_worker_work()
        for photo in self.told:
            one = self.people[photo.person]
            if one.joined_at is not None and one.joined_at <= photo.at:
                one.counted += (photo.week,)
                times = one.counted.count(photo.week) - one.given.count(photo.week)
                one.given += (photo.week,) * max(0, times)
        self.told = []

    @rule(days=st.sampled_from([1, 3, 7]))
    def wait(self, days: int) -> None:
        self.let_a_worker_work()
        self.world.clock.present += timedelta(days=days)

    @invariant()
    def what_was_approved_gave_once(self) -> None:
        if not self.members:
            return
        for one, state in zip(self.people, self.states(), strict=True):
            held = wallets.wallet_of(state).account("points").balance
            assert held == WORTH * len(one.given)

    def teardown(self) -> None:
        super().teardown()
        if not self.members:
            return
        for week in {photo.week for photo in self.photos}:
            board = self.run(challenges.leaderboard(self.engine, "", "photos", week, 10))
            seen = sorted((place.row.alias, place.row.score) for place in board.top)
            scores = [(one.alias, one.counted.count(week)) for one in self.people]
            assert seen == sorted((alias, score) for alias, score in scores if alias and score)
        for status in challenges.SubmissionStatus:
            listed = self.run(challenges.submissions.walk(self.engine, status, Walk(1_000)))
            mine = sorted(photo.id for photo in self.photos if photo.status == status)
            assert sorted(one.id for _, one in listed) == mine


def test_what_is_approved_counts_once(mongo_url: str, database_name: str) -> None:
    with opened(mongo_url, database_name, PHOTOS) as world:
        play(Jury, world, 10, 35)
