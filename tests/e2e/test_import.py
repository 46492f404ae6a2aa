"""An import that is killed half way and started again ends where an undisturbed one would."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from tests.processes import PROGRAMS, ROOT, START_SECONDS, environment, stamkund

CUSTOMERS, PURCHASES_EACH = 1_500, 6


def history() -> list[str]:
    """Make lines of whole and broken dollars, some of them equal."""
    return [
        f"{customer:05} 1997{1 + n // 2:02}15 {1 + n % 2} {customer % 40 + n // 2}.{n // 2}5"
        for n in range(PURCHASES_EACH)
        for customer in range(1, CUSTOMERS + 1)
    ]


def wait_for_a_purchase(port: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until the database of a running import holds the first purchase."""
    deadline = time.monotonic() + START_SECONDS
    while not port.exists():
        assert process.poll() is None, "the import ended by itself"
        assert time.monotonic() < deadline, f"no database within {START_SECONDS} s"
        time.sleep(0.005)
    address = f"mongodb://127.0.0.1:{int(port.read_text(encoding='ascii'))}/?directConnection=true"
    with MongoClient[dict[str, Any]](address) as client:
        while client["stamkund"]["activities"].find_one() is None:
            assert process.poll() is None, "the import ended by itself"
            assert time.monotonic() < deadline, f"no purchase within {START_SECONDS} s"
            time.sleep(0.005)


def test_an_import_killed_half_way_goes_on_where_it_was(tmp_path: Path) -> None:
    file, data_dir = tmp_path / "history.txt", tmp_path / "data"
    lines = history()
    file.write_text("\n".join(lines), encoding="utf-8")
    program = ("--program", str(PROGRAMS / "points.yaml"))
    command = ("import", "purchases", str(file), "--format", "cdnow", "--data-dir", str(data_dir))

    with subprocess.Popen(
        [sys.executable, "-m", "api", *command, *program],
        env=environment(),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    ) as first:
        try:
            wait_for_a_purchase(data_dir / "mongo" / "port", first)
        finally:
            first.kill()

    second = stamkund(*command)
    assert second.returncode == 0, second.stderr
    assert " 0 new, " not in second.stdout
    assert f", {len(lines)} already there" not in second.stdout

    verified = stamkund("verify", "--json", "--data-dir", data_dir)
    assert verified.returncode == 0, verified.stdout
    report = json.loads(verified.stdout.splitlines()[-1])
    assert report["members"] == CUSTOMERS
    assert report["purchases"] == len(lines)
    whole_dollars = sum(int(line.split()[3].split(".")[0]) for line in lines)
    assert report["balances"] == {"points": whole_dollars}
