"""Signing in and out at the explorer, by link and by form, with keys alone."""

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from api.explorer import Door
from api.greeting import NOT_ACCEPTED, examples
from tests.browser.conftest import Demo
from tests.browser.steps import (
    NEEDS_CHROMIUM,
    PATIENCE_SECONDS,
    count,
    focused,
    open_door,
    press,
    run_the_tab,
    shown,
)

pytestmark = NEEDS_CHROMIUM
PLACES = "return [location.href, JSON.stringify(localStorage), document.cookie, document.title]"
SHORT_SECONDS = 6


def typed(browser: webdriver.Chrome, *keys: str) -> None:
    """Type on whatever has the focus."""
    ActionChains(browser).send_keys(*keys).perform()


def pasted(browser: webdriver.Chrome, text: str) -> None:
    """Put a text into the field that has the focus."""
    script = "const e = document.activeElement; e.setRangeText(arguments[0], 0, e.value.length)"
    browser.execute_script(script, text)


def walk_to(browser: webdriver.Chrome, what: str) -> None:
    """Press Tab until the focus is where it should be."""
    for _ in range(12):
        if focused(browser) == what:
            return
        typed(browser, Keys.TAB)
    raise AssertionError(f"no way to {what} with the Tab key")


@pytest.fixture
def at_the_app_door(demo: Demo, browser: webdriver.Chrome) -> webdriver.Chrome:
    """Open the app door as nobody."""
    open_door(browser, demo, "app")
    shown(browser, ".viewer", "Not signed in")
    return browser


@pytest.mark.parametrize("door", ["app", "staff"])
def test_a_link_signs_in_and_its_token_is_kept_for_the_tab_alone(
    demo: Demo, browser: webdriver.Chrome, door: Door
) -> None:
    token = {"app": demo.member, "staff": demo.staff}[door]
    open_door(browser, demo, door, token)
    said = shown(browser, ".viewer", "Signed in as")
    assert "until " in said
    shown(browser, ".graphiql-query-editor", "#")
    assert "errors" not in run_the_tab(browser)
    for place in browser.execute_script(PLACES):
        assert token not in place
    assert "#" not in browser.current_url
    assert token in browser.execute_script("return JSON.stringify(sessionStorage)")
    browser.refresh()
    assert shown(browser, ".viewer", "Signed in as") == said


def test_somebody_signs_in_and_out_with_keys_alone(
    demo: Demo, at_the_app_door: webdriver.Chrome
) -> None:
    browser = at_the_app_door
    walk_to(browser, "Sign in")
    typed(browser, Keys.ENTER)
    shown(browser, "dialog h2", "Sign in as a member")
    assert focused(browser) == "token"
    pasted(browser, f"Bearer {demo.member}")
    typed(browser, Keys.ENTER)
    shown(browser, ".viewer", "Signed in as")
    WebDriverWait(browser, PATIENCE_SECONDS).until(lambda chrome: count(chrome, "dialog") == 0)
    assert focused(browser) == "Sign out"
    shown(browser, ".graphiql-query-editor", examples("app", "member")[0]["title"])
    me = run_the_tab(browser)["data"]["me"]
    assert shown(browser, ".viewer strong", me["firstName"]) == me["firstName"]

    press(browser, ".strip h1")
    walk_to(browser, "Sign out")
    typed(browser, Keys.ENTER)
    shown(browser, ".viewer", "Not signed in")
    shown(browser, ".graphiql-query-editor", examples("app", "newcomer")[0]["title"])
    assert browser.execute_script("return sessionStorage.length") == 0
    assert focused(browser) == "Sign in"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("", ""),
        ("ey.ey.ey", NOT_ACCEPTED),
        ("two words", "This is no token"),
        ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "This is no token"),
    ],
)
def test_what_is_no_token_is_told_in_the_form_and_escape_leaves_it(
    at_the_app_door: webdriver.Chrome, wrong: str, said: str
) -> None:
    browser = at_the_app_door
    press(browser, ".strip button")
    shown(browser, "dialog h2", "Sign in")
    pasted(browser, wrong)
    typed(browser, Keys.ENTER)
    if wrong:
        shown(browser, "dialog [role=alert]", said)
    typed(browser, Keys.ESCAPE)
    WebDriverWait(browser, PATIENCE_SECONDS).until(lambda chrome: count(chrome, "dialog") == 0)
    assert focused(browser) == "Sign in"
    shown(browser, ".viewer", "Not signed in")


def test_the_staff_door_asks_who_is_there_and_takes_no_member(
    demo: Demo, browser: webdriver.Chrome
) -> None:
    open_door(browser, demo, "staff")
    shown(browser, "main h2", "Sign in at the staff door")
    assert focused(browser) == "token"
    pasted(browser, demo.member)
    typed(browser, Keys.ENTER)
    shown(browser, "main [role=alert]", "This door is for staff.")
    pasted(browser, f"{demo.url}/staff/graphql#token={demo.staff}")
    typed(browser, Keys.ENTER)
    shown(browser, ".viewer strong", "admin, marketing, support")
    shown(browser, ".graphiql-query-editor", examples("staff", "marketing")[0]["title"])
    press(browser, ".strip > button")
    shown(browser, "main h2", "Sign in at the staff door")


def test_a_link_followed_while_the_page_is_open_signs_in(
    demo: Demo, at_the_app_door: webdriver.Chrome
) -> None:
    open_door(at_the_app_door, demo, "app", demo.member)
    shown(at_the_app_door, ".viewer", "Signed in as")
    assert "#" not in at_the_app_door.current_url


def test_a_link_with_an_old_token_says_so_and_shows_what_anybody_sees(
    demo: Demo, browser: webdriver.Chrome
) -> None:
    open_door(browser, demo, "app", "ey.ey.ey")
    shown(browser, ".problem", NOT_ACCEPTED)
    shown(browser, ".graphiql-query-editor", examples("app", "newcomer")[0]["title"])
    assert browser.execute_script("return sessionStorage.length") == 0


def test_when_a_token_is_over_the_page_says_so(demo: Demo, browser: webdriver.Chrome) -> None:
    token = demo.issuer.staff_token(["SUPPORT"], ttl_seconds=SHORT_SECONDS)
    open_door(browser, demo, "staff", token)
    shown(browser, ".viewer strong", "support")
    shown(browser, "main [role=alert]", "Your token is over")
    assert browser.execute_script("return sessionStorage.length") == 0
