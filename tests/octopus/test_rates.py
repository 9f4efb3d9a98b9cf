"""Contracts and unit rates: as the simulated Octopus gives them, and from answers that nobody vouches for."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import aiohttp
import pytest

from custom_components.octopus_powerwall.domain.price.rates import Contract, TariffRates, UnitRate
from custom_components.octopus_powerwall.octopus.client import OctopusClient
from custom_components.octopus_powerwall.octopus.errors import OctopusRateLimitedError, OctopusUnavailableError
from custom_components.octopus_powerwall.octopus.rates import (
    RatesReader,
    read_contracts,
    read_four_rates,
    read_unit_rates,
)
from tests.simulators.octopus import REST_ACCOUNT, REST_RATES, OctopusSimulator

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
SINCE = datetime(2026, 7, 6, tzinfo=UTC)


@pytest.fixture
async def sim(socket_enabled: None) -> AsyncGenerator[OctopusSimulator]:
    """Octopus at noon."""
    async with OctopusSimulator(now=lambda: NOON) as simulator:
        yield simulator


@pytest.fixture
async def reader(sim: OctopusSimulator) -> AsyncGenerator[RatesReader]:
    """What reads its rates."""
    async with aiohttp.ClientSession() as session:
        client = OctopusClient(
            session, sim.api_key, sim.account_number, base_url=sim.url, now=lambda: NOON, user_agent="test/1"
        )
        yield client.rates


def contract(product: str, region: str = "H", registers: int = 1, *, is_export: bool = False) -> Contract:
    """A contract that is in force."""
    return Contract(product, f"E-{registers}R-{product}-{region}", SINCE, None, is_export)


def at(clock: str) -> datetime:
    """A time on the eighteenth of November, when London's clocks show UTC."""
    return datetime.fromisoformat(f"2026-11-18T{clock}").replace(tzinfo=UTC)


async def read(reader: RatesReader, wanted: Contract) -> TariffRates:
    """The rates of a contract, which there must be."""
    rates = await reader.async_rates(wanted)
    assert rates is not None
    return rates


async def test_contracts_say_what_is_bought_and_sold(reader: RatesReader) -> None:
    found = await reader.async_contracts()
    assert [(row.tariff_code, row.is_export, row.region) for row in found if row.valid_at(NOON)] == [
        ("E-1R-OUTGOING-VAR-24-10-26-H", True, "H"),
        ("E-1R-INTELLI-VAR-24-10-29-H", False, "H"),
    ]
    assert "1234567" not in repr(found)


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        ("INTELLI-VAR-24-10-29", {"12:00": 0.29, "23:29": 0.29, "23:30": 0.07, "05:29": 0.07, "05:30": 0.29}),
        ("IOG-SMB-VAR-24-10-29", {"12:00": 0.3077, "23:30": 0.0523, "05:30": 0.3077}),
        ("GO-VAR-22-10-14", {"00:29": 0.28, "00:30": 0.085, "05:30": 0.28}),
        ("COSY-22-12-08", {"03:59": 0.27, "04:00": 0.13, "14:00": 0.13, "16:00": 0.40, "19:00": 0.27, "22:00": 0.13}),
        ("FLUX-IMPORT-23-02-14", {"02:00": 0.16, "16:30": 0.38, "12:00": 0.27}),
        ("VAR-22-11-01", {"03:00": 0.245, "12:00": 0.245}),
        ("OE-FIX-12M-26-06-01", {"12:00": 0.23}),
    ],
)
async def test_import_rates(reader: RatesReader, product: str, expected: dict[str, float]) -> None:
    """Bands by time, open records, four rates without hours, and Direct Debit where the two ways of paying differ."""
    rates = await read(reader, contract(product))
    assert {clock: pytest.approx(rates.rate_at(at(clock))) for clock in expected} == expected


async def test_a_slot_costs_what_the_night_does(reader: RatesReader) -> None:
    for product, night in (("INTELLI-VAR-24-10-29", 0.07), ("IOG-SMB-VAR-24-10-29", 0.0523)):
        assert (await read(reader, contract(product))).cheap_rate_at(at("14:00")) == pytest.approx(night)


async def test_rates_are_those_of_the_region(reader: RatesReader) -> None:
    for product, here in (("INTELLI-VAR-24-10-29", 0.29), ("IOG-SMB-VAR-24-10-29", 0.3077)):
        assert (await read(reader, contract(product, "A"))).rate_at(NOON) == pytest.approx(here * 1.1)


async def test_two_registers_have_hours_of_their_own(reader: RatesReader) -> None:
    rates = await read(reader, contract("VAR-22-11-01", registers=2))
    assert [rates.rate_at(at(clock)) for clock in ("00:15", "01:00", "07:29", "08:00")] == [0.28, 0.14, 0.14, 0.28]
    assert rates.ends_at is None


async def test_export_rates(reader: RatesReader) -> None:
    outgoing = await read(reader, contract("OUTGOING-VAR-24-10-26", is_export=True))
    agile = await read(reader, contract("AGILE-OUTGOING-19-05-13", is_export=True))
    assert outgoing.rate_at(NOON) == pytest.approx(0.12)
    assert outgoing.by_time[-1].end is None
    assert agile.rate_at(at("12:00")) != agile.rate_at(at("18:00"))
    # Tomorrow's are not out before four in the afternoon.
    assert agile.ends_at == at("23:00")


async def test_pages_are_asked_for_one_by_one(sim: OctopusSimulator, reader: RatesReader) -> None:
    """Agile over four days in pages of a hundred; Octopus' own link to the next page is not followed."""
    rates = await read(reader, contract("AGILE-24-10-01"))
    assert len(rates.by_time) == len({rate.start for rate in rates.by_time}) == 118
    asked = [request for request in sim.requests if request.fields == (REST_RATES,)]
    assert [request.status for request in asked] == [200]


async def test_more_pages_than_one(sim: OctopusSimulator, reader: RatesReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.octopus_powerwall.octopus.rates._PAGE_SIZE", 50)
    rates = await read(reader, contract("AGILE-24-10-01"))
    assert len(rates.by_time) == 118
    assert len([request for request in sim.requests if request.fields == (REST_RATES,)]) == 3


async def test_what_is_not_published_is_not_known(sim: OctopusSimulator, reader: RatesReader) -> None:
    sim.world.rate_card.silent |= {"IOG-SMB-VAR-24-10-29", "OUTGOING-VAR-24-10-26"}
    assert await reader.async_rates(contract("IOG-SMB-VAR-24-10-29")) is None
    assert await reader.async_rates(contract("OUTGOING-VAR-24-10-26", is_export=True)) is None
    assert await reader.async_rates(contract("NO-SUCH-PRODUCT")) is None
    assert await reader.async_rates(contract("VAR-22-11-01", "Z")) is None


async def test_faults(sim: OctopusSimulator, reader: RatesReader) -> None:
    sim.fail("http_429", fields=[REST_RATES])
    with pytest.raises(OctopusRateLimitedError):
        await reader.async_rates(contract("INTELLI-VAR-24-10-29"))
    sim.fail("http_503", fields=[REST_ACCOUNT])
    with pytest.raises(OctopusUnavailableError):
        await reader.async_contracts()


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"value_inc_vat": "dear", "valid_from": "2026-11-18T00:00:00Z", "valid_to": None},
        {"value_inc_vat": 1e9, "valid_from": "2026-11-18T00:00:00Z", "valid_to": None},
        {"value_inc_vat": 7, "valid_from": None, "valid_to": None},
        {"value_inc_vat": 7, "valid_from": "2026-11-18T00:00:00Z", "valid_to": "soon"},
        {"value_inc_vat": 7, "valid_from": "2026-11-18T00:00:00Z", "valid_to": "2026-11-18T00:00:00Z"},
        {
            "value_inc_vat": 7,
            "valid_from": "2026-11-18T00:00:00Z",
            "valid_to": None,
            "payment_method": "NON_DIRECT_DEBIT",
        },
    ],
)
def test_odd_records_are_left_out(row: dict[str, object]) -> None:
    good = {"value_inc_vat": "7.5", "valid_from": "2026-11-18T00:00:00Z", "valid_to": None, "payment_method": None}
    answer = {"results": [row, good, 7, None]}
    assert list(read_unit_rates(answer)) == [UnitRate(at("00:00"), None, 0.075)]  # type: ignore[arg-type]


def test_a_list_that_is_none_holds_nothing() -> None:
    assert list(read_unit_rates({"results": "none"})) == []
    assert read_four_rates({"four_rate_ev_electricity_tariffs": []}, "H") is None
    assert list(read_contracts({"properties": None})) == []


def test_four_rates_of_those_who_pay_otherwise() -> None:
    rates = {"day_unit_rate_inc_vat": 30, "night_unit_rate_inc_vat": 5}
    product = {"four_rate_ev_electricity_tariffs": {"_H": {"varying": rates}, "_A": {}}}
    assert read_four_rates(product, "H") == (0.3, 0.05)  # type: ignore[arg-type]
    assert read_four_rates(product, "A") is None  # type: ignore[arg-type]


def test_contracts_end_when_the_owner_moves_out() -> None:
    def row(code: str, start: str, end: str | None) -> dict[str, object]:
        return {"tariff_code": code, "valid_from": start, "valid_to": end}

    point = {
        "agreements": [
            row("E-1R-GO-VAR-22-10-14-C", "2024-01-01T00:00:00Z", None),
            row("E-1R-GO-VAR-22-10-14-C", "2026-06-01T00:00:00Z", None),
            row("E-1R-FLUX-EXPORT-23-02-14-C", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
            row("E-1R-GO-VAR-22-10-14", "2024-01-01T00:00:00Z", None),
            row("E-1R-GO-VAR-22-10-14-C", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
            row("E-1R-GO-VAR-22-10-14-C", "2024-01-01T00:00:00Z", "some day"),
        ]
    }
    account = {"properties": [{"id": 7, "moved_out_at": "2026-05-01T00:00:00Z", "electricity_meter_points": [point]}]}
    found = list(read_contracts(account))  # type: ignore[arg-type]
    assert [(row.product_code, row.valid_to and row.valid_to.year, row.is_export) for row in found] == [
        ("GO-VAR-22-10-14", 2026, False),
        # An export product is one for export, whatever the meter point says of itself.
        ("FLUX-EXPORT-23-02-14", 2025, True),
    ]
