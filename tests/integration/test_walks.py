"""Long lists are read by their index, from the place on, whichever way and however far it is."""

from datetime import datetime
from typing import Any

import pytest

from loyalty import program
from loyalty.activities.store import activities
from loyalty.challenges.store import submissions
from loyalty.engine import Engine
from loyalty.members import store as members
from loyalty.push.store import campaigns
from loyalty.referrals import store as referrals
from loyalty.walks import Walk, keyset
from loyalty.wallets.store import requests
from tests.engines import PLAIN

AT = datetime(2026, 3, 2)  # 1,772,409,600 seconds since 1970
LISTS: dict[str, tuple[str, list[tuple[str, int]], dict[str, Any]]] = {
    "members_newest_first": ("member_states", members.NEWEST_FIRST, {}),
    "activities_of_a_member_newest_first": (
        "activities",
        activities.NEWEST_FIRST,
        {"member": "m", "refused": {"$exists": False}},
    ),
    "campaigns_newest_first": ("campaigns", campaigns.NEWEST_FIRST, {}),
    "submissions_waiting_longest_first": (
        "submissions",
        submissions.OLDEST_FIRST,
        {"status": "WAITING"},
    ),
    "adjustments_to_decide_on": ("adjustments", requests.OLDEST_FIRST, requests.WAITING),
    "friends_of_a_member": (
        "member_states",
        referrals.NEWEST_FIRST,
        {"referral.invitation.by": "m"},
    ),
}


@pytest.mark.parametrize("back", [False, True], ids=["forward", "back"])
@pytest.mark.parametrize("index", LISTS)
async def test_a_walk_enters_its_index_at_its_place(engine: Engine, index: str, back: bool) -> None:
    await program.publish(engine, PLAIN)
    collection, order, where = LISTS[index]
    beyond, sort = keyset(Walk(5, (AT, "x"), back), order)
    wanted = {"find": collection, "filter": {**where, **beyond}, "sort": dict(sort), "limit": 5}
    told = await engine.mongo.database.command("explain", wanted, verbosity="queryPlanner")
    plan = told["queryPlanner"]["winningPlan"]
    assert [plan["stage"], plan["inputStage"]["stage"]] == ["LIMIT", "FETCH"]
    scan = plan["inputStage"]["inputStage"]
    assert (scan["stage"], scan["indexName"]) == ("IXSCAN", index)
    (bounds,) = scan["indexBounds"][order[0][0]]
    assert bounds.startswith(
        f"[new Date({int((AT - datetime(1970, 1, 1)).total_seconds()) * 1000})"
    )


def test_a_walk_without_a_place_begins_at_its_end() -> None:
    order = [("at", -1), ("_id", -1)]
    assert keyset(Walk(5), order) == ({}, order)
    assert keyset(Walk(5, back=True), order) == ({}, [("at", 1), ("_id", 1)])
