"""An Ohme charger that plans exactly what the simulated Octopus plans for the car, and shows what the car does."""

from typing import override

from tests.simulators.octopus import OctopusSimulator
from tests.simulators.ohme import OhmeCharger, SessionMode


class Mirrored(OhmeCharger):
    """The car of an Ohme house: the truth about slots and car is told by one simulator, and read through two clouds."""

    def __init__(self, octopus: OctopusSimulator) -> None:
        super().__init__(mode=SessionMode.SMART_CHARGE)
        self._octopus = octopus

    @property
    @override
    def is_charging(self) -> bool:
        return self._octopus.world.device("car").is_charging(self.now())

    @override
    def session(self) -> dict[str, object]:
        now = self._octopus.advance()
        car = self._octopus.world.device("car")
        listed = () if car.suspended else car.listed(now)
        self.slots = tuple((slot.start, slot.end) for slot in listed if slot.type in ("SMART", None))
        return super().session()
