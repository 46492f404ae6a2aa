"""The demo's page of phones: a purchase arrives, somebody else is chosen, everybody can use it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.conftest import Demo
from tests.browser.steps import NEEDS_CHROMIUM, PATIENCE_SECONDS, count, press, shown
from tests.browser.test_looks import OVERFLOW, SIZES
from tests.processes import ask

AXE = Path(__file__).parents[1] / "clients" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = """
const [rules, done] = arguments;
const places = ({id, nodes}) => nodes.map(node => [id, node.html]);
axe.run(document, {runOnly: rules}).then(found => done(found.violations.flatMap(places)));
"""

A_NETWORK_TO_CUT = """
const reach = window.fetch;
window.network = {away: false, cut: new AbortController()};
window.fetch = (url, options) => {
  if (!url.includes('/deliveries')) return reach(url, options);
  if (network.away) return Promise.reject(new TypeError('away'));
  return reach(url, {...options, signal: AbortSignal.any([options.signal, network.cut.signal])});
};
"""
A_PURCHASE_TO_HOLD_UP = """
const reach = window.fetch;
const released = new Promise(done => { window.release = done; });
window.fetch = async (url, options) => {
  if (options?.body?.includes('PhonesPurchase')) await released;
  return reach(url, options);
};
"""
ENROL = """mutation ($externalId: String!) {
  memberEnrol(input: {externalId: $externalId}) { member { id } }
}"""
REGISTER = """mutation ($token: String!) {
  deviceRegister(input: {token: $token, platform: IOS}) { device { id } }
}"""
BUY = """mutation ($input: PurchaseRecordInput!) {
  purchaseRecord(input: $input) { userErrors { code } }
}"""

pytestmark = NEEDS_CHROMIUM


def open_phones(browser: webdriver.Chrome, demo: Demo) -> None:
    """Open the page as the link of the demo does."""
    browser.get("about:blank")  # another fragment alone would load nothing
    browser.get(f"{demo.url}/demo/phones#member={demo.member_id}&token={demo.staff}")
    shown(browser, "#line", "Live")
    shown(browser, "#who", ",")


def test_a_purchase_made_with_one_click_arrives_on_both_phones(
    demo: Demo, browser: webdriver.Chrome
) -> None:
    open_phones(browser, demo)
    assert demo.staff not in browser.current_url
    press(browser, "#buy")
    shown(browser, "#bought", "438 status points")
    for phone in (".ios", ".android"):
        shown(browser, f"{phone} .shade", "nye point")
        assert count(browser, f"{phone} .calm:not([hidden])") == 0
    shown(browser, "#news", "point")
    shown(browser, "#log", "nye point")

    card = browser.find_element(By.CSS_SELECTOR, ".ios .card")
    card.send_keys(Keys.ENTER)
    shown(browser, "#payload[open] #payload-link", "stamkund://")
    shown(browser, "#payload[open] #payload-data", "messageId: ")
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    WebDriverWait(browser, PATIENCE_SECONDS).until(lambda b: count(b, "#payload[open]") == 0)
    assert browser.switch_to.active_element == card


def test_what_came_before_is_there_when_the_page_is_loaded_again(
    demo: Demo, browser: webdriver.Chrome
) -> None:
    open_phones(browser, demo)
    press(browser, "#buy")
    shown(browser, ".ios .card", "point")
    browser.refresh()
    shown(browser, ".ios .card", "point")
    shown(browser, ".android .card", "point")


def test_what_came_while_the_network_was_away_arrives_once_it_is_back(
    demo: Demo, browser: webdriver.Chrome
) -> None:
    script = {"source": A_NETWORK_TO_CUT}
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", script)
    open_phones(browser, demo)
    before = count(browser, "#log tr")
    browser.execute_script("network.away = true; network.cut.abort()")
    shown(browser, "#line", "Connecting again")
    ask(f"{demo.url}/staff/graphql", demo.staff, BUY, {"input": purchase(demo)})
    browser.execute_script("network.away = false; network.cut = new AbortController()")
    shown(browser, "#line", "Live")
    WebDriverWait(browser, PATIENCE_SECONDS).until(lambda b: count(b, "#log tr") == before + 2)


def purchase(demo: Demo) -> dict[str, Any]:
    """Buy something small: no tier is reached by it."""
    return {
        "source": "till-1",
        "id": str(uuid4()),
        "memberId": demo.member_id,
        "occurredAt": datetime.now(UTC).isoformat(),
        "total": {"amount": "20.00", "currencyCode": "DKK"},
    }


def test_somebody_is_found_by_name_or_tier_and_chosen_with_the_keyboard(
    demo: Demo, browser: webdriver.Chrome
) -> None:
    open_phones(browser, demo)
    names = [e.text for e in browser.find_elements(By.CSS_SELECTOR, "#members .name")]
    press(browser, "#members label")  # who is chosen is not among those who are found
    look_for(browser, names[1][:3].lower())
    shown(browser, "#members label:not([hidden]) .name", names[1])
    browser.switch_to.active_element.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.SPACE)
    shown(browser, "#who", names[1])
    look_for(browser, "no such tier")
    shown(browser, "#found", f"0 of {len(names)}")
    look_for(browser, "bronze")
    assert 0 < count(browser, "#members label:not([hidden])") < len(names)
    look_for(browser, Keys.DELETE)
    shown(browser, "#found", f"{len(names)} of {len(names)}")
    browser.switch_to.active_element.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    shown(browser, "#who", names[2])
    assert count(browser, ".phone") >= 1


def look_for(browser: webdriver.Chrome, text: str) -> None:
    """Type in place of what was looked for before."""
    browser.find_element(By.ID, "search").send_keys(Keys.CONTROL, "a", Keys.NULL, text)


def test_who_gave_no_name_is_found_and_chosen(demo: Demo, browser: webdriver.Chrome) -> None:
    for _ in range(2):  # of whom one comes before the other
        enrol_with_a_phone(demo)
    open_phones(browser, demo)
    look_for(browser, "nameless")
    shown(browser, "#found", "2 of")
    press(browser, "#members label:not([hidden])")
    shown(browser, "#who", "Nameless")


def test_a_purchase_of_who_was_chosen_before_changes_nothing_that_is_shown(
    demo: Demo, browser: webdriver.Chrome
) -> None:
    script = {"source": A_PURCHASE_TO_HOLD_UP}
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", script)
    open_phones(browser, demo)
    press(browser, "#buy")
    other = browser.find_elements(By.CSS_SELECTOR, "#members label")[1]
    name = other.find_element(By.CSS_SELECTOR, ".name").text
    other.click()
    shown(browser, "#who", name)
    browser.execute_script("release()")
    wait = WebDriverWait(browser, PATIENCE_SECONDS)
    wait.until(lambda b: count(b, "#buy[aria-disabled]") == 0)
    assert name in shown(browser, "#who", ",")
    assert browser.find_element(By.ID, "bought").text == ""


def enrol_with_a_phone(demo: Demo) -> None:
    """Enrol somebody of whom nothing is known, as who tries the doors would."""
    door, number = f"{demo.url}/staff/graphql", str(uuid4())
    member = ask(door, demo.staff, ENROL, {"externalId": number})["memberEnrol"]["member"]
    token = demo.issuer.member_token(member["id"])
    ask(f"{demo.url}/graphql", token, REGISTER, {"token": number})


def test_without_the_link_nobody_is_shown(demo: Demo, browser: webdriver.Chrome) -> None:
    browser.get(f"{demo.url}/demo/phones")
    shown(browser, "#problem", "the link that stamkund demo printed")
    assert count(browser, "#members label") == 0


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: run make clients")
def test_everybody_can_read_and_use_it(
    demo: Demo, browser: webdriver.Chrome, tmp_path: Path
) -> None:
    """Hold it to axe's rules, light and dark, wide and narrow; a picture of each is kept."""
    open_phones(browser, demo)
    press(browser, "#buy")
    for scheme in ("light", "dark"):
        for size, screen in SIZES.items():
            prefer(browser, scheme, screen)
            open_phones(browser, demo)
            shown(browser, ".ios .card", "point")
            assert browser.execute_script(OVERFLOW) <= 0
            browser.save_screenshot(str(tmp_path / f"phones-{size}-{scheme}.png"))
            assert violations(browser) == []
            press(browser, ".card")
            shown(browser, "#payload[open]", "What the app gets")
            assert violations(browser) == []


def prefer(browser: webdriver.Chrome, scheme: str, screen: tuple[int, int]) -> None:
    """Be somebody with a colour scheme, a screen, and a wish that nothing moves."""
    features = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
    emulated = [{"name": name, "value": value} for name, value in features.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": emulated})
    size = {"width": screen[0], "height": screen[1], "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def violations(browser: webdriver.Chrome) -> Any:
    """List what axe finds wrong: the rule, and the element."""
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    return browser.execute_async_script(RUN_AXE, RULES)
