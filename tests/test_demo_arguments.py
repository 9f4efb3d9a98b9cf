"""The demo without its Home Assistant: arguments, stories, London's clock, and what the verdict lets pass."""

from datetime import UTC, datetime, time, timedelta
import json
from pathlib import Path
import subprocess
import sys
from zoneinfo import ZoneInfo

from homeassistant.util.yaml import load_yaml_dict
import pytest

from scripts.demo_app import london
from scripts.demo_app.arguments import Options, listing, parse
from scripts.demo_app.config_dir import ROOT, prepare
from scripts.demo_app.hass_process import free_port
from scripts.demo_app.stories import DEFAULT, STORIES, Charger, Story
from scripts.demo_app.verdict import LATEST, errors_of_ours, judge
from tests.simulators.octopus import OctopusSimulator
from tests.simulators.tesla import Outcome, Write

ZERO = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def test_without_arguments_the_default_is_played_for_a_browser() -> None:
    assert parse([]) == Options(story=DEFAULT, once=False, port=8123, london=None)


def test_everything_can_be_chosen() -> None:
    given = ["--scenario", "late", "--once", "--keep", "--port", "9000", "--london", "04:15", "--ha", "newest"]
    assert parse(given) == Options(story="late", once=True, keep=True, port=9000, london=time(4, 15))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["--scenario", "nonsense"], "there is no scenario 'nonsense', only day-slot"),
        (["--scenario"], "expected one argument"),
        (["--port", "0"], "'0' is not a port: 1 to 65535"),
        (["--port", "65536"], "'65536' is not a port"),
        (["--port", "http"], "'http' is not a port"),
        (["--london", "25:00"], "'25:00' is not a time such as 14:00"),
        (["--ha", "2019.1"], "invalid choice: '2019.1'"),
        (["--onc"], "unrecognized arguments: --onc"),
        (["late"], "unrecognized arguments: late"),
        (["--once", "--fresh"], "cannot go with --fresh"),
    ],
)
def test_a_mistake_gets_a_clear_error(given: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse(given)
    assert stopped.value.code == 2
    assert sentence in capsys.readouterr().err


def test_the_command_tells_its_scenarios() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "scripts.demo_app", "--list"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == listing()
    assert [line.split()[0] for line in found.stdout.splitlines()] == list(STORIES)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_a_story_can_be_told_to_octopus(story: Story) -> None:
    octopus = OctopusSimulator(product_code=story.product, now=lambda: ZERO)
    planned: set[str] = set()
    for beat in story.beats:
        arguments = {
            name: ZERO + timedelta(seconds=value) if name in {"start", "end"} else value
            for name, value in beat.arguments.items()
        }
        if beat.do:
            getattr(octopus, beat.do)(**arguments)
            planned |= {slot.name for slot in octopus.slots}
    assert [beat.at_s for beat in story.beats] == sorted(beat.at_s for beat in story.beats)
    assert story.beats[-1].at_s < story.length_s <= 200
    assert not any(80 < expected.value < 100 for expected in story.expected)
    if story.expected:
        assert story.expected[-1].value == 20
        assert bool(planned) == (story.charger is Charger.OCTOPUS)


@pytest.mark.parametrize(
    ("at", "night"),
    [
        ("2026-11-22T05:29:00+00:00", True),
        ("2026-11-22T05:30:00+00:00", False),
        ("2026-11-22T14:00:00+00:00", False),
        ("2026-11-22T23:09:00+00:00", False),
        ("2026-11-22T23:10:00+00:00", True),
        ("2026-11-22T23:50:00+00:00", True),
        ("2026-11-23T01:00:00+00:00", True),
        ("2026-07-14T04:29:00+00:00", True),
        ("2026-07-14T04:30:00+00:00", False),
    ],
)
def test_night_is_where_a_slot_would_touch_the_off_peak_window(at: str, night: bool) -> None:
    assert london.is_night(datetime.fromisoformat(at), timedelta(minutes=20)) is night


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("wanted", [time(14), time(0, 30), time(23, 59)])
def test_a_moved_london_shows_the_wanted_time(hour: int, wanted: time, tmp_path: Path) -> None:
    at = datetime(2026, 7, 14, hour, 17, 5, tzinfo=UTC)
    offset = london.offset_for(wanted, at)
    folder = london.write_zone(tmp_path, offset)
    with (folder / london.LONDON).open("rb") as file:
        zone = ZoneInfo.from_file(file)
    for moment in (at, at + timedelta(days=200)):
        assert moment.astimezone(zone).utcoffset() == offset
    assert at.astimezone(zone).time() == wanted.replace(second=5)


@pytest.mark.parametrize("hour", range(24))
def test_pictures_are_of_an_afternoon(hour: int, tmp_path: Path) -> None:
    at = datetime(2026, 11, 22, hour, 17, 5, tzinfo=UTC)
    offset, zone = london.by_day(at)
    assert at.astimezone(ZoneInfo(zone)).time() == time(14, 17, 5)
    assert at.astimezone(ZoneInfo(zone)).utcoffset() == offset


def test_a_port_in_use_is_not_taken(tmp_path: Path) -> None:
    with free_port(0, tmp_path) as first, free_port(first, tmp_path) as second:
        assert second != first
    with free_port(first, tmp_path) as again:
        assert again == first


def write(value: int, at_s: float, endpoint: str = "backup") -> Write:
    return Write(ZERO + timedelta(seconds=at_s), 1, endpoint, value, Outcome.APPLIED)


def faults(*writes: Write, reserve_pct: int = 20, log: str = "", repairs: tuple[str, ...] = ()) -> tuple[str, ...]:
    verdict = judge(STORIES[DEFAULT], ZERO, writes=writes, polls=(), reserve_pct=reserve_pct, log=log, repairs=repairs)
    return verdict.faults


def test_up_at_the_start_and_back_at_the_end_is_as_it_should_be() -> None:
    assert faults(write(100, 20.03), write(20, 100.01)) == ()


@pytest.mark.parametrize(
    ("writes", "fault"),
    [
        ((), "no write of 100 %"),
        ((write(100, 20.1),), "no write of 20 %"),
        ((write(80, 20.1), write(20, 100.1)), "80 % was written"),
        ((write(100, 20.1), write(20, 100 + LATEST.total_seconds() + 0.1)), "20 % came 2.10 s after"),
        ((write(100, 18), write(20, 100.1)), "100 % came -2.00 s after"),
        ((write(100, 20.1), write(20, 100.1), write(20, 103)), "backup 20 was written at 103.0 s"),
    ],
)
def test_anything_else_is_not(writes: tuple[Write, ...], fault: str) -> None:
    assert any(fault in found for found in faults(*writes)), faults(*writes)


def test_a_wrong_reserve_an_error_and_a_repair_are_noticed() -> None:
    ours = "2026-11-22 06:22:04.452 ERROR (MainThread) [custom_components.octopus_powerwall] Oh"
    found = faults(write(100, 20), write(20, 100), reserve_pct=100, log=ours, repairs=("not_obeying",))
    assert len(found) == 3


def test_news_counts_from_the_first_poll_that_could_bring_it() -> None:
    polls = [ZERO + timedelta(seconds=at) for at in (1, 65)]
    writes = [write(100, 65.4), write(20, 140.1)]
    verdict = judge(STORIES["late"], ZERO, writes=writes, polls=polls, reserve_pct=20, log="", repairs=())
    assert verdict.faults == ()
    assert verdict.writes[0].lag == timedelta(seconds=0.4)


def test_the_word_of_ohme_counts_by_the_reading_that_brings_it() -> None:
    reads = [ZERO + timedelta(seconds=at) for at in (20, 52, 84, 115, 146, 176)]
    writes = [write(63, 40.1), write(100, 52.4), write(63, 115.3), write(20, 176.2)]
    verdict = judge(
        STORIES["ohme"], ZERO, writes=writes, polls=(), ohme_reads=reads, reserve_pct=20, log="", repairs=()
    )
    assert [one.lag for one in verdict.writes if one.lag] == [timedelta(seconds=lag) for lag in (0.1, 0.4, 0.3, 0.2)]
    assert verdict.faults == ()


def test_errors_are_ours_by_their_own_line_or_their_traceback() -> None:
    log = """\
2026-11-22 06:22:01.000 WARNING (MainThread) [custom_components.octopus_powerwall] a warning
2026-11-22 06:22:02.000 ERROR (MainThread) [haffmpeg.core] FFmpeg fails
2026-11-22 06:22:03.000 ERROR (MainThread) [homeassistant] Error doing job
Traceback (most recent call last):
  File "custom_components/octopus_powerwall/store.py", line 1
2026-11-22 06:22:04.000+00:00 ERROR (MainThread) [custom_components.octopus_powerwall] Error fetching data
"""
    assert [line[11:19] for line in errors_of_ours(log)] == ["06:22:03", "06:22:04"]
    assert len(errors_of_ours(log, ("Error fetching data",))) == 1


@pytest.mark.parametrize("fresh", [False, True])
def test_the_folder_is_complete_and_opens_on_the_dashboard_where_there_is_one(tmp_path: Path, fresh: bool) -> None:
    prepare(tmp_path / "hass", port=8123, time_zone="GB", fresh=fresh)
    folder = tmp_path / "hass"
    assert "http" not in load_configuration(folder)
    assert json.loads((folder / ".storage" / "http").read_text())["data"]["stable"]["server_port"] == 8123
    assert load_yaml_dict(str(folder / "dashboard.yaml")) == {"strategy": {"type": "custom:octopus-powerwall"}}
    assert (folder / ".storage" / "frontend.system_data").exists() is not fresh
    assert (folder / "custom_components" / "octopus_powerwall" / "manifest.json").is_file()


def load_configuration(folder: Path) -> dict[str, object]:
    (folder / "automations.yaml").touch()
    return dict(load_yaml_dict(str(folder / "configuration.yaml")))
