"""The account: agreements, homes that were left, charge caps."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.octopus_powerwall.domain.model import Agreement
from custom_components.octopus_powerwall.octopus import (
    OctopusAccountNotFoundError,
    OctopusClient,
    OctopusError,
    OctopusRateLimitedError,
    OctopusResponseError,
    OctopusUnavailableError,
)

from .server import (
    ACCOUNT,
    FIREWALL_PAGE,
    Clock,
    Handler,
    OctopusServer,
    agreement,
    fault,
    faults,
    json_answer,
    meter_point,
    text_answer,
)

IOG = "INTELLI-VAR-22-10-14"
FOUR_RATES: dict[str, Any] = {"four_rate_ev_electricity_tariffs": {"_H": {"direct_debit_monthly": {}}}}


async def four_rates(client: OctopusClient) -> dict[str, bool | None]:
    return {found.product_code: found.four_rate for found in (await client.async_account()).agreements}


async def test_an_account(client: OctopusClient, octopus: OctopusServer, clock: Clock) -> None:
    octopus.account["current"].append(meter_point(None, agreement("OUTGOING-VAR-24-10-26"), direction="EXPORT"))
    octopus.account["every"] = [None, agreement("OUTGOING-VAR-24-10-26") | {"meterPoint": {"direction": "EXPORT"}}]
    octopus.account["current"].append(meter_point(None))
    account = await client.async_account()
    assert account.read_at == clock.at
    assert account.agreements == (
        Agreement(IOG, datetime(2024, 1, 1, tzinfo=UTC), None, "Name of INTELLI-VAR-22-10-14", four_rate=False),
    )
    assert account.skipped == 1
    assert octopus.last("account").variables == {"account": ACCOUNT}
    assert octopus.kinds == ["token", "account", "product"]


async def test_no_account(client: OctopusClient, octopus: OctopusServer) -> None:
    octopus.account = None
    with pytest.raises(OctopusAccountNotFoundError):
        await client.async_account()
    assert octopus.kinds.count("token") == 1


@pytest.mark.parametrize("path", [None, "account"])
async def test_an_account_of_somebody_else_is_told_by_a_fresh_token(
    client: OctopusClient, octopus: OctopusServer, path: str | None
) -> None:
    octopus.answer("account", *[faults("KT-CT-1111", path=path)] * 3)
    for _ in range(2):
        with pytest.raises(OctopusAccountNotFoundError) as caught:
            await client.async_account()
        assert caught.value.error_code == "KT-CT-1111"
    assert octopus.kinds == ["token", "account", "token", "account", "account"]


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (faults("KT-CT-1145", path="account"), OctopusAccountNotFoundError, "KT-CT-1145"),
        (faults("KT-CT-7899"), OctopusUnavailableError, "KT-CT-7899"),
        (faults("KT-CT-1188"), OctopusResponseError, "KT-CT-1188"),
        (json_answer({"data": {"account": []}}), OctopusResponseError, None),
        (json_answer({"data": {"account": {"current": None, "every": 7}}}), OctopusResponseError, None),
        (json_answer({"data": {"account": None}, "errors": [{}]}), OctopusResponseError, None),
        (text_answer("", 500), OctopusUnavailableError, None),
    ],
)
async def test_an_account_that_cannot_be_read_is_not_an_empty_one(
    client: OctopusClient, octopus: OctopusServer, answer: Handler, error: type[OctopusError], code: str | None
) -> None:
    octopus.answer("account", answer)
    with pytest.raises(OctopusError) as caught:
        await client.async_account()
    assert type(caught.value) is error
    assert caught.value.error_code == code


async def test_half_an_account_is_better_than_none(client: OctopusClient, octopus: OctopusServer) -> None:
    octopus.account["every"] = None
    octopus.errors["account"] = [fault("KT-CT-7899", "account", "every")]
    assert await four_rates(client) == {IOG: False}


async def test_a_product_is_asked_once_for_its_rates(client: OctopusClient, octopus: OctopusServer) -> None:
    octopus.products[IOG] = FOUR_RATES
    for _ in range(3):
        assert await four_rates(client) == {IOG: True}
    assert octopus.kinds.count("product") == 1
    assert octopus.last("product").path == f"/v1/products/{IOG}/"


async def test_a_product_of_an_unknown_code_may_have_a_charge_cap(
    client: OctopusClient, octopus: OctopusServer
) -> None:
    """Octopus may name a product as it likes: the four rates are what makes it one with a charge cap (design 2)."""
    code = "SMART-CAR-VAR-27-01-01"
    octopus.account["current"] = [meter_point(agreement(code))]
    octopus.products[code] = FOUR_RATES
    assert await four_rates(client) == {code: True}


@pytest.mark.parametrize(
    "failure", [text_answer("", 503), text_answer("<html>", 404), json_answer({}, 403), json_answer([])]
)
async def test_a_product_that_cannot_be_read_is_not_known_and_asked_again_next_time(
    client: OctopusClient, octopus: OctopusServer, failure: Handler
) -> None:
    octopus.products[IOG] = FOUR_RATES
    octopus.answer("product", failure)
    assert await four_rates(client) == {IOG: None}
    assert await four_rates(client) == {IOG: True}


@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        ([agreement("GO-VAR-22-10-14")], 0),
        ([agreement("SMART-CAR-VAR-27-01-01")], 1),
        ([agreement(f"UNKNOWN-{number}") for number in range(9)], 4),
        ([agreement("INTELLI-FLUX-IMPORT-23-07-14")], 0),
        ([agreement("IOG-SMB-VAR-24-10-29")], 0),
        ([agreement(IOG, "2022-01-01T00:00:00Z", "2024-01-01T00:00:00Z")], 0),
        ([agreement(IOG, "2022-01-01T00:00:00Z", "2026-12-01T00:00:00Z")], 1),
        ([agreement(IOG, "2027-01-01T00:00:00Z")], 1),
        ([agreement(f"INTELLI-VAR-{number}") for number in range(9)], 4),
    ],
)
async def test_only_products_that_matter_are_looked_up(
    client: OctopusClient, octopus: OctopusServer, rows: list[Any], asked: int
) -> None:
    octopus.account["current"] = [meter_point(*rows)]
    assert len(await four_rates(client)) == len(rows)
    assert octopus.kinds.count("product") == asked


def two_homes(octopus: OctopusServer) -> None:
    octopus.account["current"] = [
        meter_point(agreement("VAR-22-11-01", "2026-01-01T00:00:00Z")),
        meter_point(agreement(IOG, "2025-01-01T00:00:00Z")),
    ]
    row = {"tariff_code": "E-1R-VAR-22-11-01-H", "valid_from": "2026-01-01T00:00:00Z"}
    points = [{"is_export": False, "agreements": [row]}]
    octopus.properties = [{"moved_out_at": "2026-06-01T00:00:00Z", "electricity_meter_points": points}]


async def test_of_two_homes_the_one_that_was_left_does_not_count(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    two_homes(octopus)
    account = await client.async_account()
    now = account.agreement_at(clock.at)
    assert now is not None
    assert now.product_code == IOG
    assert account.homes == ()
    assert octopus.last("rest_account").path == f"/v1/accounts/{ACCOUNT}/"


@pytest.mark.parametrize("failure", [text_answer("<html>", 404), json_answer({"detail": "Invalid API key."}, 401)])
async def test_where_rest_fails_all_homes_count(
    client: OctopusClient, octopus: OctopusServer, failure: Handler
) -> None:
    two_homes(octopus)
    octopus.answer("rest_account", failure)
    assert list(await four_rates(client)) == [IOG, "VAR-22-11-01"]


@pytest.mark.parametrize("limit", [text_answer("", 429), text_answer(FIREWALL_PAGE, 403)])
@pytest.mark.parametrize("request_kind", ["rest_account", "product"])
async def test_a_limit_met_by_rest_is_a_limit(
    client: OctopusClient, octopus: OctopusServer, request_kind: str, limit: Handler
) -> None:
    """Whoever asks backs off and keeps the account that he has, instead of asking the next product (design 6)."""
    two_homes(octopus)
    octopus.answer(request_kind, limit)
    with pytest.raises(OctopusRateLimitedError):
        await client.async_account()
    assert octopus.kinds[-1] == request_kind
    assert IOG in await four_rates(client)


async def test_one_home_needs_no_rest(client: OctopusClient, octopus: OctopusServer) -> None:
    octopus.account["current"].append(
        meter_point(agreement("VAR-22-11-01", "2020-01-01T00:00:00Z", "2024-01-01T00:00:00Z"))
    )
    await client.async_account()
    assert "rest_account" not in octopus.kinds
