"""Shows and clears repairs as things go wrong and right again, without anybody's doing (design 5 and 6)."""

from datetime import datetime, timedelta

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..const import (
    CONF_CHARGER_DECLINED,
    CONF_CHARGING_ENTITY,
    CONF_GUARD_ADVICE_DECLINED,
    CONF_NIGHT_GUARD,
)
from ..domain.decide import is_raised_before_start
from ..domain.price.tariffs import Tariff, Treatment
from ..domain.reserve.situation import OperationMode, Problem
from ..domain.settings import NightGuard
from ..domain.status import Snapshot
from ..octopus.errors import OctopusInvalidKeyError, OctopusRateLimitedError, OctopusUnauthorisedError
from ..powerwall.conflicts import find_automations_writing
from ..powerwall.const import TESLA_INTEGRATIONS
from ..powerwall.discovery import Binding, find_drivers_of_site
from . import issues
from .choices import find_unreadable_options
from .controller import Controller
from .issues import Issue
from .texts import common_text, date_text, plain_text, tariff_text

WATCHED_EVERY = timedelta(minutes=1)
UNREACHABLE_AFTER = timedelta(minutes=30)
MISSING_AFTER = timedelta(minutes=10)
NOT_DECIDING_AFTER = timedelta(minutes=10)
TWICE_LIMITED_FOR = timedelta(minutes=10)


_OF_ACCOUNT = {
    Problem.BATTERY_AT_OCTOPUS: Issue.BATTERY_AT_OCTOPUS,
    Problem.CHARGE_CAP_SEEN: Issue.CHARGE_CAP_SEEN,
    Problem.HOME_NEEDED: Issue.HOME_NEEDED,
    Problem.NO_CAR: Issue.NO_CAR,
    Problem.PLAN_UNREADABLE: Issue.PLAN_UNREADABLE,
}


class IssueWatcher:
    """Keeps the repairs of one entry true."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        controller: Controller,
        tariff_before: Tariff | None,
        reserve_before: int | None,
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._controller = controller
        self._missing_since: datetime | None = None
        self._charger_read_at: datetime | None = None
        self._charger_silent_since: datetime | None = None
        self._failing_since: datetime | None = None
        # Octopus may have moved the owner while Home Assistant was off: that is news too.
        self._reserve_before = reserve_before
        self._tariff_key = tariff_before.key if tariff_before else None

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Watch the repairs until the returned function is called."""
        issues.clear(self._hass, self._entry.entry_id, Issue.RESTORE_BY_HAND)
        stop_timer = async_track_time_interval(self._hass, self._tick, WATCHED_EVERY, cancel_on_shutdown=True)
        stop_listening = self._controller.async_add_listener(self._changed)
        stop_polls = self._controller.coordinator.async_add_listener(self._changed)
        self._changed()

        @callback
        def stop() -> None:
            stop_timer()
            stop_listening()
            stop_polls()

        return stop

    @callback
    def _tick(self, _now: datetime) -> None:
        self._changed()
        self._see_others()

    @callback
    def _changed(self) -> None:
        self._see_decisions()
        unreadable = find_unreadable_options(self._entry.options)
        self._set(Issue.OPTIONS_UNREADABLE, bool(unreadable), options=", ".join(unreadable))
        now = dt_util.utcnow()
        snapshot = self._controller.snapshot
        self._see_start(snapshot)
        self._see_battery(snapshot, now)
        self._see_octopus(now)
        self._see_charger_source(now)
        self._see_account(snapshot)
        self._see_tariff(snapshot)
        self._set(Issue.CLOCK_DIFFERS, not snapshot.clock_agrees)

    def _see_decisions(self) -> None:
        """Tell of an error that nobody has foreseen, and that keeps a reserve from being put back (design 5.7)."""
        loop = self._controller.decision_loop
        owed = loop.world.memory.owed
        reserve = loop.battery.reserve.value if owed is None else owed
        since = loop.failing_since
        failing = since is not None and abs(dt_util.utcnow() - since) >= NOT_DECIDING_AFTER
        self._set(Issue.NOT_DECIDING, failing, reserve="?" if reserve is None else str(reserve))

    def _see_start(self, snapshot: Snapshot) -> None:
        """Tell once of a reserve that a hold may have left which nobody remembers, as after a restored backup."""
        loop, before = self._controller.decision_loop, self._reserve_before
        claim = loop.world.memory.claim
        found = loop.battery.reserve.value if claim is None else claim.found
        if before is None or found is None:
            return
        self._reserve_before = None
        target = snapshot.settings.charge_target
        if not snapshot.settings.dry_run and is_raised_before_start(before, found, target, loop.battery.limits):
            shown = {"powerwall": self._entry.title, "reserve": str(before), "shown": str(found)}
            data = {"reserve": before, "shown": found}
            issues.show(self._hass, self._entry.entry_id, Issue.RAISED_MEANWHILE, shown, data=data)

    def _see_battery(self, snapshot: Snapshot, now: datetime) -> None:
        value = "?" if snapshot.baseline is None else str(snapshot.baseline)
        self._set(Issue.RESTORE_FAILED, Problem.RESTORE_FAILED in snapshot.problems, reserve=value)
        self._set(Issue.NOT_OBEYING, Problem.NOT_OBEYING in snapshot.problems)
        is_missing = self._controller.decision_loop.battery.reserve.value is None
        self._missing_since = (self._missing_since or now) if is_missing else None
        gone = self._missing_since is not None and now - self._missing_since >= MISSING_AFTER
        self._set(Issue.POWERWALL_MISSING, gone)

    def _see_octopus(self, now: datetime) -> None:
        coordinator = self._controller.coordinator
        failure = coordinator.failure
        self._failing_since = None if failure is None else (self._failing_since or now)
        failing_for = timedelta(0) if self._failing_since is None else now - self._failing_since
        limited = isinstance(failure, OctopusRateLimitedError)
        rejected = isinstance(failure, OctopusUnauthorisedError)
        self._set(Issue.RATE_LIMITED, limited and failing_for >= TWICE_LIMITED_FOR)
        self._set(Issue.OCTOPUS_REJECTED, rejected)
        # A key that is refused is asked for anew; that says it all.
        bad_key = isinstance(failure, OctopusInvalidKeyError)
        unreachable = failure is not None and not limited and not rejected and not bad_key
        self._set(Issue.OCTOPUS_UNREACHABLE, unreachable and failing_for >= UNREACHABLE_AFTER)

    def _see_charger_source(self, now: datetime) -> None:
        """Whether the charger's own cloud has given its plan lately, where slots come from there (design 10.2)."""
        source = self._controller.charger_source
        if source is None:
            issues.clear(self._hass, self._entry.entry_id, Issue.OHME_UNREADABLE)
            return
        if source.read_at != self._charger_read_at:
            self._charger_read_at, self._charger_silent_since = source.read_at, None
        self._charger_silent_since = min(self._charger_silent_since or now, now)
        self._set(Issue.OHME_UNREADABLE, now - self._charger_silent_since >= UNREACHABLE_AFTER)

    def _see_account(self, snapshot: Snapshot) -> None:
        """Show what is the matter with the account, each for as long as it lasts (design 2, 6)."""
        for problem, issue in _OF_ACCOUNT.items():
            self._set(issue, problem in snapshot.problems)
        self._set(
            Issue.CHARGER_CONTRADICTED,
            Problem.CHARGER_CONTRADICTED in snapshot.problems,
            entity=self._controller.charger.entity_id or "",
        )
        standing = snapshot.account.standing if snapshot.account else None
        if standing is None or standing.in_force:
            issues.clear(self._hass, self._entry.entry_id, Issue.NO_AGREEMENT)
            return
        changes_at = standing.changes_at
        begins = changes_at is not None and changes_at > dt_util.utcnow()
        key = "no_electricity" if changes_at is None else "agreement_not_begun" if begins else "agreement_ended"
        date = date_text(changes_at) if changes_at else ""
        self._set(Issue.NO_AGREEMENT, True, state=common_text(self._hass, key, date=date))

    def _see_tariff(self, snapshot: Snapshot) -> None:
        if snapshot.tariff_name is None or (snapshot.account and not snapshot.account.standing.in_force):
            # Of an account without an agreement there is another repair.
            return
        tariff = snapshot.tariff
        name, why = plain_text(snapshot.tariff_name), tariff_text(self._hass, tariff.reason)
        self._set(Issue.TARIFF_REFUSED, tariff.treatment is Treatment.REFUSED, tariff=name, why=why)
        if self._tariff_key not in (None, tariff.key) and tariff.treatment is not Treatment.REFUSED:
            self._set(Issue.TARIFF_CHANGED, True, tariff=name, why=why)
        self._tariff_key = tariff.key
        options = self._entry.options
        undecided = not options.get(CONF_CHARGING_ENTITY) and not options.get(CONF_CHARGER_DECLINED)
        blind = self._controller.charger_source is None
        self._set(Issue.CHARGER_RECOMMENDED, snapshot.allowance_binds and undecided and blind)
        self._set(Issue.GUARD_ADVICE, self._guard_loses_money(tariff))

    def _guard_loses_money(self, tariff: Tariff) -> bool:
        """Whether the guard only keeps the charge in Self-Powered mode, where nothing else fills the battery by night.

        The first release proposed that (design 5.9). Who has said that it is meant so is not asked again.
        """
        options = self._entry.options
        if options.get(CONF_NIGHT_GUARD) != NightGuard.PRESERVE_CHARGE or options.get(CONF_GUARD_ADVICE_DECLINED):
            return False
        entity_id = self._controller.driver.entities.operation_mode
        mode = self._hass.states.get(entity_id) if entity_id else None
        return (
            tariff.treatment is not Treatment.REFUSED and mode is not None and mode.state == OperationMode.SELF_POWERED
        )

    def _see_others(self) -> None:
        """Other writers of the same reserve: automations, and a second integration on the same site."""
        reserve = self._controller.driver.reserve_entity_id
        conflicts = find_automations_writing(self._hass, reserve) if reserve else ()
        listed = "\n".join(f"- [{conflict.name}]({conflict.edit_link})" for conflict in conflicts)
        self._set(Issue.CONFLICTING_AUTOMATIONS, bool(conflicts), automations=listed)
        binding = Binding.from_entry_data(self._entry.data)
        platforms = find_drivers_of_site(self._hass, binding.site_id) if binding.site_id else ()
        names = [TESLA_INTEGRATIONS.get(platform, platform) for platform in platforms]
        self._set(Issue.TWO_INTEGRATIONS, len(names) > 1, integrations=", ".join(names))

    def _set(self, issue: Issue, is_there: bool, **placeholders: str) -> None:
        if is_there:
            shown = {"powerwall": self._entry.title, **placeholders}
            issues.show(self._hass, self._entry.entry_id, issue, shown)
        else:
            issues.clear(self._hass, self._entry.entry_id, issue)
