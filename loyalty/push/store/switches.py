"""The switch of pushes in MongoDB: one document with its last turns; none while untouched."""

from loyalty.mongo import Document, Mongo
from loyalty.push.rules.switches import KEPT, Switched, SwitchScope

SWITCH = "push_switch"
ONLY = "switch"


async def find(mongo: Mongo) -> Switched | None:
    """Read how the switch stands; None where nobody ever turned it."""
    found = await mongo.find_one(SWITCH, {"_id": ONLY}, {"turns": {"$slice": -1}})
    return _from_document(found["turns"][-1]) if found else None


async def turns(mongo: Mongo) -> list[Switched]:
    """Read the last turns of the switch, newest first."""
    found = await mongo.find_one(SWITCH, {"_id": ONLY})
    return [_from_document(turn) for turn in reversed(found["turns"])] if found else []


async def turn(mongo: Mongo, to: Switched) -> None:
    """Turn the switch; where it stands so already, nothing is written."""
    same = {"scope": _scope(to), "reason": to.reason}
    line = {"at": to.at, "who": to.who, **same}
    there = await mongo.insert_new(SWITCH, [{"_id": ONLY, **same, "turns": [line]}])
    if there:
        other = {"_id": ONLY, "$nor": [same]}
        push = {"turns": {"$each": [line], "$slice": -KEPT}}
        await mongo.update_one(SWITCH, other, {"$set": same, "$push": push})


def _scope(turned: Switched) -> str | None:
    return turned.scope.value if turned.scope else None


def _from_document(document: Document) -> Switched:
    scope = document["scope"]
    return Switched(
        document["at"], document["who"], SwitchScope(scope) if scope else None, document["reason"]
    )
