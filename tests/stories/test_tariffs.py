"""What is done on each tariff: slots, the guard in fixed windows, nothing, or hands off for good (design 2 and 5.9)."""

from typing import Any

from homeassistant.exceptions import ServiceValidationError
import pytest

from .house import House

pytestmark = pytest.mark.usefixtures("seldom_looked_at", "seldom_polled")

WINTER_NIGHT, WINTER_DAY = "2026-11-18 21:50:00+00:00", "2026-11-18 12:50:00+00:00"
SUMMER_NIGHT, SUMMER_DAY = "2026-07-15 20:50:00+00:00", "2026-07-15 11:50:00+00:00"
SPRING_NIGHT, AUTUMN_NIGHT = "2027-03-27 21:50:00+00:00", "2026-10-24 20:50:00+00:00"

type Told = list[tuple[str, int]]


def windows(*spans: tuple[str, str]) -> Told:
    """Charging up in each of these windows, to the second."""
    return [told for start, end in spans for told in ((f"{start}:00", 100), (f"{end}:00", 20))]


NIGHT = windows(("23:30", "05:30"))
GO, SNUG, FLUX = windows(("00:30", "05:30")), windows(("00:30", "06:30")), windows(("02:00", "05:00"))
COSY_NIGHT, COSY_DAY = windows(("22:00", "00:00"), ("04:00", "07:00")), windows(("13:00", "16:00"))


def on(now: str, product: str, told: Told) -> Any:
    """A tariff, and what its guard tells the Powerwall in the hours after an instant."""
    return pytest.param(product, told, marks=pytest.mark.freeze_time(now), id=f"{product} {now[:13]}")


@pytest.mark.parametrize(
    ("product", "told"),
    [
        on(WINTER_NIGHT, "INTELLI-VAR-24-10-29", NIGHT),
        on(SUMMER_NIGHT, "INTELLI-VAR-24-10-29", NIGHT),
        on(SPRING_NIGHT, "INTELLI-VAR-24-10-29", NIGHT),
        on(AUTUMN_NIGHT, "INTELLI-VAR-24-10-29", NIGHT),
        on(WINTER_NIGHT, "IOG-SMB-VAR-24-10-29", NIGHT),
        on(WINTER_NIGHT, "GO-VAR-22-10-14", GO),
        on(SUMMER_NIGHT, "GO-VAR-22-10-14", GO),
        on(AUTUMN_NIGHT, "GO-FIX-12M-26-01-01", GO),
        on(WINTER_NIGHT, "COSY-22-12-08", COSY_NIGHT),
        on(SUMMER_NIGHT, "COSY-22-12-08", COSY_NIGHT),
        on(WINTER_DAY, "COSY-22-12-08", COSY_DAY),
        on(SUMMER_DAY, "AIRA-ZERO-25-01-01", COSY_DAY),
        on(WINTER_NIGHT, "FLUX-IMPORT-23-02-14", FLUX),
        on(SUMMER_NIGHT, "FLUX-IMPORT-23-02-14", FLUX),
        on(SPRING_NIGHT, "SNUG-24-11-07", SNUG),
        on(SUMMER_NIGHT, "SNUG-24-11-07", SNUG),
    ],
)
async def test_guard(house: House, product: str, told: Told) -> None:
    """The guard holds each cheap window, by London's clock; on Intelligent Octopus Go from 23:30."""
    house.octopus.set_product(product)
    await house.move_in(night_guard="charge_up")
    assert house.status == "idle"
    await (house.until("16:05") if told is COSY_DAY else house.until("07:05", days=1))
    assert house.told == told
    assert (house.reserve, house.status) == (20, "idle")


@pytest.mark.freeze_time("2026-11-18 23:20:00+00:00")
async def test_guard_that_preserves(house: House) -> None:
    """Preserving through the night keeps the level of its beginning."""
    house.tesla.site.load_kw = 0
    await house.move_in(night_guard="preserve_charge")
    await house.until("23:45")
    assert (house.status, house.reason) == ("preserving", "preserve_chosen")
    assert house.entity("cheap_rate").state == "on"
    await house.until("05:35", days=1)
    assert house.told == [("23:30:00", 63), ("05:30:00", 20)]


@pytest.mark.freeze_time("2026-11-18 23:20:00+00:00")
@pytest.mark.parametrize(
    ("slot", "told"),
    [
        # A slot at night moves nothing by itself: the guard goes on as it is.
        (("01:00", "02:00"), [("23:30:00", 63), ("05:30:00", 20)]),
        # The slot of the morning goes on from the guard, and there it is charged.
        (("05:33", "06:10"), [("23:30:00", 63), ("05:30:00", 100), ("06:10:00", 20)]),
        # A day slot that begins in the night is charged from its start: it is certain there.
        (("04:00", "06:10"), [("23:30:00", 63), ("04:00:00", 100), ("06:10:00", 20)]),
    ],
)
async def test_guard_joined_with_slots(house: House, slot: tuple[str, str], told: Told) -> None:
    """Slots and guard windows that touch are one hold; in it charge beats preserve."""
    house.tesla.site.load_kw = 0
    house.plan(*slot, days=1)
    await house.move_in(whole_half_hours="off", night_guard="preserve_charge")
    await house.until("06:15", days=1)
    assert house.told == told


@pytest.mark.freeze_time("2026-11-18 22:55:00+00:00")
async def test_guard_after_an_evening_slot(house: House) -> None:
    """A slot that reaches 23:30 holds the night by itself, with the guard inside it."""
    house.plan("23:00", "23:30")
    await house.move_in(night_guard="preserve_charge")
    await house.until("05:35", days=1)
    assert house.told == [("23:00:00", 100), ("05:30:00", 20)]


@pytest.mark.freeze_time("2026-11-18 22:55:00+00:00")
async def test_no_guard(house: House) -> None:
    """It is off unless the owner wants it."""
    house.octopus.set_product("GO-VAR-22-10-14")
    await house.move_in()
    await house.until("02:00", days=1)
    assert (house.status, house.reason) == ("idle", "no_slot")
    assert house.entity("cheap_rate").state == "on"
    assert house.writes == []


@pytest.mark.freeze_time("2026-11-18 23:50:00+00:00")
@pytest.mark.parametrize("product", ["GO-VAR-22-10-14", "COSY-22-12-08", "AGILE-24-10-01", "VAR-22-11-01"])
async def test_slots_belong_to_intelligent_go(house: House, product: str) -> None:
    """Octopus may plan what it likes for a car on another tariff: no half hour of it is cheap for the house."""
    house.octopus.set_product(product)
    house.plan("23:55", "00:25")
    await house.move_in(whole_half_hours="off")
    await house.until("00:28", days=1)
    assert house.writes == []
    assert house.entity("planned_slots").state == "0"


REFUSED = [
    ("INTELLI-FLUX-IMPORT-23-07-14", None, "Intelligent Octopus Flux"),
    ("TESLA-VAR-23-01-01", None, "Tesla tariff"),
    ("ZERO-24-01-01", None, "Octopus Zero"),
    ("ZERO-BILLS-60M-24-01-01", None, "Octopus Zero Bills (5 years)"),
    ("ZERO-BILLS-120M-24-01-01", None, "Octopus Zero Bills (10 years)"),
    ("SOMETHING-26-01-01", "Zero Bills Upgrade", "Octopus Zero Bills (Upgrade)"),
    ("SOMETHING-26-01-01", "Intelligent Octopus Flux", "Intelligent Octopus Flux"),
]


@pytest.mark.freeze_time("2026-11-18 23:20:00+00:00")
@pytest.mark.parametrize(("product", "display_name", "name"), REFUSED)
async def test_refused(house: House, product: str, display_name: str | None, name: str) -> None:
    """A battery that belongs to somebody else by its terms is never touched, whatever is planned or wished for."""
    house.octopus.set_product(product, display_name=display_name)
    house.plan("23:25", "00:25")
    await house.move_in(whole_half_hours="off", night_guard="charge_up", slot_policy="whole_slot")
    assert (house.status, house.reason, house.entity("tariff").state) == ("not_supported", "tariff", name)
    with pytest.raises(ServiceValidationError) as refusal:
        await house.act("charge_until", until=house.at("23:55"))
    assert refusal.value.translation_key == "not_supported_tariff"
    await house.until("00:30", days=1)
    assert house.writes == []


@pytest.mark.freeze_time("2026-11-18 23:20:00+00:00")
@pytest.mark.parametrize(
    ("product", "display_name", "name"),
    [
        ("AGILE-24-10-01", "Agile Octopus October 2024 v1", "Agile Octopus October 2024 v1"),
        ("SILVER-24-10-01", "Octopus Tracker", "Octopus Tracker"),
        ("VAR-22-11-01", "Flexible Octopus", "Flexible Octopus"),
        ("NEVER-HEARD-OF-27-01-01", "Marvellous Octopus", "Marvellous Octopus"),
    ],
)
async def test_nothing_to_do(house: House, product: str, display_name: str | None, name: str) -> None:
    """Where nothing is known to be cheap nothing is done by itself, and it says so; the owner's own wish counts."""
    house.octopus.set_product(product, display_name=display_name)
    house.plan("23:25", "00:25")
    await house.move_in(whole_half_hours="off", night_guard="charge_up")
    assert (house.status, house.reason, house.entity("tariff").state) == ("not_supported", "tariff", name)
    await house.until("00:20", days=1)
    assert house.writes == []
    await house.act("charge_until", until=house.at("00:30"))
    assert (house.status, house.reason) == ("charging_up", "owner")
    await house.until("00:35")
    assert house.told == [("00:20:00", 100), ("00:30:00", 20)]
