"""What members and staff change of a member: profile and consents; not the status."""

from collections.abc import Sequence
from datetime import datetime

from loyalty.commands import Command, own_key
from loyalty.engine import Engine
from loyalty.members import rules, store
from loyalty.members.rules import Consent, ProfileInput
from loyalty.members.service import persons
from loyalty.members.service.reading import require
from loyalty.states import Change, State


class _SaidBefore(Exception):
    """Say that nothing is to be recorded: an empty record would be kept for ever as well."""


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
    """Record what a member agreed to or refused, with the proof, for ever in their books.

    What was said before in the same words at the same place is not recorded again. Raises BadInput
    where they contradict each other; Refused.
    """
    rules.check_consents(consents)
    before = await require(engine, member_id)
    if not rules.news(store.profile_of(before), consents, before.value(store.SAID)):
        return before

    def decide(state: State, _now: datetime) -> Change:
        profile, known = store.profile_of(state), state.value(store.SAID)
        said = rules.news(profile, consents, known)
        if not said:
            raise _SaidBefore
        return Change(
            sections={store.SECTION: store.to_document(rules.consented(profile, said))},
            values={store.SAID: (*known, *said)[-rules.CONSENTS_KEPT :]},
            result={"consents": [store.consent_document(consent) for consent in said]},
        )

    command = Command(member_id, decide, own_key("consents", engine.new_id()))
    try:
        return (await engine.commits.submit(command)).state
    except _SaidBefore:
        return await require(engine, member_id)
