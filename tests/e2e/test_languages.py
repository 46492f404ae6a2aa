"""Which language is read: the member's own, staff's own, the header's, and what comes else."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.conftest import Json, Person, Serve
from tests.e2e.everything import SOURCE
from tests.e2e.sockets import Phone, phone, socket
from tests.e2e.stories import Story, story
from tests.e2e.test_streams import EVENTS, stream

CLAIM = """
mutation ($input: OfferClaimInput!) {
  offerClaim(input: $input) { userErrors { code message } }
}
"""
UNKNOWN = {"input": {"offer": "nothing", "key": "k"}}
SAID = {
    "da": "Tilbuddet findes ikke.",
    "sv": "Erbjudandet finns inte.",
    "nb": "Tilbudet finnes ikke.",
    "fi": "Tarjousta ei ole.",
    "en": "There is no such offer.",
}
FORGED = {
    "da": "Koden er ikke en af vores medlemskoder.",
    "fi": "Koodi ei ole meidän jäsenkoodimme.",
    "en": "The code is not a member code of ours.",
}
WALLET = """
wallet { entries(first: 1) { edges { node { currency { name } explanation { text } } } } }
"""
MOVED = """
subscription {
  walletChanged {
    entries { currency { name } explanation { text } }
    member { tier { tier { name } } }
  }
}
"""
NOBODY = {
    "fi": "Jäsentä ei löydy.",
    "sv": "Medlemmen finns inte.",
    "en": "There is no such member.",
}
PROGRAM = "{ program { name } }"
BY_CODE = "query ($code: String!) { memberByCode(code: $code) { id } }"


@pytest.fixture(scope="module")
async def played(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, SOURCE) as opened:
        yield opened


async def refusal(person: Person) -> str:
    """Be refused; give what is said."""
    [error] = (await person.ask(CLAIM, UNKNOWN))["offerClaim"]["userErrors"]
    message: str = error["message"]
    return message


def reading(played: Story, member_id: str, languages: str) -> Person:
    token = played.shop.issuer.member_token(member_id)
    return played.shop.anyone("app", token, **{"Accept-Language": languages})


@pytest.mark.parametrize("language", SAID)
async def test_a_member_is_refused_in_their_own_language(played: Story, language: str) -> None:
    hero = await played.enrol(locale=language)
    assert await refusal(hero.app) == SAID[language]
    for other in ("en", "fi-FI, sv;q=0.5"):
        assert await refusal(reading(played, hero.id, other)) == SAID[language]


@pytest.mark.parametrize(
    ("own", "header", "language"),
    [
        ("sv-FI", "", "sv"),
        ("da-DK", "", "da"),
        ("no", "", "nb"),
        ("nn-NO", "", "nb"),
        ("de", "", "en"),
        ("de", "ja, fi;q=0.3, sv;q=0.7", "sv"),
        ("de", "de-AT, *;q=0.1", "en"),
        ("de", "da;q=0", "en"),
    ],
)
async def test_regions_and_languages_that_are_not_spoken(
    played: Story, own: str, header: str, language: str
) -> None:
    hero = await played.enrol(locale=own)
    assert await refusal(reading(played, hero.id, header)) == SAID[language]


async def entry(person: Person, member_id: str) -> Json:
    """Give what staff read of a member's last movement."""
    query = f"query ($id: ID!) {{ member(id: $id) {{ {WALLET} }} }}"
    member = (await person.ask(query, {"id": member_id}))["member"]
    node: Json = member["wallet"]["entries"]["edges"][0]["node"]
    return node


async def test_staff_read_their_own_language_where_they_name_one(played: Story) -> None:
    hero = await played.enrol(locale="sv")
    await hero.buy("3.00")
    own = (await hero.ask(WALLET))["wallet"]["entries"]["edges"][0]["node"]
    assert own["currency"]["name"] == "poäng"
    assert await entry(played.staff, hero.id) == own
    token = played.shop.issuer.staff_token(("SUPPORT",))
    english = played.shop.anyone("staff", token, **{"Accept-Language": "de, en;q=0.5"})
    read = await entry(english, hero.id)
    assert read["currency"]["name"] == "points"
    assert read["explanation"]["text"] == "1 point per €1.00 on €3.00 = 3"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("sv", "Allt"),
        ("sv-FI", "Allt"),
        ("fi, sv;q=0.5", "Allt"),
        ("en;q=0.2, sv;q=0.1", "Everything"),
        ("ja", "Everything"),
        ("", "Everything"),
    ],
)
async def test_the_programme_is_read_in_the_first_language_it_is_written_in(
    played: Story, header: str, name: str
) -> None:
    anyone = played.shop.anyone(**{"Accept-Language": header})
    assert await anyone.ask(PROGRAM) == {"program": {"name": name}}


async def test_without_a_header_a_member_reads_the_programme_in_their_own(played: Story) -> None:
    hero = await played.enrol(locale="sv")
    assert await reading(played, hero.id, "").ask(PROGRAM) == {"program": {"name": "Allt"}}
    assert await reading(played, hero.id, "en").ask(PROGRAM) == {"program": {"name": "Everything"}}


@pytest.mark.parametrize(("header", "language"), [("da", "da"), ("fi", "fi"), ("ja", "en")])
async def test_a_refusal_that_is_an_error_is_told_in_the_language_of_staff(
    played: Story, header: str, language: str
) -> None:
    token = played.shop.issuer.staff_token(("SUPPORT",))
    staff = played.shop.anyone("staff", token, **{"Accept-Language": header})
    (error,) = await staff.errors(BY_CODE, {"code": "nonsense"})
    assert error["extensions"]["refusal"] == "MEMBER_CODE_FORGED"
    assert error["message"] == FORGED[language]


async def moved(one: Phone) -> tuple[str, str, str]:
    """Give how the next event of a wallet calls currency and tier, and explains what moved."""
    told = await one.next("1")
    (entry, *_) = told["entries"]
    names = entry["currency"]["name"], told["member"]["tier"]["tier"]["name"]
    return (*names, entry["explanation"]["text"])


async def test_every_event_is_in_the_language_that_its_member_has_then(played: Story) -> None:
    hero = await played.enrol(locale="sv")
    async with phone(played.shop, hero.id) as one:
        await one.subscribe("1", MOVED)
        await one.next("1")
        await hero.buy("3.00")
        assert await moved(one) == ("poäng", "Bas", "1 poäng per 1,00\xa0€ av 3,00\xa0€ = 3")
        await hero.attempt("memberUpdateProfile", {"locale": "en"})
        await hero.buy("3.00")
        assert await moved(one) == ("points", "Basic", "1 point per €1.00 on €3.00 = 3")


@pytest.mark.parametrize(
    ("header", "told", "language"),
    [
        (None, {}, "en"),
        ("fi", {}, "fi"),
        (None, {"Accept-Language": "sv-FI"}, "sv"),
        ("fi", {"accept-language": "ja, sv;q=0.5"}, "sv"),
        ("fi", {"accept-language": ["sv"]}, "fi"),
    ],
)
async def test_a_socket_says_its_language_in_a_header_or_its_first_message(
    played: Story, header: str | None, told: Json, language: str
) -> None:
    token = played.shop.issuer.member_token("mbr_nobody")
    headers = {"Accept-Language": header} if header else None
    async with socket(played.shop, headers=headers) as one:
        payload = {"authorization": f"Bearer {token}", **told}
        await one.say("connection_init", payload=payload)
        assert await one.hear() == {"type": "connection_ack"}
        await one.subscribe("1", MOVED)
        (error,) = (await one.hear())["payload"]
        assert (error["extensions"]["refusal"], error["message"]) == (
            "MEMBER_UNKNOWN",
            NOBODY[language],
        )


async def test_a_stream_says_its_language_in_a_header(played: Story) -> None:
    token = played.shop.issuer.member_token("mbr_nobody")
    async with stream(played.shop, token, EVENTS, MOVED, languages="ja, fi;q=0.5") as streaming:
        assert NOBODY["fi"] in (await streaming.rest()).decode()
