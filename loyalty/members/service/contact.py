"""How members want to be reached and when they were last heard of, as they and the app say."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.members import rules, store
from loyalty.members.rules import Consent, Engagement, Hearing, Preferences, when_said
from loyalty.program import terms
from loyalty.states import Change, State

__all__ = [
    "Engagement",
    "Hearing",
    "Preferences",
    "consents_of",
    "engagement_of",
    "hearing_of",
    "note_engagement",
    "preferences_of",
    "set_preferences",
    "when_said",
]


def engagement_of(state: State) -> Engagement:
    """Read when a member was last heard of."""
    return state.value(store.ENGAGEMENT)


def hearing_of(state: State) -> Hearing:
    """Read of a state only what decides whether its member may be written to."""
    return store.hearing_of(state)


def preferences_of(state: State) -> Preferences:
    """Read how a member wants to be reached."""
    return state.value(store.PREFERENCES)


def consents_of(state: State) -> Sequence[Consent]:
    """Read the last consents that a member gave or withdrew, oldest first."""
    return state.value(store.SAID)


async def note_engagement(engine: Engine, state: State, news: Engagement) -> State:
    """Note that a member was heard of; nothing is written for what is less than an hour newer."""
    if engagement_of(state).after(news) == engagement_of(state):
        return state

    def decide(found: State, _now: datetime) -> Change:
        before = engagement_of(found)
        after = before.after(news)
        return Change() if after == before else Change(values={store.ENGAGEMENT: after})

    return (await engine.commits.submit(Command(state.member_id, decide))).state


async def set_preferences(
    engine: Engine, member_id: str, muted: Iterable[str], quiet: terms.Hours | None
) -> State:
    """Put what a member wants in the place of what they wanted. Raises BadInput, Refused."""
    wanted = rules.preferences(muted, quiet)

    def decide(state: State, _now: datetime) -> Change:
        same = preferences_of(state) == wanted
        return Change() if same else Change(values={store.PREFERENCES: wanted})

    return (await engine.commits.submit(Command(member_id, decide))).state
