"""Rate limits of two real processes on one database, and whom they believe about addresses."""

import itertools
import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.processes import ANSWER_SECONDS, free_port, running

RATE = 100


@pytest.fixture
def processes(mongo_url: str, database_name: str) -> Iterator[tuple[str, str]]:
    settings = {
        "STAMKUND_MONGO_URL": mongo_url,
        "STAMKUND_MONGO_DATABASE": database_name,
        "STAMKUND_RATE_LIMIT_ADDRESS": str(RATE),
    }
    with (
        running(free_port(), "serve", STAMKUND_TRUSTED_PROXIES="10.0.0.1", **settings) as one,
        running(free_port(), "serve", STAMKUND_TRUSTED_PROXIES="127.0.0.1", **settings) as other,
    ):
        yield one.url, other.url


def status(url: str, address: str) -> int:
    """Ask for what costs 1, as if somebody between had seen the address."""
    headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
    body = json.dumps({"query": "{ __typename }"}).encode()
    request = urllib.request.Request(f"{url}/graphql", data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def answered_before_it_is_too_much(url: str, addresses: Iterator[str]) -> int:
    """Count the answers until one is refused."""
    return next(n for n, address in enumerate(addresses) if status(url, address) != 200)


def test_two_processes_share_a_bucket_and_only_a_proxy_is_believed(
    processes: tuple[str, str],
) -> None:
    one, other = processes
    made_up = (f"203.0.113.{n % 250}" for n in itertools.count())
    assert answered_before_it_is_too_much(one, made_up) >= RATE  # all came from 127.0.0.1
    assert answered_before_it_is_too_much(other, itertools.repeat("127.0.0.1")) < RATE // 2
    assert status(other, "203.0.113.1") == 200
