"""A filled demo server and a Chromium that can reach nothing else."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from selenium import webdriver

from api.explorer import BUILT
from api.local_issuer import LocalIssuer, open_local_issuer

START_SECONDS = 60
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMEDRIVER = shutil.which("chromedriver")
# Quiet, disposable, and with every name but this machine's unknown: the network is off.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
SIZE = (1400, 900)


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: its address, a token for each door, and what makes more of them."""

    url: str
    member: str
    staff: str
    member_id: str
    issuer: LocalIssuer


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run `stamkund demo` in a folder of its own."""
    if not (BUILT / "index.html").is_file():
        pytest.skip("the explorer is not built: run make setup")
    folder = tmp_path_factory.mktemp("demo")
    port, tokens = free_port(), folder / "tokens.json"
    options = ["--port", str(port), "--members", "5", "--data-dir", str(folder / "data")]
    command = [sys.executable, "-m", "api", "demo", *options, "--tokens-file", str(tokens)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while not is_ready(url):
            assert process.poll() is None, "the demo ended by itself"
            assert time.monotonic() < deadline, f"the demo is not ready after {START_SECONDS} s"
        granted = json.loads(tokens.read_text(encoding="utf-8"))
        member, staff, member_id = (granted[name] for name in ("member", "staff", "memberId"))
        yield Demo(url, member, staff, member_id, open_local_issuer(folder / "data"))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Run one Chromium for all tests of this process: to start it takes as long as most of them."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in [*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"]:
        options.add_argument(flag)
    options.enable_bidi = True
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMEDRIVER))
    try:
        yield chrome
    finally:
        chrome.quit()


@pytest.fixture
def browser(chromium: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """Open a window with an empty profile of its own, which must find nothing to complain of.

    What the page's security policy refuses is among its complaints.
    """
    at_home = chromium.current_window_handle
    complaints(chromium)  # what a test that failed left there
    profile = chromium.browser.create_user_context()
    window = chromium.browsing_context.create(type="window", user_context=profile)
    chromium.switch_to.window(window)
    chromium.set_window_size(*SIZE)
    try:
        yield chromium
        assert complaints(chromium) == []
    finally:
        chromium.switch_to.window(at_home)
        chromium.browser.remove_user_context(profile)


def complaints(chrome: webdriver.Chrome) -> list[str]:
    """Give what pages complained of since they were last asked for it."""
    entries: list[dict[str, str]] = chrome.get_log("browser")  # type: ignore[no-untyped-call]
    return [entry["message"] for entry in entries if entry["level"] in {"SEVERE", "WARNING"}]
