"""What is deployed names real settings and gives every process the least it needs."""

import re

import pytest
import yaml

from api.settings import PREFIX, Settings
from tests.architecture.sources import ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
IMAGE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_example_environment_names_real_settings() -> None:
    text = (ROOT / "example.env").read_text(encoding="utf-8")
    named = set(re.findall(rf"^#? ?{PREFIX}(\w+)=", text, re.MULTILINE))
    assert named
    assert named <= {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_every_service_is_hardened(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_the_cast_is_two_apis_a_worker_and_a_set_of_three() -> None:
    services = COMPOSE["services"]
    assert services["api"]["deploy"]["replicas"] == 2
    assert sorted(services) == ["api", "mongo-init", "mongo1", "mongo2", "mongo3", "worker"]
    assert COMPOSE["networks"]["data"]["internal"] is True
    assert [name for name, service in services.items() if "ports" in service] == ["api"]


def test_the_image_runs_as_nobody_in_particular_from_a_second_stage() -> None:
    _, build, run = IMAGE.split("\nFROM ")
    assert "--require-hashes -r requirements/run.lock" in build
    assert "USER 10001:10001" in run
    assert "dev.lock" not in run


def test_the_image_asks_every_process_that_stays_whether_it_is_alive() -> None:
    assert "http://127.0.0.1:8000/livez" in IMAGE
    for name in ("api", "worker"):
        service = COMPOSE["services"][name]
        assert service["command"][1:] == ["--host", "0.0.0.0", "--port", "8000"]
        assert "healthcheck" not in service
