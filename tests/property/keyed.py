"""Verbs with a key, or an id that can be used once: what all of them promise, whatever came before.

Sent again, it gives the first answer and writes nothing; sent otherwise, it is refused; and what
is refused writes nothing. A machine of such verbs says what it expects, and plays them here.
"""

from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from loyalty import chores, reactions
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.errors import Refusal, Refused
from loyalty.states import LEDGER, STATES, State, from_document
from tests.property.worlds import Machine

COLLECTIONS = (
    *(STATES, LEDGER, "activities", "plan_events", "receipts", "adjustments", "referral_codes"),
    *("identities", "offer_units", "offer_lines", "offer_keys", "challenge_scores"),
    "leaderboard_aliases",
    *("submissions", "facts", "deliveries"),
)
Act = Callable[[Engine], Awaitable[Any]]


@dataclass(frozen=True)
class Call:
    """A call that was accepted: how to make it again or otherwise, and what it answered.

    `otherwise` gives another input for the same key, or None where there is none just now.
    """

    again: Act
    otherwise: Callable[[], Act | None]
    answer: Any


def nothing() -> None:
    """Say that there is no other input for a key."""


class Keyed(Machine):
    """Calls of verbs in any order, by two processes; `watched` is what a refusal must leave."""

    watched: ClassVar[Mapping[str, Mapping[str, Any]]] = {STATES: {}}
    process = 0

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.made = 0
        self.members: list[str] = []

    def begin_anew(self, count: int) -> None:
        """Begin a history with new members in an empty database."""
        for collection in COLLECTIONS:
            self.run(self.engine.mongo.delete_many(collection, {}))
        self.members = self.begin(count)

    @property
    def name(self) -> str:
        """Make a name, or a key, that was not used before."""
        self.made += 1
        return f"n-{self.runs}-{self.made}"

    def states(self) -> list[State]:
        """Read the members as they are stored."""
        found = self.run(self.engine.mongo.find(STATES, {}))
        by_id = {document["_id"]: from_document(document) for document in found}
        return [by_id[member_id] for member_id in self.members]

    def everything(self) -> list[Any]:
        """Read what a refusal must leave as it was, but who was told of a key."""
        for engine in self.world.engines:
            self.run(engine.commits.drain())
        return [
            {name: value for name, value in document.items() if name != "shared"}
            for collection, where in self.watched.items()
            for document in self.run(self.engine.mongo.find(collection, where, sort=[("_id", 1)]))
        ]

    def do(
        self,
        act: Act,
        refusals: AbstractSet[str] = frozenset(),
        otherwise: Callable[[], Act | None] = nothing,
    ) -> Any:
        """Do what is to be accepted, or refused with one of these; give the answer, or None."""
        before = self.everything()
        answer = self.attempt(act)
        if isinstance(answer, Refusal):
            assert type(answer).__name__ in refusals, answer
            assert self.everything() == before
            return None
        assert not refusals, answer
        self.calls.append(Call(act, otherwise, answer))
        return answer

    def attempt(self, act: Act) -> Any:
        """Give the answer of one of the processes, or why it is refused."""
        try:
            return self.run(act(self.world.engines[self.process]))
        except Refused as refused:
            return refused.refusal

    @rule()
    def go_on_at_the_other_process(self) -> None:
        self.process = 1 - self.process

    @precondition(lambda self: self.calls)
    @rule(place=st.integers(0, 10**6))
    def call_again(self, place: int) -> None:
        call, before = self.calls[place % len(self.calls)], self.everything()
        again = self.run(call.again(self.world.engines[self.process]))
        if isinstance(again, Outcome):
            assert (again.replayed, again.result) == (True, call.answer.result)
        else:
            assert again == call.answer
        assert self.everything() == before

    @precondition(lambda self: self.calls)
    @rule(place=st.integers(0, 10**6))
    def call_otherwise(self, place: int) -> None:
        call, before = self.calls[place % len(self.calls)], self.everything()
        otherwise = call.otherwise()
        if otherwise is not None:
            assert type(self.attempt(otherwise)).__name__ == "KeyReused"
            assert self.everything() == before

    @rule()
    def let_a_worker_work(self) -> None:
        engine = self.world.engines[self.process]

        async def work() -> None:
            while await reactions.react(engine, can_send=False) + await chores.sweep(engine):
                pass

        self.run(work())

    def teardown(self) -> None:
        """Finish what is under way; then every promise holds."""
        if self.members:
            self.let_a_worker_work()
            self.world.verify()
