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
from pathlib import Path

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
    "--window-size=1400,900",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


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


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """Open a Chromium with an empty profile, which must find nothing to complain of.

    What the page's security policy refuses is among its complaints.
    """
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in [*FLAGS, f"--user-data-dir={tmp_path}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMEDRIVER))
    try:
        yield chrome
        entries: list[dict[str, str]] = chrome.get_log("browser")  # type: ignore[no-untyped-call]
        assert [e["message"] for e in entries if e["level"] in {"SEVERE", "WARNING"}] == []
    finally:
        chrome.quit()
