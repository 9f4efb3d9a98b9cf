"""The script language, the named scenarios, the control endpoint, and the command line."""

import asyncio
from datetime import timedelta
import json
from pathlib import Path
import sys

import pytest

from tests.simulators.octopus import (
    CHARGE_CAP_PRODUCT,
    SCENARIOS,
    OctopusSimulator,
    Scenario,
    ScriptError,
    scenario_named,
    step,
)
from tests.simulators.octopus.__main__ import main

from .conftest import NOON, Client, Clock

ROOT = Path(__file__).parents[3]


def _spans(sim: OctopusSimulator, clock: Clock, *, until: float) -> list[tuple[float, list[tuple[float, float]]]]:
    """The plan, in minutes after noon, at every minute at which it changed."""
    seen: list[tuple[float, list[tuple[float, float]]]] = []
    while (minute := (clock.at - NOON).total_seconds() / 60) <= until:
        spans = [
            ((slot.start - NOON) / timedelta(minutes=1), (slot.end - NOON) / timedelta(minutes=1)) for slot in sim.slots
        ]
        if not seen or seen[-1][1] != spans:
            seen.append((minute, spans))
        clock.move(minutes=1)
    return seen


@pytest.mark.parametrize(
    ("name", "story"),
    [
        ("day-slot", [(0, []), (2, [(10, 50)]), (50, [])]),
        ("two-slots-with-gap", [(0, []), (1, [(8, 28), (48, 68)]), (28, [(48, 68)]), (68, [])]),
        ("late", [(0, []), (12, [(2, 45)]), (45, [])]),
        ("withdrawn", [(0, []), (1, [(8, 60), (80, 110)]), (25, [(80, 110)]), (40, [])]),
        ("re-stamped", [(0, []), (1, [(6, 56)]), (20, [(20, 56)]), (35, [(35, 56)]), (56, [])]),
        ("shortened", [(0, []), (1, [(6, 66)]), (15, [(6, 30)]), (22, [(6, 45)]), (45, [])]),
        ("boosted", [(0, []), (5, [(5, 35)]), (35, []), (40, [(42, 50)]), (50, [])]),
        ("empty", [(0, [])]),
        ("charge-cap", [(0, []), (1, [(8, 60)]), (60, [])]),
        ("two-cars", [(0, []), (1, [(8, 38), (28, 60)]), (38, [(28, 60)]), (60, [])]),
        (
            "capture-2026-06-29",
            [
                (0, [(0, 213), (933, 963), (963, 1023)]),
                (213, [(933, 963), (963, 1023)]),
                (963, [(963, 1023)]),
                (1023, []),
            ],
        ),
        (
            "capture-2026-09-13",
            [(0, [(150, 180), (510, 540)]), (30, [(420, 450), (510, 540)]), (450, [(510, 540)]), (540, [])],
        ),
    ],
)
def test_the_plan_of_each_scenario(
    clock: Clock, name: str, story: list[tuple[float, list[tuple[float, float]]]]
) -> None:
    sim = OctopusSimulator(now=clock)
    sim.play(SCENARIOS[name])
    assert _spans(sim, clock, until=story[-1][0] + 5) == story


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=str)
def test_every_scenario_can_be_played_within_two_minutes(clock: Clock, scenario: Scenario) -> None:
    assert scenario.summary
    scenario.check()
    sim = OctopusSimulator(now=clock)
    playback = sim.play(scenario, speed=scenario.demo_speed)
    told = scenario.demo_min or scenario.length_min
    assert timedelta(0) < playback.time(told) - playback.start < timedelta(minutes=2)
    clock.at = playback.end
    sim.advance()
    assert playback.pending == []
    assert [told.text for told in sim.narration] == [entry.say for entry in scenario.steps if entry.say]
    assert sim.faults.active == []


async def test_a_scenario_at_speed_over_http(patient: Client, clock: Clock) -> None:
    """At 30 minutes a minute a slot of 40 min lasts 80 s."""
    patient.sim.play(SCENARIOS["day-slot"], speed=30)
    assert await patient.rows() == []
    clock.move(seconds=4)
    (row,) = await patient.rows()
    assert (row["start"], row["end"]) == ("2026-07-14T12:00:20Z", "2026-07-14T12:01:40Z")
    clock.move(seconds=96)
    assert await patient.rows() == []


async def test_charge_cap_confirms_late(patient: Client, clock: Clock) -> None:
    async def power() -> float:
        value: float = (await patient.devices())[0]["status"]["activePower"]["value"]
        return value

    patient.sim.play(SCENARIOS["charge-cap"])
    clock.move(minutes=17)
    assert await power() == 0
    clock.move(minutes=1)
    assert await power() == 7.2
    clock.move(minutes=32)
    assert await power() == 0
    clock.move(hours=2)
    assert [(row["start"][11:16], row["delta"]) for row in await patient.completed()] == [
        ("12:30", "-2.40"),
        ("12:00", "-1.44"),
    ]


async def test_failing_fails(patient: Client, clock: Clock) -> None:
    patient.sim.play(SCENARIOS["failing"])
    outcomes: list[tuple[object, ...]] = []
    for _ in range(70):
        async with patient.session.post(
            f"{patient.sim.url}/v1/graphql/",
            json={
                "query": "query P($d: String!) { flexPlannedDispatches(deviceId: $d) { start } }",
                "variables": {"d": patient.sim.world.device().id},
            },
            headers={"Authorization": str(patient.header)},
        ) as got:
            body = await got.json() if got.content_type == "application/json" else {}
        codes = tuple(error["extensions"]["errorCode"] for error in body.get("errors", ()))
        if "KT-CT-1124" in codes:
            await patient.mint()
        outcome = (got.status, *codes, len((body.get("data") or {}).get("flexPlannedDispatches") or ()))
        if not outcomes or outcomes[-1] != outcome:
            outcomes.append(outcome)
        clock.move(minutes=1)
    assert outcomes == [
        (200, 0),
        (200, 1),
        (503, 0),
        (200, 1),
        (200, "KT-CT-4340", 0),
        (200, 1),
        (200, "KT-CT-1124", 0),
        (200, 1),
        (403, 0),
        (200, 1),
        (200, 0),
        (200, 1),
        (200, 0),
    ]


def test_preparing_shapes_the_account_before_the_story(clock: Clock) -> None:
    sim = OctopusSimulator(now=clock)
    scenario = SCENARIOS["two-cars"]
    sim.prepare(scenario)
    assert [device.label for device in sim.world.devices] == ["car", "meter", "second"]
    clock.move(minutes=30)
    sim.play(scenario)
    assert [device.label for device in sim.world.devices] == ["car", "meter", "second"]
    clock.move(minutes=1)
    assert [slot.name for slot in sim.slots] == ["car", "second"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"do": "fly"}, "no command 'fly'"),
        ({}, "no command None"),
        ({"do": "withdraw"}, "withdraw: missing a required argument: 'name'"),
        ({"do": "add_slot", "start": 1, "end": 2, "colour": 3}, "add_slot: got an unexpected keyword argument"),
        ({"do": "add_slot", "start": "soon", "end": 2}, "'soon' is not a time"),
        ({"do": "add_slot", "start": True, "end": 2}, "True is not a time"),
        ({"do": "add_slot", "start": 1, "end": 2, "device": "bicycle"}, "add_slot: no device 'bicycle'"),
        ({"do": "withdraw", "name": "nobody"}, "no slot 'nobody'"),
        ({"do": "set_device", "colour": "red"}, "a device has no 'colour'"),
        ({"do": "set_charging", "mode": "maybe"}, "'maybe' is not a valid Charging"),
        ({"do": "fail", "kind": "fire"}, "no fault 'fire'"),
        ({"do": "set_completed", "lag_min": 61}, "0 to 60 min"),
        ({"do": "narrate", "at": "noon"}, "at must be minutes"),
        ({"do": "set_device", "state": "ASLEEP"}, "no SmartFlexDeviceState 'ASLEEP'"),
        ({"do": "fail", "kind": "empty_plan", "state": "ASLEEP"}, "no SmartFlexDeviceState 'ASLEEP'"),
        ({"do": "add_slot", "start": 1, "end": 2, "type": "smart"}, "no SmartFlexChargingType 'smart'"),
        ({"do": "add_device", "label": "x", "kind": "toaster"}, "no kind 'toaster'"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(clock: Clock, entry: dict[str, object], reason: str) -> None:
    with pytest.raises(ScriptError, match=reason.replace("(", r"\(")):
        OctopusSimulator(now=clock).run_command(entry)


def test_a_scenario_from_json(clock: Clock) -> None:
    data = {
        "name": "mine",
        "summary": "my own",
        "setup": [{"do": "set_product", "product_code": CHARGE_CAP_PRODUCT}],
        "steps": [{"at": 2, "do": "add_slot", "start": 5, "end": 25, "say": "a slot"}],
    }
    scenario = Scenario.from_mapping(json.loads(json.dumps(data)))
    assert (scenario.name, scenario.length_min) == ("mine", 25)
    sim = OctopusSimulator(now=clock)
    sim.play(scenario, speed=5)
    assert _spans(sim, clock, until=5) == [(0, []), (1, [(1, 5)]), (5, [])]
    for wrong in ({}, {"steps": 7}, {"steps": [{"do": "fly"}]}):
        with pytest.raises(ScriptError):
            Scenario.from_mapping(wrong)
    with pytest.raises(ScriptError, match="no command"):
        sim.play(Scenario("bad", "", (step(0, "fly"),)))
    with pytest.raises(ScriptError, match="speed"):
        sim.play(scenario, speed=0)
    with pytest.raises(ScriptError, match="there are: day-slot"):
        scenario_named("nope")


async def test_another_process_can_drive_it(patient: Client, clock: Clock) -> None:
    reply = await patient.control(
        {"do": "add_slot", "start": 5, "end": 45, "name": "from outside"},
        {"do": "fail", "kind": "http_503", "times": 1, "fields": ["flexPlannedDispatches"]},
    )
    assert (reply.status, reply.body["done"]) == (200, 2)
    state = (await patient.get("/_control")).body
    assert state["devices"][0]["plan"] == [
        {"name": "from outside", "start": "2026-07-14T12:05:00Z", "end": "2026-07-14T12:45:00Z", "type": "SMART"}
    ]
    assert state["faults"] == [{"kind": "http_503", "times": 1, "hits": 0}]

    reply = await patient.control({"do": "heal"}, {"do": "withdraw", "name": "nobody"}, {"do": "plug"})
    assert reply.status == 400
    assert reply.body["done"] == 1
    assert "no slot 'nobody'" in reply.body["error"]

    await patient.control({"do": "clear_plan"}, {"do": "play", "scenario": "late", "speed": "demo"})
    state = (await patient.get("/_control")).body
    assert state["scenario"]["name"] == "late"
    clock.move(minutes=2)
    state = (await patient.get("/_control")).body
    assert state["narration"][0]["text"] == "A slot appears that began 10 min ago"
    assert len(await patient.rows()) == 0
    assert (await patient.control({"do": "stop"}, {"do": "reset_log"})).body["state"]["scenario"] is None
    assert patient.sim.requests == []
    assert (await patient.control({"do": "prepare", "scenario": "nope"})).status == 400
    assert (await patient.control("heal")).status == 400
    async with patient.session.post(f"{patient.sim.url}/_control", data=b"nonsense") as got:
        assert got.status == 400
    async with patient.session.put(f"{patient.sim.url}/_control") as got:
        assert got.status == 405


def test_the_command_line_lists_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in printed] == list(SCENARIOS)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--port", "70000"], "'70000' is not a port"),
        (["--port", "http"], "'http' is not a port"),
        (["--account", "12345678"], "is not an account number"),
        (["--key", "secret"], "an API key starts with sk_"),
        (["--speed", "-1"], "'-1' is not a speed"),
        (["--speed", "nan"], "'nan' is not a speed"),
        (["--now", "noon"], "'noon' is not a time"),
        (["--now", "2026-07-14T12:00:00"], "is not a time such as"),
        (["--colour"], "unrecognized arguments"),
    ],
)
def test_bad_arguments_get_a_clear_error(capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert reason in capsys.readouterr().err


def test_a_scenario_that_does_not_exist(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    script = tmp_path / "mine.json"
    script.write_text("{", encoding="utf-8")
    for arguments, reason in (
        (["--scenario", "nope"], "no scenario 'nope'; there are: day-slot"),
        (["--script", str(tmp_path / "missing.json")], "No such file"),
        (["--script", str(script)], "is not JSON"),
        (["--script", str(script), "--scenario", "late"], "not both"),
    ):
        assert main(arguments) == 2
        assert reason in capsys.readouterr().err


async def test_it_runs_as_a_process(patient: Client) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.simulators.octopus", "--port", "0", "--scenario", "late", "--speed", "demo"),
        *("--verbose", "--now", "2026-07-14T13:00:00+01:00"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            listening = (await process.stdout.readline()).decode()
            playing = (await process.stdout.readline()).decode()
            url = listening.split()[3].rstrip(",")
            async with patient.session.get(f"{url}/_control") as got:
                state = await got.json()
            async with patient.session.get(f"{url}/v1/products/{CHARGE_CAP_PRODUCT}/") as got:
                assert got.status == 200
            request = (await process.stdout.readline()).decode()
        assert playing.startswith("Playing late: ")
        assert state["now"].startswith("2026-07-14T12:00:")
        assert "rest:product" in request
    finally:
        process.terminate()
        await process.wait()
