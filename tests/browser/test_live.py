"""What is followed live in the explorer: over a WebSocket, as who is signed in."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from api.greeting import examples
from tests.browser.conftest import Demo
from tests.browser.steps import (
    NEEDS_CHROMIUM,
    PATIENCE_SECONDS,
    answered,
    open_door,
    open_tab,
    press,
    run_the_tab,
    shown,
)
from tests.processes import ask

pytestmark = NEEDS_CHROMIUM
BUY = """mutation ($input: PurchaseRecordInput!) { purchaseRecord(input: $input) {
  entries { points } userErrors { code }
} }"""


def buy(demo: Demo) -> list[int]:
    """Let the member buy something at the till; give what was earned."""
    purchase = {
        "source": "till-9",
        "id": uuid4().hex,
        "memberId": demo.member_id,
        "occurredAt": datetime.now(UTC).isoformat(),
        "total": {"amount": "100.00", "currencyCode": "DKK"},
    }
    done = ask(f"{demo.url}/staff/graphql", demo.staff, BUY, {"input": purchase})
    return sorted(entry["points"] for entry in done["purchaseRecord"]["entries"])


def follow_the_wallet(browser: webdriver.Chrome) -> dict[str, Any]:
    """Open the tab that follows the wallet, run it, and give its first event."""
    offered = examples("app", "member")
    shown(browser, ".graphiql-query-editor", offered[0]["title"])
    (index,) = (at for at, one in enumerate(offered) if "walletChanged" in one["query"])
    open_tab(browser, index, offered[index]["title"])
    return run_the_tab(browser)


def test_a_wallet_is_followed_until_it_is_stopped(demo: Demo, browser: webdriver.Chrome) -> None:
    open_door(browser, demo, "app", demo.member)
    assert follow_the_wallet(browser)["data"]["walletChanged"]["entries"] == []

    def earned(chrome: webdriver.Chrome) -> list[int]:
        entries = answered(chrome)["data"]["walletChanged"]["entries"]
        return sorted(entry["points"] for entry in entries)

    bought = buy(demo)
    assert WebDriverWait(browser, PATIENCE_SECONDS).until(earned, "no event comes") == bought
    shown(browser, "main", "")
    press(browser, ".graphiql-execute-button[aria-label^=Stop]")
    buy(demo)
    assert earned(browser) == bought


def test_signing_out_ends_what_is_followed(demo: Demo, browser: webdriver.Chrome) -> None:
    open_door(browser, demo, "app", demo.member)
    assert "errors" not in follow_the_wallet(browser)
    press(browser, ".strip > button")
    shown(browser, ".graphiql-query-editor", examples("app", "newcomer")[0]["title"])
    assert run_the_tab(browser)["data"]["program"]["money"] == "DKK"
