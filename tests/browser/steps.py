"""What somebody at the explorer does and sees, for the tests that drive it."""

import json
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from api.explorer import Door
from api.graphql_http import PATHS
from tests.browser.conftest import CHROMEDRIVER, CHROMIUM, Demo

NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None or CHROMEDRIVER is None,
        reason="there is no Chromium with its driver on this machine",
    ),
]
PATIENCE_SECONDS = 20


def open_door(browser: webdriver.Chrome, demo: Demo, door: Door, token: str = "") -> None:
    """Open the explorer, with a token as links bring it."""
    browser.get(f"{demo.url}{PATHS[door]}" + (f"#token={token}" if token else ""))


def press(browser: webdriver.Chrome, selector: str) -> None:
    """Press the first element, once it is there."""

    def look(chrome: webdriver.Chrome) -> bool:
        found = chrome.find_elements(By.CSS_SELECTOR, selector)
        if found:
            found[0].click()
        return bool(found)

    WebDriverWait(browser, PATIENCE_SECONDS).until(look, f"there is no {selector}")


def shown(browser: webdriver.Chrome, selector: str, text: str) -> str:
    """Wait until the element shows the text, and return all that it shows."""
    script = "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)[0] || ''"

    def look(chrome: webdriver.Chrome) -> str:
        seen = str(chrome.execute_script(script, selector)).replace("\N{NO-BREAK SPACE}", " ")
        return seen if text in seen else ""

    return WebDriverWait(browser, PATIENCE_SECONDS).until(look, f"{selector} never shows {text!r}")


def count(browser: webdriver.Chrome, selector: str) -> int:
    """Count elements."""
    return len(browser.find_elements(By.CSS_SELECTOR, selector))


def focused(browser: webdriver.Chrome) -> str:
    """Say what has the focus: its id, or else its text."""
    element = browser.switch_to.active_element
    return str(element.get_attribute("id") or element.text)


def answered(browser: webdriver.Chrome) -> dict[str, Any]:
    """Wait for the answer of the open tab, and return all of it, also what is scrolled away."""
    script = (
        "return __MONACO.editor.getModels()"
        ".filter(model => model.uri.path.endsWith('response.json') && model.isAttachedToEditor())"
        ".map(model => model.getValue())[0]"
    )

    def look(chrome: webdriver.Chrome) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = json.loads(chrome.execute_script(script) or "{}")
        except ValueError:  # half of it
            return {}
        return answer

    return WebDriverWait(browser, PATIENCE_SECONDS).until(look, "there is no answer")


def open_tab(browser: webdriver.Chrome, index: int, title: str) -> None:
    """Open a tab, and wait until its document is there."""
    browser.find_elements(By.CSS_SELECTOR, ".graphiql-tab-button")[index].click()
    shown(browser, ".graphiql-query-editor", title)


def run_the_tab(browser: webdriver.Chrome) -> dict[str, Any]:
    """Run the open tab, and give its answer."""
    press(browser, ".graphiql-execute-button")
    return answered(browser)
