"""Rate limits at the doors: by member, device, address and key, in answers, headers and the log."""

from datetime import datetime

import httpx2
import pytest
from structlog.testing import capture_logs

from api.rate_limits import COLLECTION
from loyalty import program
from loyalty.mongo import Mongo
from tests.e2e.conftest import PROGRAM, Json, Serve, Shop
from tests.e2e.test_doors import key
from tests.engines import START, Clock

ME = "{ me { id } }"  # costs 2
PROGRAM_ID = "{ program { id } }"
BAD = "{ nonsense }"  # costs 20: it is refused
PROXY = {"X-Forwarded-For": "203.0.113.7"}


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.fixture
async def shop(serve: Serve, clock: Clock) -> Shop:
    """Serve with small buckets, at a time that stands still."""
    rates = {"member": 10, "device": 14, "address": 12, "staff": 0, "integration": 10}
    shop = await serve(clock, **{f"rate_limit_{kind}": rate for kind, rate in rates.items()})
    await program.publish(shop.house.engine, PROGRAM)
    return shop


def bill(response: httpx2.Response) -> Json:
    found: Json = response.json()["extensions"]["cost"]
    return found


def refused(response: httpx2.Response) -> int:
    """Tell how long to wait for, in milliseconds."""
    (error,) = response.json()["errors"]
    assert response.status_code == 429
    assert error["extensions"]["code"] == "RATE_LIMITED"
    wait: int = error["extensions"]["retryAfterMs"]
    assert response.headers["retry-after"] == str(-(-wait // 1_000))
    assert "data" not in response.json()
    return wait


async def test_a_member_is_told_what_a_request_cost_and_what_is_left(
    shop: Shop, clock: Clock
) -> None:
    member = shop.member(await shop.enrol())
    for left in (8, 6, 4, 2, 0):
        assert bill(await member.post(ME)) == {
            "requested": 2,
            "maximum": 5_000,
            "remaining": left,
        }
    assert refused(await member.post(ME)) == 6_001
    clock.advance(seconds=7)
    assert bill(await member.post(ME))["remaining"] == 0
    assert bill(await shop.member(await shop.enrol()).post(ME))["remaining"] == 8


async def test_what_is_not_executed_costs_as_well(shop: Shop) -> None:
    member = shop.member(await shop.enrol())
    assert await member.codes(BAD) == ["GRAPHQL_VALIDATION_FAILED"]
    refused(await member.post(ME))


async def test_a_phone_is_one_whoever_signs_in_on_it(shop: Shop) -> None:
    phone = {"Stamkund-Device-Id": "0f8b6c1e-phone"}
    for _ in range(7):
        token = shop.issuer.member_token(await shop.enrol())
        assert bill(await shop.anyone("app", token, **phone).post(ME))
    token = shop.issuer.member_token(await shop.enrol())
    refused(await shop.anyone("app", token, **phone).post(ME))
    assert bill(await shop.anyone("app", token).post(ME))


async def test_without_a_token_the_address_counts(shop: Shop) -> None:
    for left in (10, 8, 6, 4, 2, 0):
        assert bill(await shop.anyone(**PROXY).post(PROGRAM_ID))["remaining"] == left
    refused(await shop.anyone(**PROXY).post(PROGRAM_ID))
    assert bill(await shop.anyone().post(PROGRAM_ID))["remaining"] == 10
    token = shop.issuer.member_token(await shop.enrol())
    assert bill(await shop.anyone("app", token, **PROXY).post(ME))["remaining"] == 8


async def test_a_house_with_many_addresses_is_one(shop: Shop) -> None:
    for n in range(6):
        sent = {"X-Forwarded-For": f"2001:db8:1:2::{n:x}"}
        assert bill(await shop.anyone(**sent).post(PROGRAM_ID))
    refused(await shop.anyone(**{"X-Forwarded-For": "2001:db8:1:2:ffff::"}).post(PROGRAM_ID))
    assert bill(await shop.anyone(**{"X-Forwarded-For": "2001:db8:1:3::"}).post(PROGRAM_ID))


async def test_credentials_that_are_refused_count_for_the_address(shop: Shop) -> None:
    guess = shop.anyone("staff", "stk_0123456789ab_" + "x" * 43, **PROXY)
    assert (await guess.post(ME)).status_code == 401
    refused(await guess.post(ME))


async def test_what_cannot_be_read_counts_for_the_address(shop: Shop) -> None:
    async def send(media: str, address: str) -> httpx2.Response:
        told = {"Content-Type": media, "X-Forwarded-For": address}
        return await shop.client.post("/graphql", content=b'{"query": ', headers=told)

    assert (await send("application/json", "203.0.113.7")).status_code == 400
    refused(await send("application/json", "203.0.113.7"))
    for _ in range(3):
        assert (await send("text/plain", "203.0.113.8")).status_code == 415


async def test_a_key_is_counted_by_itself(shop: Shop) -> None:
    till, other = await key(shop, "members:read"), await key(shop, "members:read")
    for _ in range(10):
        assert (await till.post("{ __typename }")).status_code == 200
    refused(await till.post("{ __typename }"))
    assert (await other.post("{ __typename }")).status_code == 200
    assert bill(await shop.staff().post("{ __typename }"))["remaining"] is None


async def test_the_log_and_the_database_know_no_address(shop: Shop) -> None:
    with capture_logs() as lines:
        for _ in range(8):
            await shop.anyone(**PROXY).post(PROGRAM_ID)
    limited = [line for line in lines if line["event"] == "rate_limited"]
    assert [(line["door"], line["kind"]) for line in limited] == [("app", "address")] * 2
    assert "203.0.113.7" not in repr(lines)
    kept = await shop.house.mongo.find(COLLECTION, {})
    assert kept
    assert "203.0.113" not in repr(kept)
    counted = 'stamkund_rate_limited_total{kind="address"} 2.0'
    assert counted in shop.house.metrics.render().decode()


async def test_limits_do_not_ask_the_database_before_they_answer(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[datetime] = []

    async def never(*_: object, **__: object) -> None:
        told.append(START)
        raise TimeoutError

    monkeypatch.setattr(Mongo, "find_one_and_update", never)
    for _ in range(6):
        assert (await shop.anyone().post(PROGRAM_ID)).status_code == 200
    assert told


async def test_a_laptop_has_no_limits(serve: Serve) -> None:
    shop = await serve()
    assert bill(await shop.anyone().post("{ __typename }"))["remaining"] is None
