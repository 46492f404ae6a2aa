"""Who hears of what: facts from the members' documents, handed to the nouns that react to them.

A fact is handed over at least once; what is done about it is keyed by its id, and done once.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from loyalty import activities, challenges, offers, outbox, plans, push, referrals, wallets
from loyalty.engine import Engine
from loyalty.mongo import Document

FACTS_AT_ONCE = 200
LEASE_SECONDS = 60

Reaction = Callable[[Engine, Document], Awaitable[None]]


async def _reward_referrer(engine: Engine, fact: Document) -> None:
    await referrals.reward(engine, fact, push.devices.were_shared)


async def _settle_offers(engine: Engine, fact: Document) -> None:
    await offers.react(engine, fact, plans.active)


REACTIONS: Mapping[str, Sequence[Reaction]] = {
    "MemberClosed": (
        challenges.follow,
        _settle_offers,
        push.devices.forget_all,
        push.inbox.forget_texts,
    ),
    "MemberEnrolled": [activities.occasions.welcome],
    "MemberReinstated": (challenges.follow, offers.personal.look_again),
    "MemberSuspended": (challenges.follow,),
    "OfferAwaited": (_settle_offers,),
    "OfferCancelled": (_settle_offers,),
    "OfferExpired": (_settle_offers,),
    "OfferRedeemed": (_settle_offers, push.inbox.follow_offer),
    "OfferWithdrawn": (_settle_offers,),
    "PointsTransferred": (wallets.transfers.receive,),
    "ReferralAccepted": [referrals.count_friend],
    "ReferralConfirmed": [_reward_referrer],
    "ScoresChanged": [challenges.follow],
    "SubmissionDecided": [challenges.follow, activities.record_approved],
    "SubmissionMade": [challenges.follow],
}


async def react(engine: Engine, *, can_send: bool = True) -> int:
    """Take facts that wait and let the nouns react; return how many were seen.

    A reaction that fails leaves its fact to be taken again when the lease is over, and the
    others to go on; the first failure is raised in the end. Raises Unavailable.
    """
    moved = await outbox.relay(engine.mongo, engine.clock())
    lease = outbox.Lease(engine.new_id(), LEASE_SECONDS)
    facts = await outbox.take(engine.mongo, engine.clock(), lease, FACTS_AT_ONCE)
    await push.nudge(engine, facts, can_send=can_send)
    failures: list[Exception] = []
    done = []
    for fact in facts:
        try:
            for reaction in REACTIONS.get(fact["kind"], ()):
                await reaction(engine, fact)
            done.append(fact)
        except Exception as failure:  # noqa: BLE001 - raised below, when its neighbours are done
            failures.append(failure)
    await outbox.finish(engine.mongo, done, engine.clock())
    if failures:
        raise failures[0]
    return moved + len(facts)
