"""An import that is killed half way and started again ends where an undisturbed one would."""

import json
import subprocess
import sys
from pathlib import Path

from tests.processes import PROGRAMS, ROOT, environment, stamkund

CUSTOMERS, PURCHASES_EACH = 1_500, 6


def history() -> list[str]:
    """Make lines of whole and broken dollars, some of them equal."""
    return [
        f"{customer:05} 1997{1 + n // 2:02}15 {1 + n % 2} {customer % 40 + n // 2}.{n // 2}5"
        for n in range(PURCHASES_EACH)
        for customer in range(1, CUSTOMERS + 1)
    ]


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
        stderr=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stderr is not None
        said = first.stderr.readline()  # the first line of progress comes after two seconds
        first.kill()
    assert said.startswith("purchases: "), said

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
