"""The shared values: what they work out by themselves."""

import pytest

from custom_components.octopus_powerwall.domain.model import Account, Agreement, Device, Home

from .story import LEGACY, at


def read_of(*rates: bool | None, code: str = LEGACY) -> Account:
    return Account(at("12:00"), tuple(Agreement(code, at("00:00"), four_rate=rate) for rate in rates))


@pytest.mark.parametrize(
    ("read", "earlier", "expect"),
    [
        (read_of(None), read_of(True), True),
        (read_of(None), read_of(False), False),
        (read_of(None), read_of(True, None), True),
        (read_of(None), read_of(True, code="INTELLI-FIX-12M-25-04-10"), None),
        (read_of(None), None, None),
        (read_of(False), read_of(True), False),
        (read_of(True), read_of(False), True),
    ],
)
def test_rates_that_could_not_be_asked_for_are_those_known(
    read: Account, earlier: Account | None, expect: bool | None
) -> None:
    known = read.with_known_from(earlier)
    assert [agreement.four_rate for agreement in known.agreements] == [expect]
    assert known.with_known_from(earlier) is known


# --- homes that could not be asked for this time --------------------------------------------------------------------

HERE, THERE = Home("1", "1 Example Street"), Home("2", "2 Example Lane")
BEGUN = at("2024-01-01T00:00")


def agreement(home: str | None = None, *, until: str | None = None, code: str = LEGACY) -> Agreement:
    return Agreement(code, BEGUN, at(until) if until else None, property_id=home)


def of(*agreements: Agreement, homes: tuple[Home, ...] = (), unread: bool = False) -> Account:
    return Account(at("12:00"), agreements, homes=homes, homes_unread=unread)


@pytest.mark.parametrize(
    ("read", "earlier", "expect"),
    [
        pytest.param(
            of(agreement(), unread=True),
            of(agreement("1"), agreement("2"), homes=(HERE, THERE)),
            of(agreement("1"), agreement("2"), homes=(HERE, THERE)),
            id="one contract in two homes",
        ),
        pytest.param(
            of(agreement(), unread=True),
            of(agreement("1", until="2026-06-01T00:00"), homes=(THERE,)),
            of(agreement("1", until="2026-06-01T00:00"), homes=(THERE,)),
            id="a home that was left",
        ),
        pytest.param(
            of(agreement(until="2026-05-01T00:00"), unread=True),
            of(agreement("1", until="2026-06-01T00:00"), homes=(THERE,)),
            of(agreement("1", until="2026-05-01T00:00"), homes=(THERE,)),
            id="ended sooner",
        ),
        pytest.param(
            of(agreement(), agreement(code="VAR-22-11-01"), unread=True),
            of(agreement("1"), homes=(HERE,)),
            of(agreement("1"), agreement(code="VAR-22-11-01"), homes=(HERE,)),
            id="a new contract",
        ),
        pytest.param(of(agreement(), unread=True), of(agreement()), of(agreement(), unread=True), id="none known"),
        pytest.param(of(agreement(), unread=True), None, of(agreement(), unread=True), id="never read before"),
        pytest.param(of(agreement()), of(agreement("1"), homes=(HERE,)), of(agreement()), id="asked for and one"),
    ],
)
def test_homes_that_could_not_be_asked_for_are_those_known(
    read: Account, earlier: Account | None, expect: Account
) -> None:
    assert read.with_known_from(earlier) == expect


def test_addresses_are_not_kept_on_disk() -> None:
    kept = of(agreement("1"), homes=(HERE, THERE)).without_addresses()
    assert [(home.property_id, home.address) for home in kept.homes] == [("1", None), ("2", None)]
    assert "Example" not in repr(of(homes=(HERE,)))


@pytest.mark.parametrize(
    ("device", "home", "expect"),
    [
        (Device("a", is_charger=True), "1", True),
        (Device("a", is_charger=True, property_id="1"), "1", True),
        (Device("a", is_charger=True, property_id="1"), None, True),
        (Device("a", is_charger=True, property_id="2"), "1", False),
    ],
)
def test_whose_a_device_is(device: Device, home: str | None, *, expect: bool) -> None:
    assert device.is_at(home) is expect
    assert agreement(device.property_id).is_at(home) is expect
