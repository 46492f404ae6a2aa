"""What texts may say of who reads them: every field that is promised, and no other."""

from datetime import date, datetime

from loyalty import program
from loyalty.members import MemberStatus, Profile
from loyalty.messages import Money
from loyalty.offers import Held, HeldState
from loyalty.program import terms
from loyalty.push import rules
from loyalty.push.service import readers
from loyalty.push.service.readers import Reader
from loyalty.states import State
from tests.engines import RICH

NOW = datetime(2026, 3, 2, 12, 0)
PROGRAM = program.parse(
    RICH
    + "offers: [{id: tea, kind: FREE_SHIPPING, name: {en: Tea, da: Gratis te}, personal: true}]"
)
PROFILE = Profile(MemberStatus.ACTIVE, NOW, "da-DK", "Europe/Copenhagen", first_name="Anna")
STATE = State("mbr_x", 1, {"profile": {"enrolled_at": NOW}}, [])


def test_there_is_a_value_for_every_field_that_is_promised() -> None:
    assert set(readers.PERSONAL) == rules.CAMPAIGN_FIELDS | rules.OFFER_FIELDS
    assert rules.CAMPAIGN_FIELDS == terms.PERSONAL_FIELDS


def test_fields_are_what_is_true_of_the_reader() -> None:
    ends_at = datetime(2026, 3, 9, 23, 0)  # midnight in Copenhagen
    held = Held("off_x_1", "tea", HeldState.ISSUED, 1, NOW, expires_at=ends_at)
    assert readers.personal(Reader(STATE, PROFILE, PROGRAM, NOW, held), readers.PERSONAL) == {
        "firstName": "Anna",
        "balance": 0,
        "tier": "Basic",
        "nextTier": "Silver",
        "pointsToNextTier": 100,
        "offer.title": "Gratis te",
        "offer.until": date(2026, 3, 9),
    }


def test_what_is_not_there_is_empty_and_what_is_not_asked_is_not_looked_at() -> None:
    bare = Reader(STATE, PROFILE, program.parse("{format: 1, id: a, name: A, money: EUR}"), NOW)
    found = readers.personal(
        bare, {"nextTier", "pointsToNextTier", "tier", "offer.title", "points"}
    )
    assert found == {"nextTier": "", "pointsToNextTier": "", "tier": "", "offer.title": ""}


def test_the_way_to_a_tier_of_money_is_money() -> None:
    by_money = program.parse(
        RICH.replace("threshold: {points: 100}", 'threshold: {spend: "90.00"}')
    )
    found = readers.personal(Reader(STATE, PROFILE, by_money, NOW), ["pointsToNextTier"])
    assert found == {"pointsToNextTier": Money(9_000, "EUR")}
