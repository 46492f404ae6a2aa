"""What members and staff change of a member: profile, consents, labels; not the status."""

from collections.abc import Sequence
from datetime import datetime

from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.members import rules, store
from loyalty.members.rules import Consent, ProfileInput
from loyalty.members.service import persons
from loyalty.states import Change, State


async def update_profile(engine: Engine, member_id: str, wanted: ProfileInput) -> State:
    """Change a member's own data; a new phone or mail is one they are known again by.

    Raises BadInput, Refused.
    """

    def decide(state: State, _now: datetime) -> Change:
        profile = rules.updated(store.profile_of(state), wanted)
        return Change(sections={store.SECTION: store.to_document(profile)})

    state = (await engine.commits.submit(Command(member_id, decide))).state
    if wanted.phone or wanted.email:
        await persons.note(engine, store.profile_of(state))
    return state


async def set_consents(engine: Engine, member_id: str, consents: Sequence[Consent]) -> State:
    """Record what a member agreed to or refused, with the proof. Raises Refused."""

    def decide(state: State, _now: datetime) -> Change:
        profile = store.profile_of(state)
        for consent in consents:
            profile = rules.consented(profile, consent)
        return Change(sections={store.SECTION: store.to_document(profile)})

    return (await engine.commits.submit(Command(member_id, decide))).state


async def set_segments(engine: Engine, member_id: str, segments: Sequence[str]) -> State:
    """Put these labels on a member, in the place of those before. Raises BadInput, Refused."""

    def decide(state: State, _now: datetime) -> Change:
        profile = rules.labelled(store.profile_of(state), segments)
        return Change(sections={store.SECTION: store.to_document(profile)})

    return (await engine.commits.submit(Command(member_id, decide))).state
