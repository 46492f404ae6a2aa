"""When jobs are due: later after each failure, and once a local day, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.jobs import Daily, Every, Job, at_local, next_run
from loyalty.jobs.rules import ATTEMPTS, is_spent, retry_at

NOW = datetime(2026, 3, 2, 12, 0)
COPENHAGEN, NEW_YORK = ZoneInfo("Europe/Copenhagen"), ZoneInfo("America/New_York")
NUUK, SCORESBYSUND = ZoneInfo("America/Nuuk"), ZoneInfo("America/Scoresbysund")
LORD_HOWE, APIA = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")
ZONES = st.sampled_from(
    [COPENHAGEN, NEW_YORK, LORD_HOWE, ZoneInfo("UTC"), ZoneInfo("Asia/Kathmandu")]
)


def failed(attempts: int, job_id: str = "a", *, recurs: bool = False) -> Job:
    return Job(job_id, "kind", NOW, attempts=attempts, recurs=recurs)


def waits(job: Job) -> timedelta:
    again = retry_at(job, NOW)
    assert again is not None
    return again - NOW


def test_each_failure_waits_longer_and_the_last_is_given_up() -> None:
    seconds = [5, 15, 45, 135, 405, 1_215, 3_600]
    for attempt, least in enumerate(seconds, start=1):
        most = timedelta(seconds=least) * 1.25
        assert timedelta(seconds=least) <= waits(failed(attempt)) <= most
    assert len(seconds) == ATTEMPTS - 1
    assert retry_at(failed(ATTEMPTS), NOW) is None


def test_what_failed_together_is_not_tried_together() -> None:
    assert len({waits(failed(1, f"chunk:{n}")) for n in range(20)}) > 10


def test_a_recurring_job_is_never_given_up_and_never_waits_long() -> None:
    found = [waits(failed(attempts, recurs=True)) for attempts in (1, ATTEMPTS, 10**9)]
    assert timedelta(seconds=5) <= found[0] <= timedelta(seconds=7)
    for wait in found[1:]:
        assert timedelta(seconds=60) <= wait <= timedelta(seconds=75)
    assert not is_spent(failed(10**9, recurs=True))


def test_a_job_is_spent_when_it_was_taken_more_often_than_it_may_fail() -> None:
    assert [is_spent(failed(attempts)) for attempts in (ATTEMPTS, ATTEMPTS + 1)] == [False, True]


def test_every_counts_from_when_it_was_done() -> None:
    assert next_run(Every(90), NOW, COPENHAGEN) == NOW + timedelta(seconds=90)


@pytest.mark.parametrize(
    ("zone", "day", "at", "instant"),
    [
        (COPENHAGEN, date(2026, 3, 28), time(2, 30), datetime(2026, 3, 28, 1, 30)),
        (COPENHAGEN, date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 30)),  # lacked
        (COPENHAGEN, date(2026, 3, 30), time(2, 30), datetime(2026, 3, 30, 0, 30)),
        (COPENHAGEN, date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30)),  # twice
        (COPENHAGEN, date(2026, 10, 26), time(2, 30), datetime(2026, 10, 26, 1, 30)),
        (NEW_YORK, date(2026, 3, 8), time(2, 15), datetime(2026, 3, 8, 7, 15)),  # lacked
        (NEW_YORK, date(2026, 11, 1), time(1, 15), datetime(2026, 11, 1, 5, 15)),  # twice
        (LORD_HOWE, date(2026, 10, 4), time(2, 15), datetime(2026, 10, 3, 15, 45)),  # half an hour
        (APIA, date(2011, 12, 30), time(10, 0), datetime(2011, 12, 30, 20, 0)),  # no such day
        (APIA, date(2011, 12, 31), time(10, 0), datetime(2011, 12, 30, 20, 0)),
    ],
)
def test_a_local_time_is_one_instant(
    zone: ZoneInfo, day: date, at: time, instant: datetime
) -> None:
    assert at_local(day, at, zone) == instant


def runs(zone: ZoneInfo, at: time, start: datetime, end: datetime) -> list[datetime]:
    found = []
    run = next_run(Daily(at), start, zone)
    while run < end:
        found.append(run)
        run = next_run(Daily(at), run, zone)
    return found


@pytest.mark.parametrize("zone", [COPENHAGEN, NEW_YORK, LORD_HOWE])
@pytest.mark.parametrize("at", [time(), time(1, 30), time(2), time(2, 30), time(3), time(23, 59)])
def test_a_daily_job_runs_once_on_each_day_of_a_year_with_both_changes(
    zone: ZoneInfo, at: time
) -> None:
    found = runs(zone, at, datetime(2026, 1, 1, 12), datetime(2027, 1, 1, 12))
    assert len(found) == len(set(days(found, zone))) == 365


def days(found: list[datetime], zone: ZoneInfo) -> list[date]:
    return [run.replace(tzinfo=UTC).astimezone(zone).date() for run in found]


@pytest.mark.parametrize("zone", [NUUK, SCORESBYSUND])
@pytest.mark.parametrize("at", [time(22), time(23), time(23, 30)])
def test_a_day_that_ends_before_the_time_of_a_daily_job_has_its_run_at_its_end(
    zone: ZoneInfo, at: time
) -> None:
    found = runs(zone, at, datetime(2026, 3, 26, 12), datetime(2026, 4, 1, 12))
    assert days(found, zone) == [date(2026, 3, 26) + timedelta(days=n) for n in range(6)]


def test_a_day_that_a_zone_leaves_out_has_no_run_of_its_own() -> None:
    found = runs(APIA, time(10), datetime(2011, 12, 29), datetime(2012, 1, 2))
    assert len(found) == len(set(found)) == 4


@given(
    ZONES,
    st.times(),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
)
def test_the_next_run_is_after_now_and_within_two_days(
    zone: ZoneInfo, at: time, after: datetime
) -> None:
    assert after < next_run(Daily(at), after, zone) <= after + timedelta(hours=25)
