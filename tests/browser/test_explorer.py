"""The explorer at both doors, with the network off: it runs examples and shows the graph."""

from typing import Any
from uuid import uuid4

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from api.explorer import Door
from api.greeting import Example, examples, filled
from tests.browser.conftest import Demo
from tests.browser.steps import (
    NEEDS_CHROMIUM,
    count,
    open_door,
    open_tab,
    press,
    run_the_tab,
    shown,
)
from tests.processes import ask

pytestmark = NEEDS_CHROMIUM
STAFF = ["marketing", "support", "till"]


def run_all(browser: webdriver.Chrome, offered: tuple[Example, ...]) -> dict[str, Any]:
    """Run every tab; each must answer with something, and none be refused."""
    told: dict[str, Any] = {}
    for index, example in enumerate(offered):
        open_tab(browser, index, example["title"])
        answer = run_the_tab(browser)
        assert "errors" not in answer, example["title"]
        ((field, value),) = answer["data"].items()
        assert f"  {field}" in example["query"], "the answer of another tab"
        assert value, example["title"]
        assert not isinstance(value, dict) or not value.get("userErrors"), (example["title"], value)
        told[field] = value
    return told


def test_every_example_for_a_member_does_what_it_says(
    demo: Demo, browser: webdriver.Chrome
) -> None:
    offered = examples("app", "member")
    open_door(browser, demo, "app", demo.member)
    shown(browser, ".graphiql-query-editor", offered[0]["title"])
    assert count(browser, ".graphiql-tab") == len(offered)
    told = run_all(browser, offered)
    assert told["offerClaim"]["held"]["offer"]["name"] == "En kop kaffe"


def test_who_is_nobody_yet_is_shown_what_needs_no_token_and_how_to_join(
    demo: Demo, browser: webdriver.Chrome
) -> None:
    offered = examples("app", "newcomer")
    open_door(browser, demo, "app")
    shown(browser, ".graphiql-query-editor", offered[0]["title"])
    told = run_all(browser, offered[:-1])
    assert told["program"]["money"] == "DKK"
    open_tab(browser, len(offered) - 1, offered[-1]["title"])
    (error,) = run_the_tab(browser)["errors"]
    assert error["message"] == "Sign in first."


def test_every_example_for_staff_does_what_it_says(demo: Demo, browser: webdriver.Chrome) -> None:
    (write,) = (one for one in examples("staff", "marketing") if "campaignCreate" in one["query"])
    variables = filled(write["variables"], {"$newId": uuid4().hex})
    assert isinstance(variables, dict)
    ask(f"{demo.url}/staff/graphql", demo.staff, write["query"], variables)  # one to launch
    open_door(browser, demo, "staff", demo.staff)
    shown(browser, ".kind", "Marketing")
    for kind in reversed(STAFF):
        offered = examples("staff", kind)
        Select(browser.find_element(By.CSS_SELECTOR, ".kind select")).select_by_value(kind)
        shown(browser, ".graphiql-query-editor", offered[0]["title"])
        assert count(browser, ".graphiql-tab") == len(offered)
        run_all(browser, offered)


@pytest.mark.parametrize(
    ("role", "kinds"), [("MARKETING", ["marketing"]), ("SUPPORT", ["support", "till"])]
)
def test_staff_are_shown_examples_of_what_they_may_do(
    demo: Demo, browser: webdriver.Chrome, role: str, kinds: list[str]
) -> None:
    open_door(browser, demo, "staff", demo.issuer.staff_token([role]))
    shown(browser, ".viewer strong", role.lower())
    shown(browser, ".graphiql-query-editor", examples("staff", kinds[0])[0]["title"])
    options = browser.find_elements(By.CSS_SELECTOR, ".kind option")
    assert [option.get_attribute("value") for option in options] == (kinds if kinds[1:] else [])


@pytest.mark.parametrize("door", ["app", "staff"])
def test_the_docs_show_the_graph_of_the_door(
    demo: Demo, browser: webdriver.Chrome, door: Door
) -> None:
    open_door(browser, demo, door, {"app": demo.member, "staff": demo.staff}[door])
    press(browser, ".graphiql-sidebar button")
    shown(browser, ".graphiql-doc-explorer", "Root Types")
    shown(browser, ".graphiql-doc-explorer", "Query")
