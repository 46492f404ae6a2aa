"""One command's working copy of one member, passed from noun to noun before it is written.

Knows no noun: each works on its own section, and what all of them did becomes one change.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from loyalty.mongo import Document
from loyalty.states import Change, Fact, Section, State

T = TypeVar("T")


@dataclass(slots=True)
class Turn:
    """What a command does to a member so far; `now` is the instant (naive UTC) it is decided at.

    `happened_at` is when that happened which it is about, where it may be reported late.
    The state stays as it was read: a refusal half-way leaves nothing behind.
    """

    state: State
    now: datetime
    values: dict[Section[Any], Any] = field(default_factory=dict)
    entries: list[Document] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    happened_at: datetime | None = None

    @property
    def member_id(self) -> str:
        """Give the member whose turn it is."""
        return self.state.member_id

    def of(self, section: Section[T]) -> T:
        """Give a section as this turn has made it, or as it was."""
        found: T = self.values[section] if section in self.values else self.state.value(section)
        return found

    def put(self, section: Section[T], value: T) -> None:
        """Put a new value in the place of a section."""
        self.values[section] = value

    def post(self, entries: Iterable[Document]) -> None:
        """Add entries to the record, after those that are there."""
        self.entries.extend(entries)

    def tell(self, *facts: Fact) -> None:
        """Tell the nouns above of something that happened."""
        self.facts.extend(facts)

    def change(self, **result: Any) -> Change:
        """Give everything that was done, as one change, with the answer to keep for a replay."""
        return Change(values=self.values, entries=self.entries, facts=self.facts, result=result)
