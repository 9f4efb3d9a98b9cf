"""What one message of the subscription ``octopus_powerwall/timeline`` holds; each is whole.

``loaded``      false while the entry is not set up; then only ``title``, ``texts`` and ``headline`` come along
``title``       what the owner calls the Powerwall
``now``         when the message was made
``from``, ``to``  the time axis: yesterday 18:00 to tomorrow 06:00 in London
``time_zone``   Home Assistant's
``dry_run``     nothing is written
``tone``        ``alert`` (red), ``charging``, ``keeping``, ``waiting``, ``calm``, ``off``
``headline``    the status as a sentence; ``lines``: why, until when, what is put back, what comes next
``alerts``      what wants the owner: ``severity`` (``error``, ``warning``), ``text``, ``values``, ``do``, ``link``
``actions``     ways out: ``key``, ``label``, ``domain``, ``service``, ``data``
``price``       how cheap power is now: ``certain``, ``perhaps`` or ``not_cheap``
``rates``       in GBP/kWh, ``null`` where unknown: ``import`` and ``export``, both now
``level``, ``reserve``  what they are now, in %
``levels``, ``reserves``  ``[seconds, value]``: lines of the past; ``null`` where nothing is known from then on
``ahead``       ``[seconds, value]``: steps of the reserve that are to come; ``null`` where it will depend on the level
``bands``       ``start``, ``end``, ``kind`` (``window``, ``slot``), ``certainty``, ``energy_kwh``, ``skipped``
``bars``        holds: ``start``, ``end``, ``intent``, ``when`` (``past``, ``now``, ``ahead``), ``certain``, ``reserve``
``sun``         ``[seconds, kW]``, means of a quarter of an hour
``car``         ``[start, end]`` of charging
``gains``       where measured: ``savings`` (GBP; ``today``, ``month``, ``total``), and in kWh (``today``, ``total``)
                ``energy_charged`` and ``energy_kept``
``texts``       the card's labels

All times are whole seconds since 1970. Sentences have the form that ``card_texts`` describes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_CONFIG_ENTRY_ID, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from ..const import DOMAIN
from ..domain.model import Interval
from ..domain.money.view import Money
from ..domain.picture import Band, Bar, Picture, Sentence, draw_picture
from ..domain.reserve.situation import Problem
from ..domain.status import Snapshot, Status
from ..domain.world import policy_of
from ..powerwall.reading import as_percentage
from ..runtime.controller import Controller
from .card_texts import CardTexts
from .history import History

REPAIRS: Final = "/config/repairs"

type Message = dict[str, Any]


def describe_not_loaded(entry: ConfigEntry, texts: CardTexts) -> Message:
    """Return what is said of an entry that is not set up at the moment."""
    return {**_common(entry, texts), "loaded": False, "headline": texts.say(Sentence("card_not_loaded"))}


def make_message(hass: HomeAssistant, entry: ConfigEntry, texts: CardTexts, history: History, now: datetime) -> Message:
    """Return a message about a loaded entry; ``now`` itself is left out, so that equal days make equal messages."""
    return {**_common(entry, texts), "loaded": True, **_Teller(hass, entry, texts).day(history, now)}


def _common(entry: ConfigEntry, texts: CardTexts) -> Message:
    return {"title": entry.title, "texts": texts.labels}


@dataclass(frozen=True, slots=True)
class _Teller:
    """Looks things up for one entry."""

    hass: HomeAssistant
    entry: ConfigEntry
    texts: CardTexts

    def day(self, history: History, now: datetime) -> Message:
        """Everything that is known of the day around ``now``."""
        controller: Controller = self.entry.runtime_data
        snapshot = controller.snapshot
        policy = policy_of(snapshot.tariff, snapshot.settings.slot_policy, cap_seen=snapshot.cap_seen)
        reserve = self._percentage(history.sources.reserve)
        picture = draw_picture(controller.world, snapshot, policy, now, reserve)
        problems = self._problems(snapshot, reserve)
        alerts = [*problems.values(), *self._repairs(set(problems), snapshot.attention)]
        return {
            **_drawn(picture),
            "time_zone": self.hass.config.time_zone,
            "dry_run": snapshot.settings.dry_run,
            "tone": picture.tone.value,
            "headline": self.texts.say(picture.headline),
            "lines": [self.texts.say(line) for line in picture.lines],
            "alerts": alerts,
            "actions": list(self._actions(controller, picture)),
            "rates": {"import": snapshot.money.import_rate, "export": snapshot.money.export_rate},
            "level": self._percentage(history.sources.level),
            "reserve": reserve,
            "levels": history.level,
            "reserves": history.reserve,
            "sun": history.sun,
            "car": [*(_span(one) for one in picture.car), *history.car],
            "gains": gains_of(snapshot.money),
        }

    def _problems(self, snapshot: Snapshot, reserve: int | None) -> dict[str, Message]:
        """Return what is wrong with the battery, in words that name the values where these are known.

        Else Repairs tells.
        """
        if snapshot.baseline is None or reserve is None:
            return {}
        # The echo of a try that is not proven yet: "still 20 and should be 20" helps nobody.
        unseen = {Problem.RESTORE_FAILED} if reserve == snapshot.baseline else set()
        values = {"baseline": snapshot.baseline, "reserve": reserve}
        found: dict[str, Message] = {}
        for problem in sorted(snapshot.problems - unseen):
            text, do = Sentence(f"card_problem_{problem}", values), Sentence(f"card_do_{problem}", values)
            if self.texts.common(text.key):
                told = {**self.texts.say(text), "do": self.texts.say(do)}
                found[problem.value] = {"severity": "error", **told, "link": REPAIRS}
        return found

    def _repairs(self, said: set[str], attention: tuple[str, ...]) -> Iterator[Message]:
        """Yield what stands under Repairs for this entry and is not already said: what wants the owner, and advice."""
        for issue in sorted(ir.async_get(self.hass).issues.values(), key=lambda issue: issue.issue_id):
            ours = issue.domain == DOMAIN and (issue.data or {}).get("entry_id") == self.entry.entry_id
            if not ours or not issue.active or issue.dismissed_version or issue.translation_key in said:
                continue
            severity = "error" if issue.translation_key in attention else "warning"
            do = self.texts.say(Sentence("card_do_repairs"))
            yield {"severity": severity, **self.texts.issue(issue), "do": do, "link": REPAIRS}

    def _actions(self, controller: Controller, picture: Picture) -> Iterator[Message]:
        snapshot, wishes = controller.snapshot, controller.world.wishes
        ours = {ATTR_CONFIG_ENTRY_ID: self.entry.entry_id}
        if picture.skippable is not None:
            start, end = picture.skippable.start, picture.skippable.end
            label = Sentence("card_action_skip", {"start": start, "end": end})
            yield self._action("skip", label, "skip_slot", {**ours, "start": start.isoformat()})
        resume = self.entity_id(Platform.BUTTON, "resume")
        if resume and (snapshot.status is Status.OVERRIDDEN or wishes.skipped or wishes.owner_hold):
            yield self._action("resume", Sentence("card_action_resume"), "press", {"entity_id": resume}, "button")
        switch = self.entity_id(Platform.SWITCH, "automation")
        if switch and not snapshot.settings.automation:
            yield self._action("turn_on", Sentence("card_action_turn_on"), "turn_on", {"entity_id": switch}, "switch")
        if picture.stale:
            yield self._action("refresh", Sentence("card_action_refresh"), "refresh", ours)

    def _action(self, key: str, label: Sentence, service: str, data: Message, domain: str = DOMAIN) -> Message:
        return {"key": key, "label": self.texts.say(label), "domain": domain, "service": service, "data": data}

    def _percentage(self, entity_id: str | None) -> int | None:
        state = self.hass.states.get(entity_id) if entity_id else None
        return as_percentage(state.state) if state else None

    def entity_id(self, platform: Platform, key: str) -> str | None:
        """One of the entry's entities by its key, where it is enabled."""
        return find_enabled_entity(self.hass, self.entry.entry_id, platform, key)


def find_enabled_entity(hass: HomeAssistant, entry_id: str, platform: Platform, key: str) -> str | None:
    """Return the id of an entry's entity by its key; ``None`` where there is none or it is disabled."""
    registry = er.async_get(hass)
    entity_id = registry.async_get_entity_id(platform, DOMAIN, f"{entry_id}_{key}")
    entity = registry.async_get(entity_id) if entity_id else None
    return entity_id if entity is not None and not entity.disabled else None


def to_seconds(at: datetime) -> int:
    """Return an instant as the card takes it."""
    return round(at.timestamp())


def gains_of(money: Money) -> Message:
    """Return what today, this month and all time have brought; nothing for what is not measured or has no price."""
    figures, found = money.figures, {}
    if figures is None:
        return {}
    if money.savings_missing is None and figures.is_priced:
        found["savings"] = {"today": figures.today_gbp, "month": figures.month_gbp, "total": figures.saved_gbp}
    if money.energy_missing is None:
        found["energy_charged"] = {"today": figures.today_charged_kwh, "total": figures.charged_kwh}
        found["energy_kept"] = {"today": figures.today_kept_kwh, "total": figures.kept_kwh}
    return found


def _drawn(picture: Picture) -> Message:
    return {
        "from": to_seconds(picture.frame.start),
        "to": to_seconds(picture.frame.end),
        "price": picture.price.value,
        "bands": [_band(band) for band in picture.bands],
        "bars": [_bar(bar) for bar in picture.bars],
        "ahead": [[to_seconds(at), value] for at, value in picture.reserve_ahead],
    }


def _band(band: Band) -> Message:
    return {
        **_interval(band.interval),
        "kind": band.kind.value,
        "certainty": band.certainty.value,
        "energy_kwh": band.energy_kwh,
        "skipped": band.skipped,
    }


def _bar(bar: Bar) -> Message:
    return {
        **_interval(bar.interval),
        "intent": bar.intent.value,
        "when": bar.when.value,
        "certain": bar.certain,
        "reserve": bar.reserve_pct,
    }


def _interval(interval: Interval) -> Message:
    return {"start": to_seconds(interval.start), "end": to_seconds(interval.end)}


def _span(interval: Interval) -> list[int]:
    return [to_seconds(interval.start), to_seconds(interval.end)]
