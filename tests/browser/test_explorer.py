"""The explorer at both doors, with the network off: it signs in, runs examples, shows the graph."""

import json
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from api.explorer import Door, examples
from tests.browser.conftest import CHROMEDRIVER, CHROMIUM, Demo

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None or CHROMEDRIVER is None,
        reason="there is no Chromium with its driver on this machine",
    ),
]
PATIENCE_SECONDS = 20
PATHS: dict[Door, str] = {"app": "/graphql", "staff": "/staff/graphql"}


def press(browser: webdriver.Chrome, selector: str) -> None:
    browser.find_element(By.CSS_SELECTOR, selector).click()


def shown(browser: webdriver.Chrome, selector: str, text: str) -> str:
    """Wait until the element shows the text, and return all that it shows."""

    def look(chrome: webdriver.Chrome) -> str:
        found = chrome.find_elements(By.CSS_SELECTOR, selector)
        seen = found[0].text.replace("\N{NO-BREAK SPACE}", " ") if found else ""
        return seen if text in seen else ""

    return WebDriverWait(browser, PATIENCE_SECONDS).until(look, f"{selector} never shows {text!r}")


def answered(browser: webdriver.Chrome) -> dict[str, Any]:
    """Wait for the answer of the open tab, and return all of it, also what is scrolled away."""
    script = (
        "return __MONACO.editor.getModels()"
        ".filter(model => model.uri.path.endsWith('response.json'))"
        ".map(model => model.getValue())[0]"
    )

    def look(chrome: webdriver.Chrome) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = json.loads(chrome.execute_script(script) or "{}")
        except ValueError:  # half of it
            return {}
        return answer

    return WebDriverWait(browser, PATIENCE_SECONDS).until(look, "there is no answer")


def complaints(browser: webdriver.Chrome) -> list[str]:
    """List what the browser refused or missed: refusals of the security policy are among it."""
    entries: list[dict[str, str]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return [entry["message"] for entry in entries if entry["level"] in {"SEVERE", "WARNING"}]


def run_the_tab(browser: webdriver.Chrome) -> dict[str, Any]:
    """Run the open tab; for a moment the explorer still names the operation of the tab before."""

    def run(chrome: webdriver.Chrome) -> dict[str, Any]:
        press(chrome, ".graphiql-execute-button")
        answer = answered(chrome)
        codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
        return {} if codes == ["OPERATION_RESOLUTION_FAILURE"] else answer

    return WebDriverWait(browser, PATIENCE_SECONDS).until(run, "the tab never runs")


@pytest.mark.parametrize("door", list(PATHS))
def test_the_first_example_of_the_door_runs(
    demo: Demo, browser: webdriver.Chrome, door: Door
) -> None:
    token = {"app": demo.member, "staff": demo.staff}[door]
    browser.get(f"{demo.url}{PATHS[door]}#token={token}")
    shown(browser, ".graphiql-query-editor", examples(door)[0]["title"])
    assert browser.title == "Stamkund explorer"
    assert browser.current_url == f"{demo.url}{PATHS[door]}"
    shown(browser, ".sign-in output", "signed in")
    press(browser, ".graphiql-execute-button")
    assert '"errors"' not in shown(browser, ".graphiql-response", '"data"')
    assert complaints(browser) == []


@pytest.mark.parametrize("door", list(PATHS))
def test_every_example_of_the_door_has_a_tab(
    demo: Demo, browser: webdriver.Chrome, door: Door
) -> None:
    browser.get(f"{demo.url}{PATHS[door]}")
    shown(browser, ".graphiql-query-editor", examples(door)[0]["title"])
    tabs = browser.find_elements(By.CSS_SELECTOR, ".graphiql-tab")
    assert len(tabs) == len(examples(door))


@pytest.mark.parametrize("door", list(PATHS))
def test_every_example_of_the_door_does_what_it_says(
    demo: Demo, browser: webdriver.Chrome, door: Door
) -> None:
    token = {"app": demo.member, "staff": demo.staff}[door]
    browser.get(f"{demo.url}{PATHS[door]}#token={token}")
    shown(browser, ".sign-in output", "signed in")
    for index, example in enumerate(examples(door)):
        browser.find_elements(By.CSS_SELECTOR, ".graphiql-tab-button")[index].click()
        shown(browser, ".graphiql-query-editor", example["title"])
        answer = run_the_tab(browser)
        assert "errors" not in answer, example["title"]
        ((field, told),) = answer["data"].items()
        assert f"  {field}" in example["query"], "the answer of another tab"
        assert told, example["title"]
        assert not isinstance(told, dict) or not told.get("userErrors"), example["title"]
    assert complaints(browser) == []


@pytest.mark.parametrize("door", list(PATHS))
def test_the_docs_show_the_graph_of_the_door(
    demo: Demo, browser: webdriver.Chrome, door: Door
) -> None:
    token = {"app": demo.member, "staff": demo.staff}[door]
    browser.get(f"{demo.url}{PATHS[door]}#token={token}")
    shown(browser, ".graphiql-query-editor", examples(door)[0]["title"])
    press(browser, ".graphiql-sidebar button")
    shown(browser, ".graphiql-doc-explorer", "Root Types")
    shown(browser, ".graphiql-doc-explorer", "Query")
    assert complaints(browser) == []
