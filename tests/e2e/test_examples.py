"""The explorer's examples: filled with what works here, and naming nobody but in development."""

from typing import Any

from loyalty import program
from tests.e2e.conftest import PROGRAM, Serve, Shop

PURCHASE, SPEND = 1, 2


async def inputs(shop: Shop) -> list[dict[str, Any]]:
    """Read what the staff door's examples send, without a token."""
    response = await shop.client.get("/staff/graphql/examples.json")
    assert response.status_code == 200
    return [(example["variables"] or {"input": {}})["input"] for example in response.json()]


async def test_in_development_the_examples_work_as_they_are(serve: Serve) -> None:
    shop = await serve()
    await program.publish(shop.house.engine, PROGRAM)
    await shop.enrol()
    member_id = await shop.enrol()
    found = await inputs(shop)
    assert found[PURCHASE]["memberId"] == found[SPEND]["memberId"] == member_id
    assert found[PURCHASE]["total"]["currencyCode"] == "EUR"
    assert found[SPEND]["currency"] == "points"
    assert "$" not in str(found)
    assert found[SPEND]["key"] != (await inputs(shop))[SPEND]["key"]


async def test_in_production_no_member_is_named(serve: Serve) -> None:
    shop = await serve(profile="production", graphiql=True)
    await program.publish(shop.house.engine, PROGRAM)
    await shop.enrol()
    found = await inputs(shop)
    assert found[PURCHASE]["memberId"] == found[SPEND]["memberId"] == "$memberId"
    assert found[PURCHASE]["total"]["currencyCode"] == "EUR"
    assert "mbr_" not in str(found)


async def test_without_a_program_a_placeholder_stays_to_be_read(serve: Serve) -> None:
    shop = await serve()
    found = await inputs(shop)
    assert found[PURCHASE]["total"]["currencyCode"] == "$money"
    assert (found[SPEND]["memberId"], found[SPEND]["currency"]) == ("$memberId", "$currencyId")
