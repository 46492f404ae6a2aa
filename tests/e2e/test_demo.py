"""The demo, as somebody meets it who just cloned the project."""

import json
import re
import stat
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.processes import ROOT, Running, ask, free_port, get, running

MEMBERS = 20
NUDGE_SECONDS = 30.0  # two on a machine with nothing else to do
STANDIN = "fcm-standin.jsonl"

SHOWN = """{ me {
  firstName
  devices { platform }
  tier { tier { id } progress { tier { id } criteria { missing } } }
  wallet { balances { balance currency { id } } }
} }"""
BUY = """mutation ($input: PurchaseRecordInput!) { purchaseRecord(input: $input) {
  entries { points currency { id } explanation { text } } userErrors { code }
} }"""


@dataclass
class Demo:
    """A running demo and the keys to it; `at_first`: what was shown and sent when it was ready."""

    server: Running
    data_dir: Path
    tokens: dict[str, str]
    at_first: list[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.at_first = [self.tier(), self.pushes()]

    def tier(self) -> str:
        """Give the member's tier."""
        return str(self.me()["tier"]["tier"]["id"])

    def me(self) -> Any:
        """Ask as the member to show."""
        return ask(f"{self.server.url}/graphql", self.tokens["member"], SHOWN)["me"]

    def balances(self) -> dict[str, int]:
        """Give the member's balances by currency."""
        return {b["currency"]["id"]: b["balance"] for b in self.me()["wallet"]["balances"]}

    def buy(self, order: str) -> Any:
        """Report a purchase of the member to show."""
        purchase = {
            "source": "till-1",
            "id": order,
            "memberId": self.tokens["memberId"],
            "occurredAt": datetime.now(UTC).isoformat(),
            "total": {"amount": "438.00", "currencyCode": "DKK"},
        }
        staff_door = f"{self.server.url}/staff/graphql"
        done = ask(staff_door, self.tokens["staff"], BUY, {"input": purchase})["purchaseRecord"]
        assert done["userErrors"] == []
        return done

    def pushes(self) -> list[dict[str, Any]]:
        """Read what the stand-in took, oldest first."""
        log = self.data_dir / STANDIN
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of its own; the demo makes what it needs in it."""
    return tmp_path_factory.mktemp("demo")


def start(place: Path) -> Any:
    where = ("--data-dir", place / "data", "--tokens-file", place / "tokens.json")
    return running(free_port(), "demo", "--members", str(MEMBERS), *where)


@pytest.fixture(scope="module")
def demo(place: Path) -> Iterator[Demo]:
    """A demo that is ready."""
    with start(place) as server:
        tokens = json.loads((place / "tokens.json").read_text(encoding="utf-8"))
        yield Demo(server, place / "data", tokens)


def test_the_tokens_are_the_owners_alone(demo: Demo, place: Path) -> None:
    assert set(demo.tokens) == {"member", "staff", "memberId"}
    assert stat.S_IMODE((place / "tokens.json").stat().st_mode) == 0o600


def test_a_member_of_some_standing_is_shown_and_old_news_reaches_no_phone(demo: Demo) -> None:
    assert demo.at_first == ["silver", []]


def test_the_home_screen_of_the_app_team_answers(demo: Demo) -> None:
    query = (ROOT / "mobile_contracts/operations/HomeScreen.graphql").read_text(encoding="utf-8")
    me = ask(f"{demo.server.url}/graphql", demo.tokens["member"], query)["me"]
    assert me["id"] == demo.tokens["memberId"]
    assert me["tier"]["tier"]["id"] == demo.tier()
    assert len(me["wallet"]["entries"]["edges"]) == 5
    assert all(edge["node"]["explanation"]["text"] for edge in me["wallet"]["entries"]["edges"])


def test_a_purchase_reaches_the_balance_and_the_phone(demo: Demo) -> None:
    before, seen = demo.balances(), len(demo.pushes())
    done = demo.buy("first")
    earned = {e["currency"]["id"]: e["points"] for e in done["entries"]}
    assert earned["status"] == 438
    after = demo.balances()
    assert after == {name: before[name] + earned[name] for name in before}

    deadline = time.monotonic() + NUDGE_SECONDS
    while len(told := demo.pushes()[seen:]) < 2:
        assert time.monotonic() < deadline, f"no nudge within {NUDGE_SECONDS} s"
        time.sleep(0.02)
    assert {push["token"] for push in told} <= {"demo-00001-ios", "demo-00001-android"}


def test_staff_alone_follow_what_phones_receive_and_go_on_where_they_were(demo: Demo) -> None:
    address = f"{demo.server.url}/demo/phones"
    assert get(f"{address}/deliveries")[0] == 403
    with pytest.raises(urllib.error.HTTPError, match="403"):
        follow(f"{address}/deliveries", demo.tokens["member"], 1)
    demo.buy("followed")
    run, *deliveries = follow(f"{address}/deliveries", demo.tokens["staff"], 3)
    assert [one["sequence"] for one in deliveries] == [1, 2]
    assert all("token" not in one["message"] for one in deliveries)
    again = follow(f"{address}/deliveries?run={run}&since=1", demo.tokens["staff"], 2)
    assert again == [run, deliveries[1]]
    other = follow(f"{address}/deliveries?run=another&since=1", demo.tokens["staff"], 2)
    assert other == [run, deliveries[0]]


def follow(address: str, token: str, count: int) -> list[Any]:
    """Read the first events of a stream."""
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=NUDGE_SECONDS) as stream:
        lines = (line.decode() for line in stream if line.startswith(b"data: "))
        return [json.loads(line.removeprefix("data: ")) for line in islice(lines, count)]


def test_the_page_of_phones_runs_nothing_but_its_own_files(demo: Demo) -> None:
    with urllib.request.urlopen(f"{demo.server.url}/demo/phones", timeout=10) as page:
        policy, html = page.headers["Content-Security-Policy"], page.read().decode()
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    assert "unsafe" not in policy
    assert re.findall(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=|https?://", html) == []
    for file in set(re.findall(r"/demo/phones/[a-z.]+", html)):
        assert get(f"{demo.server.url}{file}")[0] == 200


def test_graphiql_is_offered_at_both_doors(demo: Demo) -> None:
    for door in ("/graphql", "/staff/graphql"):
        assert get(f"{demo.server.url}{door}/examples.json")[0] == 200


def test_a_second_start_finds_everything_in_place(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        with start(tmp_path) as server:
            tokens = json.loads((tmp_path / "tokens.json").read_text(encoding="utf-8"))
            again = Demo(server, tmp_path / "data", tokens)
            seen.append((tokens["memberId"], again.me()))
            assert again.pushes() == []
            assert server.stop() == 0
    assert seen[0] == seen[1]
