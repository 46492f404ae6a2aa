"""How the explorer looks: on wide and narrow screens, light and dark; a picture of each is kept.

The pictures are in the folder that pytest keeps for the test.
"""

from pathlib import Path

import pytest
from selenium import webdriver

from api.explorer import Door
from tests.browser.conftest import Demo
from tests.browser.steps import NEEDS_CHROMIUM, open_door, press, run_the_tab, shown

pytestmark = NEEDS_CHROMIUM
SIZES = {"wide": (1400, 900), "narrow": (390, 844)}
OVERFLOW = "return document.documentElement.scrollWidth - window.innerWidth"
TEXTS = ":is(.strip, .sign-in) :is(h1, h2, a, p, label, button)"
# Of text on its background, as the web's accessibility guidelines (WCAG 2) reckon it
CONTRAST = """
const parts = colour => colour.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
  .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const behind = element => {
  const [r, g, b, a = 1] = parts(getComputedStyle(element).backgroundColor);
  return a > 0 ? [r, g, b] : behind(element.parentElement);
};
return [...document.querySelectorAll(arguments[0])].map(element => {
  const both = [light(parts(getComputedStyle(element).color)), light(behind(element))];
  return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
});
"""


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest, browser: webdriver.Chrome) -> str:
    """Prefer a colour scheme."""
    scheme = str(request.param)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    return scheme


@pytest.fixture(params=list(SIZES))
def size(request: pytest.FixtureRequest, browser: webdriver.Chrome) -> str:
    """Take a screen."""
    width, height = SIZES[request.param]
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    return str(request.param)


def look(browser: webdriver.Chrome, picture: Path) -> None:
    """Keep a picture, and hold the page to what can be reckoned."""
    browser.save_screenshot(str(picture))
    assert browser.execute_script(OVERFLOW) <= 0
    texts = (
        ".strip a, .strip p, .strip label, .strip button, .sign-in h2, .sign-in p, .sign-in button"
    )
    assert min(browser.execute_script(CONTRAST, texts)) >= 4.5


@pytest.mark.parametrize("door", ["app", "staff"])
def test_the_workbench(
    demo: Demo, browser: webdriver.Chrome, scheme: str, size: str, door: Door, tmp_path: Path
) -> None:
    open_door(browser, demo, door, {"app": demo.member, "staff": demo.staff}[door])
    shown(browser, ".graphiql-query-editor", "#")
    run_the_tab(browser)
    look(browser, tmp_path / f"{door}-{size}-{scheme}.png")


def test_the_form(
    demo: Demo, browser: webdriver.Chrome, scheme: str, size: str, tmp_path: Path
) -> None:
    open_door(browser, demo, "staff")
    shown(browser, "main h2", "Sign in")
    look(browser, tmp_path / f"form-{size}-{scheme}.png")
    open_door(browser, demo, "app", "ey.ey.ey")
    shown(browser, ".problem", "not accepted")
    press(browser, ".strip button")
    shown(browser, "dialog h2", "Sign in")
    look(browser, tmp_path / f"dialog-{size}-{scheme}.png")
