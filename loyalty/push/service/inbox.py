"""What was sent stays readable: members page through it, open and follow it, use its offers."""

from collections.abc import Sequence
from datetime import datetime

from loyalty import members, program
from loyalty.engine import Engine
from loyalty.members import Doing
from loyalty.mongo import Document
from loyalty.push import rules, store
from loyalty.push.payloads import Category
from loyalty.push.rules import Delivery, Reason
from loyalty.push.rules.inbox import Deed, Told
from loyalty.states import State
from loyalty.walks import Walk

__all__ = [
    "Category",
    "Deed",
    "Reason",
    "Told",
    "all_of",
    "count_all",
    "find",
    "follow_offer",
    "forget_older",
    "forget_texts",
    "note",
    "sent_to",
    "unread",
]


async def sent_to(
    engine: Engine, member_id: str, walk: Walk[tuple[datetime, str]]
) -> list[Delivery]:
    """List what was sent to a member and is kept, newest first."""
    return await store.inbox.sent_to(engine.mongo, member_id, await _since(engine), walk)


async def unread(engine: Engine, member_id: str) -> int:
    """Count what a member has not opened of the newest UNREAD_COUNTED messages."""
    since, limit = await _since(engine), rules.inbox.UNREAD_COUNTED
    return await store.inbox.count_unread(engine.mongo, member_id, since, limit)


async def find(engine: Engine, member_id: str, message_id: str) -> Delivery | None:
    """Read a message that was sent to a member and is kept, or None."""
    since = await _since(engine)
    found = await store.inbox.of_ids(engine.mongo, member_id, [message_id], since)
    return found[0] if found else None


async def note(engine: Engine, state: State, deed: Deed, told: Sequence[Told]) -> list[Delivery]:
    """Note that a member opened or followed messages of theirs; give these, as they are now.

    As often as the app likes: what was noted first stands. What is not a message of theirs is left
    out; so is one that is noted and cannot be read yet, as its sending is not settled. When it was
    is held between when it was sent and now. Raises BadInput.
    """
    rules.inbox.check_told(told)
    mongo, member_id = engine.mongo, state.member_id
    ids, since, now = [one.message_id for one in told], await _since(engine), engine.clock()
    theirs = {d.id: d for d in await store.inbox.on_phones(mongo, member_id, ids, since)}
    done = [
        (message.id, rules.inbox.plausible(one.at, message.sent_at or message.created_at, now))
        for one in told
        if (message := theirs.get(one.message_id)) and not _knows(message, deed)
    ]
    if done:
        await store.inbox.mark(mongo, deed, done)
        last = max(at for _, at in done)
        clicked = last if deed is Deed.CLICKED else None
        news = members.contact.Engagement(seen_at=last, opened_at=last, clicked_at=clicked)
        await members.contact.note_engagement(engine, state, news)
    return await store.inbox.of_ids(mongo, member_id, ids, since)


def _knows(message: Delivery, deed: Deed) -> bool:
    return bool(message.opened_at if deed is Deed.OPENED else message.clicked_at)


async def follow_offer(engine: Engine, fact: Document) -> None:
    """React to an offer that was used: it counts for the message it came with, if with any."""
    if message := fact["data"].get("message"):
        await store.inbox.mark_redeemed(engine.mongo, message, fact["at"])


async def forget_texts(engine: Engine, fact: Document) -> None:
    """React to a membership that ended: what was written to the member is deleted."""
    state = await members.find(engine, fact["member"])
    if state is not None and not members.may(state, Doing.KEEP):
        await store.inbox.forget_texts(engine.mongo, fact["member"], fact["at"])


async def forget_older(engine: Engine, limit: int) -> int:
    """Delete texts that are kept no longer, and deliveries long after; return how many."""
    since = await _since(engine)
    long_ago = min(since, engine.clock() - rules.inbox.COUNTED_FOR)
    texts = await store.inbox.forget_older_texts(engine.mongo, since, limit)
    return texts + await store.inbox.forget_older(engine.mongo, long_ago, limit)


async def all_of(
    engine: Engine, member_id: str, walk: Walk[tuple[datetime, str]]
) -> list[Delivery]:
    """List what was sent to a member and what was not, newest first, each with its reason."""
    return await store.inbox.all_of(engine.mongo, member_id, walk)


async def count_all(engine: Engine, member_id: str) -> int:
    """Count what was sent to a member and what was not."""
    return await store.inbox.count_all(engine.mongo, member_id)


async def _since(engine: Engine) -> datetime:
    """Give the instant since which messages are kept; without a program all that ever were."""
    version = await program.find_active(engine)
    days = version.program.messaging.inbox_days if version else rules.inbox.LONGEST_KEPT_DAYS
    return rules.inbox.kept_since(engine.clock(), days)
