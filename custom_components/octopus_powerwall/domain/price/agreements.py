"""Which home and which agreement decide, and what that makes of the account (design 2)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ..model import Account, Agreement, Device
from .tariffs import ENDED, INTELLIGENT_GO_CAPPED, NO_ELECTRICITY, NOT_BEGUN, SlotPolicy, Tariff, Treatment, tariff_of

# Octopus ends one agreement and begins the next, now and then with a gap between them.
AGREEMENT_GAP = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class ChosenHome:
    """The home whose meter and devices count; ``is_open`` where the account has several and none was chosen."""

    property_id: str | None = field(default=None, repr=False)
    is_open: bool = False


ANY_HOME = ChosenHome()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the account buys now.

    Attributes:
        tariff: the tariff that decides.
        agreement: the agreement that it follows from; ``None`` where none is in force, nor was just now.
        in_force: whether that agreement, or another one of the home, is in force. An account that was never read is
            taken to have one.
        changes_at: when the agreements ended, or when the first of them begins, where none is in force.
    """

    tariff: Tariff
    agreement: Agreement | None = None
    in_force: bool = True
    changes_at: datetime | None = None


def choose_home(account: Account | None, option: str | None) -> ChosenHome:
    """Return the home that counts, from the owner's option and the homes that the account has."""
    if account is None or account.homes_unread:
        return ChosenHome(option)
    known = [home.property_id for home in account.homes]
    if option in known:
        return ChosenHome(option)
    if len(known) == 1:
        return ChosenHome(known[0])
    # Where the account has one home at most, everything on it is that home's.
    return ChosenHome(None, is_open=len(known) > 1)


def has_live_car(devices: Iterable[Device], home: ChosenHome) -> bool:
    """Whether a live car or charger is on the account, under smart control or not; taken so while none are known."""
    devices = tuple(devices)
    return not devices or any(
        device.is_charger and device.lifecycle == "LIVE" and device.is_at(home.property_id) for device in devices
    )


def standing_at(
    account: Account | None, now: datetime, home: ChosenHome = ANY_HOME, *, live_car: bool = True
) -> Standing:
    """Return what the account buys at an instant. One that was never read counts as one with a charge cap."""
    if account is None:
        return Standing(INTELLIGENT_GO_CAPPED)
    ours = tuple(agreement for agreement in account.agreements if agreement.is_at(home.property_id))
    in_force = tuple(agreement for agreement in ours if agreement.valid_at(now))
    if in_force:
        agreement = _choose_agreement(in_force, home, live_car=live_car)
        return Standing(_tariff(agreement), agreement)
    ended = max((end for agreement in ours if (end := agreement.valid_to) is not None and end <= now), default=None)
    begins = min((agreement.valid_from for agreement in ours if agreement.valid_from > now), default=None)
    if ended is not None and now - ended <= AGREEMENT_GAP:
        last = max((agreement for agreement in ours if agreement.valid_to == ended), key=_begins_at)
        tariff = _tariff(last)
        # Nobody knows what the slots of Intelligent Octopus Go cost while nothing follows yet.
        return Standing(INTELLIGENT_GO_CAPPED if tariff.has_slots else tariff, last, False, begins or ended)
    if begins is not None:
        return Standing(_with_slots_of_car(NOT_BEGUN, live_car=live_car), None, False, begins)
    if ended is not None:
        return Standing(_with_slots_of_car(ENDED, live_car=live_car), None, False, ended)
    return Standing(_with_slots_of_car(NO_ELECTRICITY, live_car=live_car), None, False)


def _choose_agreement(in_force: tuple[Agreement, ...], home: ChosenHome, *, live_car: bool) -> Agreement:
    """Return the agreement that counts: the youngest on Intelligent Octopus Go while there is a car, else of all.

    While it is not known which home is ours, one that gives the battery to somebody else decides: it may be ours.
    """
    refused = [agreement for agreement in in_force if home.is_open and _tariff(agreement).is_refused]
    smart = [agreement for agreement in in_force if live_car and _tariff(agreement).has_slots]
    return max(refused or smart or in_force, key=_begins_at)


def _tariff(agreement: Agreement) -> Tariff:
    return tariff_of(agreement.product_code, agreement.display_name, bool(agreement.four_rate))


def _begins_at(agreement: Agreement) -> datetime:
    return agreement.valid_from


def _with_slots_of_car(tariff: Tariff, *, live_car: bool) -> Tariff:
    """Slots that a live car still gets without an agreement are perhaps cheap for as long as they come."""
    return replace(tariff, treatment=Treatment.SLOTS, policy=SlotPolicy.CHARGE_CAP) if live_car else tariff
