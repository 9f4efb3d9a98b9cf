"""After every kind of failure nothing that Home Assistant shows, logs or hands out holds a secret (design 6).

Secrets are the key, every token, the account number, meter numbers, Octopus' device ids, and Tesla's site id wherever
it is we who speak.
"""

import asyncio
from collections.abc import Iterable
import json
import logging
import traceback
from typing import Any

from homeassistant.components.diagnostics import REDACTED
from homeassistant.core import Event, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.diagnostics import async_get_config_entry_diagnostics
from custom_components.octopus_powerwall.runtime.activity import EVENT_ACTIVITY
from custom_components.octopus_powerwall.system_health import system_health_info
from tests.simulators.octopus.faults import MINT, REST_ACCOUNT, REST_PRODUCT, FaultKind
from tests.simulators.octopus.tokens import TokenOffice
from tests.simulators.tesla.behaviours import BodyError, Dropped, Hang, HttpError, Ignored, Snap

from .house import House
from .trouble import controller, full_disk

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 12:20:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]

_CODES = ("1111", "1112", "1120", "1124", "1143", "1145", "1188", "1199", "4301", "4340", "4341", "7899")
_OCTOPUS: list[dict[str, Any]] = [
    *({"kind": kind} for kind in FaultKind if kind not in {FaultKind.ERROR, FaultKind.HUGE_BODY}),
    {"kind": FaultKind.HUGE_BODY, "size": 3_000_000},
    *({"kind": f"KT-CT-{code}"} for code in _CODES),
    *({"kind": f"KT-CT-{code}", "fields": (MINT,)} for code in ("1134", "1135", "1138", "1139", "1199")),
    *({"kind": FaultKind.WRONG_TYPES, "fields": (name,)} for name in ("devices", "account", "completedDispatches")),
    *({"kind": FaultKind.HTTP_503, "fields": (name,)} for name in (REST_ACCOUNT, REST_PRODUCT)),
    {"kind": FaultKind.EMPTY_PLAN, "state": "LOST_CONNECTION"},
]
_TESLA = [
    HttpError(400),
    HttpError(403),
    HttpError(429, retry_after_s=60),
    HttpError(503, json=False),
    Dropped(),
    BodyError(),
    Ignored(),
    Hang(),
    Snap(hundred=True),
]


class Watcher:
    """Knows every secret, keeps all that is said, and looks for the ones in the other."""

    def __init__(self, house: House, caplog: pytest.LogCaptureFixture) -> None:
        self.house = house
        self.caplog = caplog
        self.tokens: set[str] = set()
        self.heard: list[str] = []
        house.hass.bus.async_listen(EVENT_ACTIVITY, self._hear)

    @callback
    def _hear(self, event: Event) -> None:
        self.heard.append(json.dumps(event.data, default=str))

    @property
    def octopus_secrets(self) -> set[str]:
        """What only Octopus and the owner may know."""
        octopus = self.house.octopus
        account = octopus.world.account()
        meters = {point.mpan for home in account.properties for point in home.meter_points}
        return {octopus.api_key, account.number, *meters, *(device.id for device in account.devices), *self.tokens}

    @property
    def own_secrets(self) -> set[str]:
        """What we may not say either, although Tesla's own entities do."""
        return {*self.octopus_secrets, str(self.house.tesla.site.site_id)}

    async def shown(self) -> Iterable[tuple[str, str]]:
        """All that Home Assistant shows or hands out of ours."""
        hass, entry = self.house.hass, self.house.entry
        file = await async_get_config_entry_diagnostics(hass, entry)
        states = [
            f"{state.entity_id} {state.state} {state.attributes!r}"
            for state in hass.states.async_all()
            if state.entity_id.split(".")[1].startswith(DOMAIN)
        ]
        found = [
            f"{issue.issue_id} {issue.data!r} {issue.translation_placeholders!r} {issue.learn_more_url!r}"
            for issue in ir.async_get(hass).issues.values()
            if issue.domain == DOMAIN
        ]
        schedule = await self.house.act("get_schedule")
        health = await system_health_info(hass)
        health.pop("can_reach_octopus").close()
        return (
            ("diagnostics", json.dumps(file, default=str)),
            ("states", "\n".join(states)),
            ("repairs", "\n".join(found)),
            ("schedule", json.dumps(schedule, default=str)),
            ("system health", repr(health)),
            ("events", "\n".join(self.heard)),
        )

    async def search(self, after: str, *errors: BaseException | None) -> None:
        """Find no secret anywhere; what was logged so far is forgotten then."""
        for where, text in (*await self.shown(), *(("exception", _whole(error)) for error in errors if error)):
            assert not [secret for secret in self.own_secrets if secret in text], f"in {where} after {after}"
        for record in self.caplog.records:
            if record.name.startswith("tests."):
                continue
            # The log formats whole exception chains.
            text = self.caplog.handler.format(record)
            ours = record.name.startswith("custom_components")
            secrets = self.own_secrets if ours else self.octopus_secrets
            assert not [secret for secret in secrets if secret in text], f"logged by {record.name} after {after}"
        self.caplog.clear()


def _whole(error: BaseException) -> str:
    """An exception with all that it came from."""
    chain = "".join(traceback.format_exception(error))
    return f"{chain} {error!r} {getattr(error, 'translation_placeholders', None)!r}"


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every token that the simulator ever gives out."""
    seen: set[str] = set()
    usual = TokenOffice.mint

    def mint(office: TokenOffice, user: str) -> dict[str, Any]:
        granted = usual(office, user)
        seen.update((granted["token"], granted["refreshToken"]))
        return granted

    monkeypatch.setattr(TokenOffice, "mint", mint)
    return seen


@pytest.fixture
async def watcher(house: House, caplog: pytest.LogCaptureFixture, tokens: set[str]) -> Watcher:
    """A house in the middle of a long hold, with everything logged."""
    caplog.set_level(logging.DEBUG)
    house.plan("12:30", "23:00")
    watcher = Watcher(house, caplog)
    watcher.tokens = tokens
    await house.move_in()
    await house.until("12:35")
    return watcher


async def _refresh(house: House) -> BaseException | None:
    """Use the action, however long it takes; what it raises."""
    poller = controller(house).coordinator.poller
    poller.limited_until = None
    poller._asked.clear()
    poller._account_asked_at = None
    call = house.hass.services.async_call(DOMAIN, "refresh", {"config_entry_id": house.entry.entry_id}, blocking=True)
    asking = asyncio.get_running_loop().create_task(call)
    for _ in range(12):
        await house.wait(seconds=10)
        if asking.done():
            return asking.exception()
    raise AssertionError("the action does not end")


async def test_no_secret_at_rest(watcher: Watcher) -> None:
    """To begin with; and the test would see one."""
    assert watcher.tokens
    assert len(watcher.own_secrets) >= 7
    await watcher.search("nothing at all")
    logging.getLogger("custom_components.octopus_powerwall").debug("key %s", watcher.house.octopus.api_key)
    with pytest.raises(AssertionError, match="logged by custom_components"):
        await watcher.search("a leak")


@pytest.mark.parametrize("fault", _OCTOPUS, ids=lambda fault: "-".join(map(str, fault.values())))
async def test_no_secret_after_octopus_failed(watcher: Watcher, fault: dict[str, Any]) -> None:
    """In a poll, in the reading of the account, in a new token, and in what the action tells the owner."""
    house = watcher.house
    house.octopus.fail(**fault)
    if MINT in fault.get("fields", ()):
        house.octopus.revoke_tokens()
    error = await _refresh(house)
    assert error is None or isinstance(error, HomeAssistantError)
    await watcher.search(str(fault), error)
    house.octopus.heal()
    await watcher.search("its end", await _refresh(house))


@pytest.mark.usefixtures("as_often_as_usual")
async def test_no_secret_after_the_key_was_changed(watcher: Watcher) -> None:
    """Two refusals, re-authentication, and neither the old key nor the new."""
    house = watcher.house
    old = house.octopus.api_key
    house.octopus.rotate_key("sk_live_anotheranotheranotheranother0")
    watcher.tokens.add(old)
    await house.until("12:45")
    flows = house.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flows
    assert not [secret for secret in watcher.octopus_secrets if secret in repr(flows[0]["step_id"])]
    await watcher.search("a changed key")


@pytest.mark.parametrize("behaviour", _TESLA, ids=lambda behaviour: type(behaviour).__name__)
async def test_no_secret_after_tesla_failed(watcher: Watcher, behaviour: Any) -> None:
    """In a write of ours, and in the trial of the battery."""
    house = watcher.house
    house.tesla.misbehave(behaviour)
    await house.choose("preserve_charge")
    await house.wait(minutes=12)
    await watcher.search(repr(behaviour))
    house.tesla.behave()
    await house.wait(minutes=12)
    await watcher.search("its end")


async def test_no_secret_after_a_full_disk_and_a_lost_battery(watcher: Watcher) -> None:
    """The store fails, the battery's integration goes, and every repair that follows is shown."""
    house = watcher.house
    with full_disk(lambda: OSError(28, "full", "/config/.storage/secret")):
        await house.choose("preserve_charge")
        await house.wait(minutes=3)
        await watcher.search("a full disk")
    house.tesla.misbehave(HttpError(503), on="reads")
    await house.wait(minutes=30)
    await watcher.search("a lost battery")


async def test_diagnostics_say_redacted(watcher: Watcher) -> None:
    """What is left out is marked as such."""
    file = await async_get_config_entry_diagnostics(watcher.house.hass, watcher.house.entry)
    assert file["entry"]["data"]["api_key"] == REDACTED
    assert file["entry"]["data"]["account_number"] == REDACTED
