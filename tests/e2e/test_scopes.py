"""What a mutation shows to whom: a scope that writes does not read."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from api.integration_keys import SCOPES
from schema import staff_schema
from schema.payloads import OfMember
from tests.e2e.conftest import Shop
from tests.e2e.of_members import NAMES, Someone, calls, someone
from tests.e2e.test_doors import key, rights

PROFILE = """
id externalId firstName email phone birthDate locale consents { granted } devices { id }
wallet { balances { balance } entries { edges { node { points } } } } tier { tier { id } }
"""
READS = ("members:read",)


def mutations_of_members() -> Iterator[str]:
    """Name what a key may do to a member; what is for people alone shows people who they see."""
    root: Any = staff_schema.mutation
    for_keys = {
        name
        for name, found in rights(root).items()
        if any(right.scope for needs in found for right in needs.rights)
    }
    for field in root.__strawberry_definition__.fields:
        payload: Any = getattr(field.type, "of_type", field.type)
        of_member = isinstance(payload, type) and issubclass(payload, OfMember)
        if of_member and field.name in for_keys:
            yield staff_schema.config.name_converter.get_graphql_name(field)


def test_every_mutation_that_answers_a_member_is_tried() -> None:
    assert set(mutations_of_members()) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("more", [(), READS], ids=["writes", "writes-and-reads"])
async def test_a_scope_that_writes_reads_no_profile(
    shop: Shop, name: str, more: tuple[str, ...]
) -> None:
    scope, kind, wanted = calls(await someone(shop))[name]
    query = (
        f"mutation ($input: {kind}!) {{ {name}(input: $input) "
        f"{{ member {{ {PROFILE} }} userErrors {{ code }} }} }}"
    )
    holder = await key(shop, scope, *more)
    payload = (await holder.ask(query, {"input": wanted}))[name]
    assert payload["userErrors"] == []
    if more:
        assert payload["member"]["email"] == "asta@example.com"
    else:
        assert payload["member"] is None


@pytest.mark.parametrize("scope", sorted(SCOPES))
async def test_no_scope_opens_what_another_is_for(shop: Shop, scope: str) -> None:
    holder = await key(shop, scope)
    for name, (needed, kind, wanted) in calls(Someone()).items():
        query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ __typename }} }}"
        response = await holder.post(query, {"input": wanted})
        codes = [error["extensions"]["code"] for error in response.json().get("errors", ())]
        assert codes == ([] if scope == needed else ["FORBIDDEN"]), name


async def test_what_people_decide_no_key_decides(shop: Shop) -> None:
    decide = 'mutation {{ {}(input: {{adjustmentId: "adj_none"{}}}) {{ __typename }} }}'
    holder = await key(shop, *SCOPES)
    for name, more in (("adjustmentApprove", ""), ("adjustmentReject", ', note: "no"')):
        assert await holder.codes(decide.format(name, more)) == ["FORBIDDEN"]


async def test_who_enrols_is_told_the_id_alone(shop: Shop) -> None:
    enrol = """
      mutation ($input: MemberEnrolInput!) { memberEnrol(input: $input) { memberId member { id } } }
    """
    web_shop = await key(shop, "members:write")
    enrolled = (await web_shop.ask(enrol, {"input": {"externalId": uuid4().hex}}))["memberEnrol"]
    assert enrolled["memberId"].startswith("mbr_")
    assert enrolled["member"] is None
