"""The stand-in as a process of its own, as a benchmark starts it."""

import json
import signal
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.processes import ROOT, STOP_SECONDS, environment, free_port, stamkund


def test_it_says_how_to_reach_it_serves_and_stops(tmp_path: Path) -> None:
    options = ["--port", str(free_port()), "--certificate-dir", str(tmp_path)]
    faults = ["--faults", str(ROOT / "benchmarks" / "faults.yaml")]
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "fcm-standin", *options, *faults],
        env=environment(),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout
            said = dict(process.stdout.readline().strip().split("=", 1) for _ in range(2))
            trusting = ssl.create_default_context(cafile=said["STAMKUND_PUSH_CA_FILE"])
            counts = f"{said['STAMKUND_PUSH_ENDPOINT']}/counts"
            with urllib.request.urlopen(counts, context=trusting, timeout=10) as answer:
                assert json.load(answer)["accepted"] == 0
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 143


def test_a_wrong_plan_of_faults_is_said(tmp_path: Path) -> None:
    plan = tmp_path / "faults.yaml"
    plan.write_text("shares: [{fault: e599, percent: 1}]", encoding="utf-8")
    done = stamkund("fcm-standin", "--faults", plan, "--certificate-dir", tmp_path)
    assert done.returncode == 1
    assert "shares.0.fault: Value error, `e599` is no fault" in done.stderr
