"""Smoke of the demo: it starts, the home screen answers with the printed token, it stops cleanly.

It talks to the program from outside, as an app would, and needs nothing but the standard library.
"""

import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STAMKUND = Path(sys.executable).with_name("stamkund")
HOME_SCREEN = ROOT / "mobile_contracts" / "operations" / "HomeScreen.graphql"
START_SECONDS = 90
STOP_SECONDS = 40


def free_port() -> int:
    """Ask the system for a port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answer(url: str, token: str = "", body: dict[str, object] | None = None) -> tuple[int, bytes]:
    """Send a request; status 0 means that nobody listens yet."""
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else None
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, data=data, headers=headers), timeout=10
        ) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


def wait_until_ready(demo: subprocess.Popen[bytes], url: str) -> float:
    """Return the seconds it took until /readyz answered 200."""
    started = time.monotonic()
    while answer(f"{url}/readyz")[0] != 200:
        if demo.poll() is not None:
            raise SystemExit(f"smoke: the demo ended by itself with exit code {demo.returncode}")
        if time.monotonic() - started > START_SECONDS:
            raise SystemExit(f"smoke: the demo was not ready after {START_SECONDS} s")
        time.sleep(0.1)
    return time.monotonic() - started


def look_at_the_home_screen(url: str, tokens: dict[str, str]) -> None:
    """Run the app's own operation with the member's token."""
    body: dict[str, object] = {
        "query": HOME_SCREEN.read_text(encoding="utf-8"),
        "operationName": "HomeScreen",
    }
    status, content = answer(f"{url}/graphql", tokens["member"], body)
    if status != 200:
        raise SystemExit(f"smoke: the home screen answered {status}: {content[:2000]!r}")
    result = json.loads(content)
    if result.get("errors") or not result["data"]["me"]:
        raise SystemExit(f"smoke: the home screen is not whole: {json.dumps(result)[:2000]}")
    print("home screen:", json.dumps(result["data"]["me"])[:300])


def main() -> None:
    """Start the demo in a folder of its own, use it, stop it."""
    with tempfile.TemporaryDirectory(prefix="stamkund-smoke-") as folder:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        tokens_file = Path(folder, "tokens.json")
        where = ["--data-dir", f"{folder}/data", "--tokens-file", str(tokens_file)]
        command = [str(STAMKUND), "demo", "--port", str(port), "--members", "50", *where]
        demo = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL)
        try:
            print(f"ready after {wait_until_ready(demo, url):.1f} s")
            look_at_the_home_screen(url, json.loads(tokens_file.read_text(encoding="utf-8")))
            demo.send_signal(signal.SIGTERM)
            code = demo.wait(timeout=STOP_SECONDS)
            if code != 0:
                raise SystemExit(f"smoke: the demo ended with exit code {code} on SIGTERM, not 0")
        finally:
            if demo.poll() is None:
                demo.kill()
                demo.wait()
    print("stopped cleanly")


if __name__ == "__main__":
    main()
