"""A guard that only keeps the charge, as the first release proposed it, and what the owner is told of it."""

from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.octopus_powerwall.const import DOMAIN
from tests.simulators.octopus import CHARGE_CAP_PRODUCT, WHOLE_SLOT_PRODUCT

from .house import House

pytestmark = pytest.mark.freeze_time("2026-11-18 12:00:00+00:00")

FLUX = "INTELLI-FLUX-IMPORT-23-07-14"


def is_advised(house: House) -> bool:
    """Whether the repair is shown."""
    return ir.async_get(house.hass).async_get_issue(DOMAIN, f"guard_advice_{house.entry.entry_id}") is not None


@pytest.mark.parametrize("product", [WHOLE_SLOT_PRODUCT, CHARGE_CAP_PRODUCT, "GO-VAR-22-10-14"])
async def test_nothing_fills_the_battery_at_night(house: House, product: str) -> None:
    """In Self-Powered mode the owner is told; once another mode is chosen it goes away by itself."""
    house.octopus.set_product(product)
    await house.move_in(night_guard="preserve_charge")
    assert is_advised(house)
    house.tesla.site.set_in_app(mode="autonomous")
    await house.wait(minutes=6)
    assert not is_advised(house)


@pytest.mark.parametrize(
    "options",
    [
        {"night_guard": "charge_up"},
        {"night_guard": "off"},
        {},
        {"night_guard": "preserve_charge", "guard_advice_declined": True},
    ],
)
async def test_nothing_to_tell(house: House, options: dict[str, str | bool]) -> None:
    """Another guard is fine, and who wants it so is not asked again."""
    await house.move_in(**options)
    await house.wait(minutes=6)
    assert not is_advised(house)


async def test_a_battery_of_somebody_else(house: House) -> None:
    """Where nothing is done at all there is nothing to advise."""
    house.octopus.set_product(FLUX)
    await house.move_in(night_guard="preserve_charge")
    await house.wait(minutes=6)
    assert not is_advised(house)
