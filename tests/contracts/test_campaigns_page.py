"""The page for marketing: its operations are taken by the staff door, its files are campaigns."""

import json
import re
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, parse, validate
from graphql.execution.values import get_variable_values

from api.campaign_files import BadCampaign, read_campaign
from loyalty.push.rules.briefs import ScheduleKind, check_brief, check_schedule
from loyalty.push.rules.templates import check_templates
from schema import core_schema, staff_schema

ROOT = Path(__file__).parents[2]
PAGE = ROOT.joinpath("docs/campaigns.md").read_text(encoding="utf-8")
STAFF = core_schema(staff_schema)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("operation", blocks("graphql"))
def test_an_operation_of_the_page_is_taken(operation: str) -> None:
    assert validate(STAFF, parse(operation)) == []


def test_the_brief_of_the_page_is_one() -> None:
    (operation,) = parse(blocks("graphql")[0]).definitions
    assert isinstance(operation, OperationDefinitionNode)
    (variables,) = map(json.loads, blocks("json"))
    taken = get_variable_values(STAFF, operation.variable_definitions or (), variables)
    assert not isinstance(taken, list), taken


FILES = [*blocks("yaml"), *(p.read_text("utf-8") for p in ROOT.glob("examples/campaigns/*.yaml"))]


@pytest.mark.parametrize("text", FILES)
def test_a_file_is_a_campaign(text: str) -> None:
    brief, schedule = read_campaign(text)
    check_brief(brief)
    check_schedule(schedule)
    check_templates(brief)
    assert brief.name == "Spring"


def test_every_status_act_and_verdict_of_the_page_is_one() -> None:
    for kind in ("CampaignStatus", "UpliftVerdict"):
        values = STAFF.type_map[kind].values  # type: ignore[attr-defined]
        assert [value for value in values if f"`{value}`" not in PAGE] == []


LEAST = 'name: A\naudience: {everyone: true}\ntitle: {en: "Hi"}\nbody: {en: "!"}\n'


def test_a_file_says_when() -> None:
    kinds = {
        "": ScheduleKind.NOW,
        "schedule: {at: 2027-03-01T08:00:00+01:00}\n": ScheduleKind.AT,
        'schedule: {on: 2027-03-01, local_time: "18:00"}\n': ScheduleKind.LOCAL,
    }
    found = {more: read_campaign(LEAST + more)[1] for more in kinds}
    assert {more: schedule.kind for more, schedule in found.items()} == kinds
    at = found["schedule: {at: 2027-03-01T08:00:00+01:00}\n"].at
    assert at is not None
    assert at.isoformat() == "2027-03-01T07:00:00"


def test_a_file_names_a_saved_segment() -> None:
    text = LEAST.replace("audience: {everyone: true}", "segment: seg_1")
    assert read_campaign(text)[0].segment == "seg_1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [", "not readable as YAML"),
        ("- a", "valid dictionary"),
        ("name: A\naudience: {everyone: true}\n", "write a title and a body"),
        (LEAST + "colour: red\n", "colour"),
        (LEAST.replace("everyone", "everybody"), "audience"),
        (LEAST + "schedule: {at: 2027-03-01T08:00:00}\n", "timezone"),
        (LEAST + "schedule: {on: 2027-03-01, local_time: 18:00:30}\n", "HH:MM"),
        (LEAST + "schedule: {on: 2027-03-01}\n", "schedule: write at alone, or on with local_time"),
        (LEAST + "schedule: {at: 2027-03-01T08:00:00Z, on: 2027-03-02}\n", "write at alone"),
        (LEAST + "segment: seg_1\n", "an audience, or the id of a saved segment, and not both"),
        (LEAST.replace("audience: {everyone: true}\n", ""), "write an audience, or the id"),
    ],
)
def test_a_file_that_is_none_says_why(text: str, said: str) -> None:
    with pytest.raises(BadCampaign, match=said):
        read_campaign(text)
