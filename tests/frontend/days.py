"""Days of an owner, each up to the moment at which the card is looked at, through the real integration and simulators.

``tests/frontend/recorded`` holds what the card is told then; the tests in a browser show exactly that. What was before
the day begins comes from the recorder in an owner's house; here the simulated battery lives it through by itself.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import pi, sin
from typing import Any

from custom_components.octopus_powerwall.domain.model import Interval
from custom_components.octopus_powerwall.domain.picture import frame_of
from custom_components.octopus_powerwall.domain.settings import Intent
from custom_components.octopus_powerwall.domain.world import HeldPeriod, Record
from custom_components.octopus_powerwall.frontend.card_texts import CardTexts
from custom_components.octopus_powerwall.frontend.history import Row
from custom_components.octopus_powerwall.frontend.message import Message
from custom_components.octopus_powerwall.frontend.timeline import Follower
from tests.simulators.octopus import CHARGE_CAP_PRODUCT
from tests.simulators.tesla import Ignored, PowerwallSite
from tests.stories.house import LONDON, House
from tests.stories.trouble import controller, owner_sets_through_ha
from tests.tesla_components import tesla_entity_id

CHARGER = "binary_sensor.car_charging"
SAMPLED = timedelta(minutes=5)


@dataclass(frozen=True)
class Day:
    """A day: when it begins, and what happens; it answers with all that the card was told."""

    begins: str
    live: Callable[[House], Awaitable[list[Message]]]


def sun(at: datetime) -> float:
    """The panels on a clear day in November, kW."""
    local = at.astimezone(LONDON)
    hour = local.hour + local.minute / 60
    return max(0.0, 1.4 * sin((hour - 8) / 8 * pi)) if 8 < hour < 16 else 0.0


def load(at: datetime) -> float:
    """A house that cooks at noon and in the evening, kW."""
    hour = at.astimezone(LONDON).hour
    usual = 0.9 if 9 <= hour < 23 else 0.3
    return {7: 1.6, 8: 1.8, 12: 2.2, 13: 2.4, 17: 1.6, 18: 1.9, 19: 1.4}.get(hour, usual)


@dataclass(frozen=True)
class Past:
    """What the recorder would tell, by the key of Tesla's entity, and the hold of the night."""

    rows: Mapping[str, list[Row]]
    level: float
    night: Interval


def past_of(now: datetime, *, held: bool = True) -> Past:
    """The hours from yesterday evening up to now, with the guard's hold in the night or without it."""
    clock = frame_of(now).start
    midnight = now.astimezone(LONDON).replace(hour=0, minute=0, second=0)
    night = Interval(midnight - timedelta(minutes=30), midnight + timedelta(hours=5, minutes=30))
    site = PowerwallSite(now=lambda: clock, soc_pct=58.0, load_kw=load, solar_kw=sun)
    rows: dict[str, list[Row]] = {"percentage_charged": [], "backup_reserve_percent": [], "solar_power": []}
    while clock < now:
        site.write({"reserve_pct": 100 if held and clock in night else 20})
        at = clock.timestamp()
        rows["percentage_charged"].append((at, f"{site.soc_pct:.1f}"))
        rows["backup_reserve_percent"].append((at, str(site.reserve_pct)))
        rows["solar_power"].append((at, f"{sun(clock):.3f}"))
        clock += SAMPLED
    return Past(rows, site.soc_pct, night)


async def open_the_card(house: House, *, charging_entity: str | None = None, **options: Any) -> list[Message]:
    """Move in, with a past, and open the card; what it is told from now on."""
    past = past_of(house.now.astimezone(UTC), held=not options.get("dry_run"))
    site = house.tesla.site
    site.solar_kw, site.load_kw, site.soc_pct = sun, load, past.level
    car = house.octopus.world.device()
    site.car_power_kw = lambda at: 7.4 if car.is_charging(at) else 0.0
    await house.move_in(night_guard="charge_up", charging_entity=charging_entity, **options)
    # What Tesla's integration read before the battery was put at its level is no part of the day.
    await house.wait(minutes=2)
    loop = controller(house).decision_loop
    held = HeldPeriod(past.night, Intent.CHARGE, 100)
    loop.world = replace(loop.world, record=Record(holds=(held,)))
    told: list[Message] = []
    follower = await followed(house, told)
    assert follower._history is not None
    follower._history._past = {tesla_entity_id(house.hass, key, site): rows for key, rows in past.rows.items()}
    return told


async def followed(house: House, told: list[Message]) -> Follower:
    """Open the card as it is; ``told`` takes its messages."""
    follower = Follower(house.hass, house.entry, await CardTexts.async_load(house.hass, "en"), told.append)
    follower.async_start()
    house.entry.async_on_unload(follower.async_stop)
    await house.settle()
    return follower


async def _before_a_slot(house: House) -> list[Message]:
    house.plan("15:00", "17:00", energy=14.0)
    told = await open_the_card(house)
    await house.until("14:10")
    return told


async def _charging(house: House) -> list[Message]:
    house.plan("14:00", "16:00", energy=14.0)
    told = await open_the_card(house)
    await house.until("14:42")
    return told


async def _perhaps(house: House) -> list[Message]:
    house.octopus.set_product(CHARGE_CAP_PRODUCT)
    house.hass.states.async_set(CHARGER, "off")
    house.plan("14:00", "16:00", energy=14.0)
    told = await open_the_card(house, charging_entity=CHARGER)
    await house.until("14:12")
    return told


async def _overridden(house: House) -> list[Message]:
    house.plan("14:00", "16:00", energy=14.0)
    told = await open_the_card(house)
    await house.until("14:20")
    await owner_sets_through_ha(house, 35)
    await house.until("14:42")
    return told


async def _restore_failed(house: House) -> list[Message]:
    house.plan("14:00", "14:30", energy=7.0)
    told = await open_the_card(house)
    await house.until("14:29")
    house.tesla.misbehave(Ignored())
    await house.until("14:55")
    return told


async def _dry_run(house: House) -> list[Message]:
    house.plan("14:00", "16:00", energy=14.0)
    told = await open_the_card(house, dry_run=True)
    await house.until("14:42")
    return told


async def _octopus_down(house: House) -> list[Message]:
    house.plan("16:00", "18:00", energy=14.0)
    told = await open_the_card(house)
    await house.wait(minutes=3)
    house.octopus.fail("http_503")
    await house.until("14:42")
    return told


async def _two_slots_and_the_night(house: House) -> list[Message]:
    house.plan("14:00", "14:30", energy=4.0)
    house.plan("18:30", "20:00", energy=9.0)
    house.plan("02:00", "04:00", days=1, energy=14.0)
    told = await open_the_card(house)
    await house.until("14:50")
    return told


async def _years_end(house: House) -> list[Message]:
    house.plan("23:00", "00:30", energy=10.0)
    told = await open_the_card(house)
    await house.until("23:50")
    return told


AFTERNOON = "2026-11-18 13:40:00+00:00"
DAYS: Mapping[str, Day] = {
    "before a slot": Day(AFTERNOON, _before_a_slot),
    "charging": Day(AFTERNOON, _charging),
    "perhaps": Day(AFTERNOON, _perhaps),
    "overridden": Day(AFTERNOON, _overridden),
    "restore failed": Day(AFTERNOON, _restore_failed),
    "dry run": Day(AFTERNOON, _dry_run),
    "octopus down": Day(AFTERNOON, _octopus_down),
    "two slots and the night": Day(AFTERNOON, _two_slots_and_the_night),
    "years end": Day("2026-12-31 22:40:00+00:00", _years_end),
}
