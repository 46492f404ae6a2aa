"""A welcome is for a person: not for each of their cards, nor for coming back after leaving."""

from tests.e2e.conftest import Serve
from tests.e2e.stories import story

CLUB = """
format: 1
id: club
name: Club
money: DKK
currencies: [{id: points, name: points}]
earning_rules:
  - id: welcome
    name: Welcome
    trigger: ENROLMENT
    currency: points
    effect: {kind: FIXED, points: 100}
"""


async def test_one_person_is_welcomed_once_with_whatever_card(serve: Serve) -> None:
    async with story(serve, CLUB) as shop:
        anna = await shop.enrol("card-1", phone="+4512345678", email="anna@shop.example")
        again = await shop.enrol("card-2", email="Anna@Shop.example")
        assert again.id != anna.id
        await anna.app.ask(
            'mutation { memberUpdateProfile(input: {email: "new@shop.example"}) '
            "{ userErrors { code } } }"
        )
        await shop.do("memberClose", {"memberId": anna.id, "reason": "left", "key": "close"})
        back = [
            await shop.enrol("card-3", phone="+4512345678"),
            await shop.enrol("card-4", email="new@shop.example"),
        ]
        bo = await shop.enrol("card-5", phone="+4587654321", email="bo@shop.example")
        await shop.work()
        assert await anna.balances() == {"points": 100}
        assert [await one.balances() for one in (again, *back)] == [{"points": 0}] * 3
        assert await bo.balances() == {"points": 100}
