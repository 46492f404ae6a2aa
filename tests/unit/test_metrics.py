"""The instruments of one process, and that nobody can grow their number from outside."""

from typing import get_args

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.identity import Reason
from api.metrics import SIGN_INS_REFUSED, Metrics


def value(metrics: Metrics, series: str, **labels: str) -> float | None:
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            if sample.name == series and sample.labels == labels:
                return float(sample.value)
    return None


def test_requests_are_counted_by_door_and_status() -> None:
    metrics = Metrics()
    metrics.request("app", 200)
    metrics.request("app", 200)
    metrics.request("staff", 503)
    assert value(metrics, "stamkund_http_requests_total", door="app", status="200") == 2
    assert value(metrics, "stamkund_http_requests_total", door="staff", status="503") == 1


def test_operations_are_timed_by_outcome() -> None:
    metrics = Metrics()
    metrics.operation("app", "query", "OK", 0.25)
    metrics.operation("app", "query", "OK", 0.5)
    labels = {"door": "app", "operation": "query", "code": "OK"}
    assert value(metrics, "stamkund_graph_operation_seconds_count", **labels) == 2
    assert value(metrics, "stamkund_graph_operation_seconds_sum", **labels) == 0.75
    bucket = "stamkund_graph_operation_seconds_bucket"
    assert value(metrics, bucket, **labels, le="0.25") == 1


def test_operations_that_take_too_long_are_counted() -> None:
    metrics = Metrics()
    metrics.operation_timed_out("staff", "mutation")
    labels = {"door": "staff", "operation": "mutation"}
    assert value(metrics, "stamkund_graph_operations_timed_out_total", **labels) == 1


def test_the_ledger_and_the_pushes_are_counted() -> None:
    metrics = Metrics()
    waiting = [7]
    metrics.watch_queue(lambda: waiting[0])
    metrics.commit("applied")
    metrics.batch(64)
    metrics.push("sent", 3)
    metrics.outbox_lag(1.5)
    assert value(metrics, "stamkund_commits_total", outcome="applied") == 1
    assert value(metrics, "stamkund_commit_batch_size_sum") == 64
    assert value(metrics, "stamkund_pushes_total", outcome="sent") == 3
    assert value(metrics, "stamkund_outbox_lag_seconds") == 1.5
    assert value(metrics, "stamkund_commit_queue_length") == 7
    waiting[0] = 2
    assert value(metrics, "stamkund_commit_queue_length") == 2


def test_refused_sign_ins_are_counted_by_every_reason_there_is() -> None:
    assert set(get_args(Reason)) == SIGN_INS_REFUSED
    metrics = Metrics()
    metrics.sign_in_refused("app", "expired")
    metrics.sign_in_refused("app", "made-up")
    for reason in ("expired", "other"):
        labels = {"door": "app", "reason": reason}
        assert value(metrics, "stamkund_sign_ins_refused_total", **labels) == 1


@pytest.mark.parametrize("made_up", ["x", "", "app\n", 'app"} 1', "ü"])
def test_labels_from_outside_the_lists_are_one_series(made_up: str) -> None:
    metrics, lines = Metrics(), set()
    for n in range(100):
        metrics.request(f"{made_up}{n}", 1_000 + n)
        metrics.operation(f"{made_up}{n}", f"{made_up}{n}", f"{made_up}{n}", 0.1)
        metrics.commit(f"{made_up}{n}")
        metrics.push(f"{made_up}{n}")
        lines.add(len(metrics.render().splitlines()))
    assert len(lines) == 1
    other = {"door": "other", "status": "other"}
    assert value(metrics, "stamkund_http_requests_total", **other) == 100


def test_two_processes_in_one_test_do_not_share_instruments() -> None:
    one, two = Metrics(), Metrics()
    one.commit("applied")
    assert value(two, "stamkund_commits_total", outcome="applied") is None


def test_the_process_itself_is_measured() -> None:
    assert value(Metrics(), "process_start_time_seconds")
