"""What Octopus answers when all is well: plans, devices, completed rows, accounts, products."""

from datetime import UTC, datetime, timedelta

import aiohttp
from freezegun.api import FrozenDateTimeFactory
import pytest

from tests.simulators.octopus import (
    CHARGE_CAP_PRODUCT,
    WHOLE_SLOT_PRODUCT,
    OctopusSimulator,
    User,
    World,
    former_home,
    home_account,
)

from .conftest import ACCOUNT, COMPLETED, MINT, NOON, PLAN, Client, Clock

CAR_AND_CHARGER = """query Both($a: String!, $b: String!) {
  a: flexPlannedDispatches(deviceId: $a) { start }
  b: flexPlannedDispatches(deviceId: $b) { start }
}"""


def _minutes(row: dict[str, str]) -> tuple[float, float]:
    begin, end = (datetime.fromisoformat(row[edge]) for edge in ("start", "end"))
    return ((begin - NOON).total_seconds() / 60, (end - NOON).total_seconds() / 60)


async def test_rows_are_in_order_and_vanish_when_they_end(client: Client, clock: Clock) -> None:
    client.sim.add_slot(50, 80, type="BOOST", energy="-1.5")
    client.sim.add_slot(NOON + timedelta(minutes=10), NOON + timedelta(minutes=40), energy=3.5)

    assert await client.rows() == [
        {"start": "2026-07-14T12:10:00Z", "end": "2026-07-14T12:40:00Z", "type": "SMART", "energyAddedKwh": "-3.500"},
        {"start": "2026-07-14T12:50:00Z", "end": "2026-07-14T13:20:00Z", "type": "BOOST", "energyAddedKwh": "-1.5"},
    ]
    clock.move(minutes=39, seconds=59)
    assert len(await client.rows()) == 2
    clock.move(seconds=1)
    assert [_minutes(row) for row in await client.rows()] == [(50, 80)]


async def test_a_plan_can_be_late_withdrawn_restamped_reshaped_and_boosted(client: Client, clock: Clock) -> None:
    sim = client.sim
    sim.add_slot(-12, 30, name="late")
    sim.add_slot(60, 90, name="gone")
    assert [_minutes(row) for row in await client.rows()] == [(-12, 30), (60, 90)]

    clock.move(minutes=5)
    sim.withdraw("gone")
    sim.restamp("late")
    assert [_minutes(row) for row in await client.rows()] == [(5, 30)]
    sim.reshape("late", end=10)
    assert [_minutes(row) for row in await client.rows()] == [(5, 15)]
    sim.boost(20)
    assert [row["type"] for row in await client.rows()] == ["SMART", "BOOST"]
    sim.clear_plan()
    assert await client.rows() == []
    with pytest.raises(LookupError, match="no slot 'gone'"):
        sim.withdraw("gone")


async def test_a_device_may_restamp_what_runs(client: Client, clock: Clock) -> None:
    client.sim.set_device(restamps=True)
    client.sim.add_slot(2, 30)
    clock.move(minutes=9, seconds=11)
    assert [_minutes(row) for row in await client.rows()] == [(9, 30)]


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("Z", ["2026-07-14T12:13:11Z", "2026-07-14T13:00:00Z"]),
        ("+00:00", ["2026-07-14T12:13:11+00:00", "2026-07-14T13:00:00+00:00"]),
        ("mixed", ["2026-07-14T12:13:11Z", "2026-07-14T13:00:00+00:00"]),
        ("local", ["2026-07-14T13:13:11+01:00", "2026-07-14T14:00:00+01:00"]),
        ("space", ["2026-07-14 12:13:11+00:00", "2026-07-14 13:00:00+00:00"]),
    ],
)
async def test_times_are_written_in_several_ways(client: Client, style: str, expected: list[str]) -> None:
    client.sim.set_style(times=style)
    client.sim.add_slot(NOON + timedelta(minutes=13, seconds=11), NOON + timedelta(minutes=14, seconds=27))
    client.sim.add_slot(60, 90)
    assert [row["start"] for row in await client.rows()] == expected


@pytest.mark.parametrize(
    ("energy", "sign", "expected"),
    [
        (6.521, "negative", "-6.521"),
        (6.521, "positive", "6.521"),
        ("auto", "negative", "-3.600"),
        (0, "negative", "0"),
        (None, "negative", None),
        ("-36.86620694444445", "negative", "-36.86620694444445"),
    ],
)
async def test_energies(client: Client, energy: float | str | None, sign: str, expected: str | None) -> None:
    assert sign in {"negative", "positive"}
    client.sim.set_style(energy="positive" if sign == "positive" else "negative")
    client.sim.add_slot(0, 30, energy=energy)
    assert [row["energyAddedKwh"] for row in await client.rows()] == [expected]


async def test_single_rows_can_break_the_schema(client: Client) -> None:
    client.sim.add_slot(10, 20, type=None)
    client.sim.add_slot(30, 40, replace={"start": 17}, drop=["end"])
    null_type, broken = await client.rows()
    assert null_type["type"] is None
    assert broken == {"start": 17, "type": "SMART", "energyAddedKwh": "-1.200"}


async def test_devices_of_every_kind(client: Client) -> None:
    sim = client.sim
    sim.add_device("charger", kind="charge_point")
    sim.add_device("ohme", kind="ohme", lifecycle="ONBOARDING")
    sim.add_device("old", lifecycle="RETIRED")
    sim.add_device("paused")
    sim.suspend("paused")

    found = {device["id"]: device for device in await client.devices()}
    car, charger, ohme, old, paused, meter = (
        found[sim.world.device(label).id] for label in ("car", "charger", "ohme", "old", "paused", "meter")
    )
    assert (car["__typename"], car["provider"]) == ("SmartFlexVehicle", "TESLA_V2")
    assert (charger["__typename"], charger["deviceType"]) == ("SmartFlexChargePoint", "ELECTRIC_VEHICLES")
    assert (ohme["provider"], ohme["status"]["current"]) == ("OHME", "ONBOARDING")
    assert (old["status"]["current"], old["status"]["currentState"]) == ("RETIRED", "RETIRED")
    assert (paused["status"]["isSuspended"], paused["status"]["currentState"]) == (True, "SMART_CONTROL_OFF")
    assert (meter["deviceType"], meter["provider"]) == ("ELECTRICITY_METERS", "OCTOPUS_ENERGY")
    assert "activePower" not in meter["status"]
    sim.remove_device("old")
    assert len(await client.devices()) == 5


async def test_a_device_under_a_new_id(client: Client) -> None:
    old_id = client.sim.world.device().id
    client.sim.add_slot(10, 40)
    client.sim.change_device_id("00000000-0002-4000-8020-00000000beef")
    assert old_id not in [device["id"] for device in await client.devices()]
    assert (await client.ask(PLAN, d=old_id)).codes == ["KT-CT-4301"]
    assert len(await client.rows("car")) == 1


async def test_the_state_says_scheduled_or_occurring(client: Client, clock: Clock) -> None:
    async def state() -> str:
        status: dict[str, str] = (await client.devices())[0]["status"]
        return status["currentState"]

    assert await state() == "SMART_CONTROL_CAPABLE"
    client.sim.add_slot(60, 90, name="planned")
    assert await state() == "SMART_CONTROL_IN_PROGRESS"
    client.sim.boost(30)
    assert await state() == "BOOSTING"
    clock.move(minutes=30)
    assert await state() == "SMART_CONTROL_IN_PROGRESS"
    client.sim.set_device(state="LOST_CONNECTION")
    assert await state() == "LOST_CONNECTION"


async def test_active_power_is_fresh_stale_or_absent(client: Client, clock: Clock) -> None:
    async def power() -> object:
        return (await client.devices())[0]["status"]["activePower"]

    client.sim.add_slot(0, 30)
    assert await power() is None
    client.sim.set_device(power_report="live")
    assert await power() == {"value": 7.2, "timestamp": "2026-07-14T11:59:40Z"}
    client.sim.set_device(power_report="stale")
    assert await power() == {"value": 7.2, "timestamp": "2026-07-14T11:40:00Z"}
    clock.move(minutes=30)
    client.sim.set_device(power_report="live")
    assert await power() == {"value": 0.0, "timestamp": "2026-07-14T12:29:40Z"}


async def test_completed_rows_follow_from_what_the_car_charged_with_a_lag(patient: Client, clock: Clock) -> None:
    patient.sim.set_completed(lag_min=45)
    patient.sim.add_slot(10, 70)
    clock.move(minutes=74, seconds=59)
    assert await patient.completed() == []
    clock.move(seconds=1)
    assert await patient.completed() == [
        {
            "start": "2026-07-14T12:00:00+00:00",
            "end": "2026-07-14T12:30:00+00:00",
            "delta": "-2.40",
            "meta": {"source": None, "location": "AT_HOME"},
        }
    ]
    clock.move(hours=1)
    assert [(row["start"][11:16], row["delta"]) for row in await patient.completed()] == [
        ("13:00", "-1.20"),
        ("12:30", "-3.60"),
        ("12:00", "-2.40"),
    ]
    clock.move(hours=24)
    assert await patient.completed() == []


@pytest.mark.parametrize("how", ["unplug", "off", "suspend"])
async def test_a_plan_without_charging_leaves_no_completed_row(patient: Client, clock: Clock, how: str) -> None:
    match how:
        case "unplug":
            patient.sim.unplug()
        case "suspend":
            patient.sim.suspend()
        case _:
            patient.sim.set_charging("off")
    patient.sim.add_slot(0, 30)
    clock.move(minutes=15)
    assert len(await patient.rows()) == 1
    clock.move(hours=2)
    assert await patient.completed() == []


async def test_charging_that_begins_late_counts_from_then_and_only_under_a_dispatch(
    patient: Client, clock: Clock
) -> None:
    patient.sim.set_charging("off")
    patient.sim.add_slot(0, 60)
    clock.move(minutes=40)
    patient.sim.set_charging("on")
    clock.move(hours=2)
    assert [(row["start"][11:16], row["delta"]) for row in await patient.completed()] == [("12:30", "-2.40")]
    assert patient.sim.world.device().charged_kwh == pytest.approx(7.2 * 2)


async def test_completed_rows_can_be_written_and_relabelled_and_mix_cars(patient: Client, clock: Clock) -> None:
    sim = patient.sim
    sim.add_device("second")
    sim.add_slot(0, 30)
    sim.add_slot(0, 30, device="second")
    sim.add_completed(-90, -60, energy=1.59, source="unknown", location=None)
    sim.add_completed(-60, -30, shown_from=20)
    assert [row["start"][11:16] for row in await patient.completed()] == ["10:30"]
    clock.move(hours=1)
    assert [row["start"][11:16] for row in await patient.completed()] == ["12:00", "12:00", "11:00", "10:30"]
    sim.relabel_completed("AWAY")
    assert {row["meta"]["location"] for row in await patient.completed()} == {"AWAY"}
    assert (await patient.completed())[-1]["meta"]["source"] == "unknown"


async def test_two_devices_in_one_request(client: Client) -> None:
    client.sim.add_device("charger", kind="charge_point")
    client.sim.add_slot(10, 20)
    client.sim.add_slot(30, 40, device="charger")
    ids = {key: client.sim.world.device(label).id for key, label in (("a", "car"), ("b", "charger"))}
    reply = await client.ask(CAR_AND_CHARGER, a=ids["a"], b=ids["b"])
    assert reply.body["data"] == {"a": [{"start": "2026-07-14T12:10:00Z"}], "b": [{"start": "2026-07-14T12:30:00Z"}]}
    assert client.sim.counters.polls == 1
    assert client.sim.counters.plans == 2


TWO_OPERATIONS = """
query Starts($d: String!) { flexPlannedDispatches(deviceId: $d) { start } }
query Ends($d: String!) { flexPlannedDispatches(deviceId: $d) { end } }
"""


async def test_what_is_found_again_is_answered_alike_and_what_is_bent_is_not_kept(client: Client) -> None:
    client.sim.add_slot(10, 40, name="plain")
    plain = await client.rows()
    assert await client.rows() == plain
    client.sim.add_slot(10, 40, name="bent", replace={"start": 17})
    client.sim.withdraw("plain")
    assert [row["start"] for row in await client.rows()] == [17]
    client.sim.add_slot(10, 40)
    client.sim.withdraw("bent")
    assert await client.rows() == plain


async def test_each_operation_of_a_document_has_its_own_answer(client: Client) -> None:
    client.sim.add_slot(10, 40)
    for name, key in (("Starts", "start"), ("Ends", "end"), ("Starts", "start")):
        request = {
            "query": TWO_OPERATIONS,
            "operationName": name,
            "variables": {"d": client.sim.world.device(None).id},
        }
        reply = await client.raw(json=request, headers={"Authorization": client.header})
        assert [list(row) for row in reply.body["data"]["flexPlannedDispatches"]] == [[key]]


async def test_the_old_plan_query_is_disabled(client: Client) -> None:
    query = "query Old($a: String!) { plannedDispatches(accountNumber: $a) { start } }"
    assert (await client.ask(query, a=client.sim.account_number)).codes == ["KT-CT-1113"]


async def test_the_account_lists_export_first_with_no_tariff(client: Client) -> None:
    account = (await client.ask(ACCOUNT, a=client.sim.account_number)).body["data"]["account"]
    exports, imports = account["electricityAgreements"]
    assert (exports["meterPoint"]["direction"], exports["tariff"]) == ("EXPORT", None)
    assert imports["tariff"] == {
        "__typename": "HalfHourlyTariff",
        "productCode": WHOLE_SLOT_PRODUCT,
        "displayName": "Intelligent Octopus Go",
    }
    assert [row["tariff"]["productCode"] for row in imports["meterPoint"]["agreements"]] == [
        "VAR-22-11-01",
        WHOLE_SLOT_PRODUCT,
    ]


async def test_a_migration_happens_when_it_is_dated(client: Client, clock: Clock) -> None:
    async def products() -> list[str]:
        account = (await client.ask(ACCOUNT, a=client.sim.account_number)).body["data"]["account"]
        return [row["tariff"]["productCode"] for row in account["electricityAgreements"] if row["tariff"]]

    client.sim.migrate(CHARGE_CAP_PRODUCT, at=30)
    assert await products() == [WHOLE_SLOT_PRODUCT]
    clock.move(minutes=30)
    assert await products() == [CHARGE_CAP_PRODUCT]


async def test_rest_shows_homes_left_behind_and_mixed_offsets(
    client: Client, clock: Clock, sim: OctopusSimulator
) -> None:
    sim.world.account().properties.insert(0, former_home(NOON - timedelta(days=100)))
    sim.migrate(CHARGE_CAP_PRODUCT, at=24 * 60)
    headers = {"Authorization": aiohttp.encode_basic_auth(sim.api_key, "")}
    left, home = (await client.get(f"/v1/accounts/{sim.account_number}/", headers)).body["properties"]
    assert left["moved_out_at"]
    assert home["moved_out_at"] is None
    exports, imports = home["electricity_meter_points"]
    assert (exports["is_export"], imports["is_export"]) == (True, False)
    assert imports["agreements"][1:] == [
        {
            "tariff_code": f"E-1R-{WHOLE_SLOT_PRODUCT}-H",
            "valid_from": "2024-11-01T00:00:00+00:00",
            "valid_to": "2026-07-15T12:00:00Z",
        },
        {"tariff_code": f"E-1R-{CHARGE_CAP_PRODUCT}-H", "valid_from": "2026-07-15T13:00:00+01:00", "valid_to": None},
    ]


async def test_products_have_four_rates_where_the_charge_is_capped(stranger: Client) -> None:
    capped = (await stranger.get(f"/v1/products/{CHARGE_CAP_PRODUCT}/")).body
    plain = (await stranger.get(f"/v1/products/{WHOLE_SLOT_PRODUCT}/")).body
    assert capped["four_rate_ev_electricity_tariffs"]["_H"]["direct_debit_monthly"]["night_unit_rate_inc_vat"] > 0
    assert capped["single_register_electricity_tariffs"] == {}
    assert plain["four_rate_ev_electricity_tariffs"] == {}
    assert plain["single_register_electricity_tariffs"]
    assert (await stranger.get("/v1/products/NO-SUCH-PRODUCT/")).status == 404


async def test_rates(stranger: Client) -> None:
    async def rates(product: str, kind: str) -> list[dict[str, str | None]]:
        path = f"/v1/products/{product}/electricity-tariffs/E-1R-{product}-H/{kind}-unit-rates/"
        found: list[dict[str, str | None]] = (await stranger.get(path)).body["results"]
        return found

    assert await rates(CHARGE_CAP_PRODUCT, "standard") == []
    assert [row["valid_to"] for row in await rates(CHARGE_CAP_PRODUCT, "night")] == [None]
    nightly = await rates(WHOLE_SLOT_PRODUCT, "standard")
    assert ("2026-07-14T22:30:00Z", "2026-07-15T04:30:00Z") in [(row["valid_from"], row["valid_to"]) for row in nightly]
    assert len({row["value_inc_vat"] for row in nightly}) == 2
    assert len(await rates("VAR-22-11-01", "standard")) == 1


async def test_one_key_can_open_several_accounts(clock: Clock, socket_enabled: None) -> None:
    world = World([User("1", {"sk_live_a", "sk_live_b"}, [home_account("A-11111111"), home_account("A-22222222")])])
    async with OctopusSimulator(world, now=clock) as sim, aiohttp.ClientSession() as session:
        client = Client(sim, session)
        await client.mint(APIKey="sk_live_b")
        reply = await client.ask("{ viewer { accounts { number } } }")
        assert [account["number"] for account in reply.body["data"]["viewer"]["accounts"]] == [
            "A-11111111",
            "A-22222222",
        ]


async def test_the_date_header_can_be_skewed(client: Client) -> None:
    assert (await client.plan()).headers["Date"] == "Tue, 14 Jul 2026 12:00:00 GMT"
    client.sim.set_clock_skew(-150)
    assert (await client.plan()).headers["Date"] == "Tue, 14 Jul 2026 11:57:30 GMT"
    client.sim.set_clock_skew(3600)
    reply = await client.plan()
    assert reply.headers["Date"] == "Tue, 14 Jul 2026 13:00:00 GMT"
    assert reply.codes == ["KT-CT-1124"]


async def test_it_follows_a_frozen_clock(freezer: FrozenDateTimeFactory, socket_enabled: None) -> None:
    freezer.move_to("2026-10-25T00:30:00+00:00")
    async with OctopusSimulator() as sim, aiohttp.ClientSession() as session:
        client = Client(sim, session)
        await client.mint()
        sim.add_slot(10, 40)
        freezer.tick(timedelta(minutes=39))
        assert len(await client.rows()) == 1
        freezer.tick(timedelta(minutes=1))
        reply = await client.plan()
        assert reply.body["data"]["flexPlannedDispatches"] == []
        assert reply.headers["Date"] == "Sun, 25 Oct 2026 01:10:00 GMT"
        freezer.move_to("2026-10-25T00:00:00+00:00")
        assert (await client.plan()).status == 200


async def test_the_log_tells_what_was_asked_and_keeps_no_secret(client: Client) -> None:
    await client.mint()
    await client.ask(COMPLETED, a=client.sim.account_number)
    await client.ask("{ nonsense }")
    await client.get(f"/v1/products/{CHARGE_CAP_PRODUCT}/")
    minted, completed, refused, product = client.sim.requests
    assert (minted.operations, minted.fields) == (("Mint",), ("obtainKrakenToken",))
    assert (completed.at, completed.operations, completed.fields) == (NOON, ("Completed",), ("completedDispatches",))
    assert completed.complexity == 7
    assert completed.size > 0
    assert (refused.status, refused.errors) == (400, ("invalid",))
    assert product.fields == ("rest:product",)
    counters = client.sim.counters
    assert (counters.requests, counters.mints, counters.rest, counters.errors) == (4, 1, 1, 1)
    logged = "".join(map(repr, client.sim.requests)) + "".join(map(str, client.sim.requests))
    assert client.sim.api_key not in logged
    assert str(client.header) not in logged
    assert MINT not in logged
    client.sim.reset_log()
    assert client.sim.requests == []
    assert client.sim.counters.requests == 0


async def test_smart_charging_goes_on_after_a_pause(patient: Client, clock: Clock) -> None:
    patient.sim.suspend()
    patient.sim.unplug()
    patient.sim.add_slot(0, 60)
    clock.move(minutes=30)
    patient.sim.resume()
    patient.sim.plug()
    clock.move(hours=2)
    assert [row["start"][11:16] for row in await patient.completed()] == ["12:30"]


async def test_the_simulated_time_is_utc(client: Client) -> None:
    slot = client.sim.add_slot("2026-07-14T14:00:00+01:00", NOON + timedelta(hours=2))
    assert slot.start == datetime(2026, 7, 14, 13, tzinfo=UTC)
    with pytest.raises(ValueError, match="no time zone"):
        client.sim.add_slot("2026-07-14T14:00:00", 90)


async def test_a_raw_plus_sign_in_a_time_is_refused(stranger: Client) -> None:
    """It reads as a blank, as in any query; encoded, or with a Z, the time is understood."""
    path = f"/v1/products/{WHOLE_SLOT_PRODUCT}/electricity-tariffs/E-1R-{WHOLE_SLOT_PRODUCT}-H/standard-unit-rates/"
    assert (await stranger.get(f"{path}?period_from=2026-07-14T00:00:00+01:00")).status == 400
    assert (await stranger.get(f"{path}?period_from=2026-07-14T00:00:00%2B01:00")).status == 200
    assert (await stranger.get(f"{path}?period_from=2026-07-13T23:00:00Z&page_size=2&page=2")).body["previous"]
