"""The program as its users run it: real processes, spoken to over HTTP and by signals."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ROOT / "examples" / "programs"
START_SECONDS = 60.0
STOP_SECONDS = 40.0
ANSWER_SECONDS = 30.0
POLL_SECONDS = 0.05


def environment(**settings: str) -> dict[str, str]:
    """Give the environment of a process: this one's without its settings, and those given."""
    plain = {n: v for n, v in os.environ.items() if not n.startswith(("STAMKUND_", "FIREBASE_"))}
    return {**plain, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **settings}


def stamkund(*arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "api", *map(str, arguments)],
        env=environment(**settings),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@dataclass
class Running:
    """A process that serves on a port."""

    process: subprocess.Popen[bytes]
    url: str

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def wait_until_closed(self) -> None:
        """Wait until nobody can connect any more."""
        deadline = time.monotonic() + STOP_SECONDS
        while get(f"{self.url}/livez")[0]:
            assert time.monotonic() < deadline, f"still open after {STOP_SECONDS} s"
            time.sleep(POLL_SECONDS)

    def wait_until_ready(self) -> None:
        """Wait for /readyz."""
        deadline = time.monotonic() + START_SECONDS
        while get(f"{self.url}/readyz")[0] != 200:
            assert self.process.poll() is None, "the process ended by itself"
            assert time.monotonic() < deadline, f"not ready within {START_SECONDS} s"
            time.sleep(POLL_SECONDS)


@contextmanager
def running(port: int, *arguments: str | Path, **settings: str) -> Iterator[Running]:
    """Start a command that serves, wait until it is ready, and never leave it behind."""
    command = [sys.executable, "-m", "api", *map(str, arguments), "--port", str(port)]
    process = subprocess.Popen(
        command, env=environment(**settings), cwd=ROOT, stdin=subprocess.DEVNULL
    )
    served = Running(process, f"http://127.0.0.1:{port}")
    try:
        served.wait_until_ready()
        yield served
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()


def free_port() -> int:
    """Ask the system for a port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def get(url: str) -> tuple[int, bytes]:
    """Read an address; status 0 means that nobody listens."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError:
        return 0, b""


def ask(url: str, token: str, query: str, variables: Mapping[str, object] | None = None) -> Any:
    """Run an operation and return its data."""
    body = json.dumps({"query": query, "variables": dict(variables or {})}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
        answer = json.loads(response.read())
    assert "errors" not in answer, answer
    return answer["data"]
