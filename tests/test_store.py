# ruff: noqa: ASYNC240 (a test may wait for the disk)
"""The store on a real disk: what was kept comes back, and what is damaged or foreign is set aside and moves nothing."""

from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
import json
from pathlib import Path
import shutil
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
import pytest

from custom_components.octopus_powerwall.domain.reserve.memory import Memory
from custom_components.octopus_powerwall.domain.reserve.phases import (
    Claim,
    Holding,
    Idle,
    Overridden,
    Restoring,
    UndoingLateLanding,
)
from custom_components.octopus_powerwall.domain.reserve.writing import begin_attempt, mark_returned
from custom_components.octopus_powerwall.domain.settings import Mode
from custom_components.octopus_powerwall.domain.world import World
from custom_components.octopus_powerwall.runtime.store import (
    STORES,
    EntryStore,
    Knobs,
    NotReadError,
    NotSavedError,
    StoreContents,
    async_get_store,
)

NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)
CLAIM = Claim(20, 20, written=(100,), attempt=mark_returned(begin_attempt(100, NOW), NOW, failed=False))
HELD = World(memory=Memory(phase=Holding(CLAIM, began_at=NOW, ends_at=NOW)))
KNOBS = Knobs(automation=False, mode=Mode.PRESERVE_CHARGE, charge_target=70)


# As they are before the test plugin puts a dictionary in the place of the disk.
_REAL = {name: getattr(Store, name) for name in ("_async_load", "_async_write_data", "async_remove")}


@pytest.fixture
def path(hass: HomeAssistant, tmp_path: Path) -> Generator[Path]:
    """Where the file of the entry is, in a configuration folder of its own on a real disk."""
    hass.config.config_dir = str(tmp_path)
    (tmp_path / ".storage").mkdir()
    with patch.multiple(Store, **_REAL):
        yield tmp_path / ".storage" / "octopus_powerwall.entry"


def _store(hass: HomeAssistant, battery: str = "site") -> EntryStore:
    return EntryStore(hass, "entry", battery)


async def _good(hass: HomeAssistant, path: Path) -> dict[str, Any]:
    await _store(hass).async_save(HELD, KNOBS)
    content: dict[str, Any] = json.loads(path.read_text())
    return content


async def test_nothing_was_kept(hass: HomeAssistant, path: Path) -> None:
    """A first start is no damage."""
    assert await _store(hass).async_load(NOW) == StoreContents()


async def test_what_was_kept_comes_back(hass: HomeAssistant, path: Path) -> None:
    """The hold, its baseline and the knobs; on the disk when ``async_save`` returns."""
    await _store(hass).async_save(HELD, KNOBS)
    assert path.exists()
    kept = await _store(hass).async_load(NOW)
    assert kept.world.memory.strip_for_disk() == HELD.memory
    assert kept.knobs == KNOBS
    assert not kept.damaged


async def test_write_under_way_has_an_unknown_outcome(hass: HomeAssistant, path: Path) -> None:
    """What was sent when we died may have landed or not."""
    sent = replace(HELD, memory=HELD.memory.with_claim(replace(CLAIM, attempt=begin_attempt(100, NOW))))
    await _store(hass).async_save(sent, KNOBS)
    kept = await _store(hass).async_load(NOW)
    assert kept.world.memory.claim is not None
    assert kept.world.memory.claim.uncertain
    assert kept.world.memory.attempt is not None
    assert kept.world.memory.attempt.failed


async def test_no_site_and_no_key_on_the_disk(hass: HomeAssistant, path: Path) -> None:
    """The battery is known by a digest."""
    await _store(hass, "2252147638651").async_save(HELD, KNOBS)
    assert "2252147638651" not in path.read_text()


def _changed(content: dict[str, Any], where: str, value: Any) -> str:
    *way, last = where.split(".")
    inside = content
    for step in way:
        inside = inside[step]
    if value is KeyError:
        del inside[last]
    else:
        inside[last] = value
    return json.dumps(content)


_DAMAGES: dict[str, tuple[str, Any] | str | bytes] = {
    "nothing": "",
    "cut": '{"version": 1, "minor_version": 1, "key": "octopus_powerwall.entry", "data": {"world": {"mem',
    "noise": bytes(range(256)) * 20,
    "empty_object": "{}",
    "list": "[1, 2, 3]",
    "number": "42",
    "null": "null",
    "deep": "[" * 100_000 + "]" * 100_000,
    "no_version": ("version", KeyError),
    "version_text": ("version", "one"),
    "version_from_afar": ("version", 100_000),
    "no_data": ("data", KeyError),
    "data_null": ("data", None),
    "data_list": ("data", []),
    "data_of_somebody_else": ("data", {"items": [{"id": "kitchen"}]}),
    "no_world": ("data.world", KeyError),
    "no_knobs": ("data.knobs", KeyError),
    "world_text": ("data.world", "flat"),
    "memory_list": ("data.world.memory", []),
    "phase_missing": ("data.world.memory.phase", KeyError),
    "phase_of_0_1_0": ("data.world.memory.phase", "holding"),
    "phase_unknown": ("data.world.memory.phase.case", "Sleeping"),
    "hold_without_claim": ("data.world.memory.phase.claim", KeyError),
    "baseline_text": ("data.world.memory.phase.claim.baseline", "20"),
    "baseline_flag": ("data.world.memory.phase.claim.baseline", True),
    "baseline_fraction": ("data.world.memory.phase.claim.baseline", 20.5),
    "baseline_too_high": ("data.world.memory.phase.claim.baseline", 101),
    "baseline_negative": ("data.world.memory.phase.claim.baseline", -1),
    "baseline_huge": ("data.world.memory.phase.claim.baseline", 10**40),
    "baseline_missing": ("data.world.memory.phase.claim.baseline", None),
    "written_number": ("data.world.memory.phase.claim.written", 100),
    "written_absurd": ("data.world.memory.phase.claim.written", [100, 5000]),
    "attempt_absurd": ("data.world.memory.phase.claim.attempt.value", -20),
    "watch_absurd": ("data.world.memory.watch", {"until": NOW.isoformat(), "put_back": 500, "values": [100]}),
    "time_naive": ("data.world.memory.phase.began_at", "2026-11-18T12:30:00"),
    "time_unreadable": ("data.world.memory.phase.began_at", "yesterday"),
    "time_number": ("data.world.memory.phase.ends_at", 1_800_000_000),
    "time_nobody_lives_in": ("data.world.memory.phase.ends_at", "9999-12-31T23:59:59+00:00"),
    "mode_unknown": ("data.knobs.mode", "drain"),
}


@pytest.mark.parametrize("damage", _DAMAGES)
async def test_damaged_file_is_set_aside(hass: HomeAssistant, path: Path, damage: str) -> None:
    """No exception, no reserve to move, the defaults, and the next save works; the file is kept for the curious."""
    content = await _good(hass, path)
    change = _DAMAGES[damage]
    match change:
        case bytes():
            path.write_bytes(change)
        case str():
            path.write_text(change)
        case where, value:
            path.write_text(_changed(content, where, value))
    store = _store(hass)
    assert await store.async_load(NOW) == StoreContents(damaged=True)
    if damage not in {"empty_object", "data_null"}:
        assert not path.exists()
        assert [other for other in path.parent.iterdir() if other.name.startswith(f"{path.name}.")]
    await store.async_save(HELD, KNOBS)
    assert not (await _store(hass).async_load(NOW)).damaged


@pytest.mark.parametrize("version", [2, 3, 7])
async def test_file_of_a_later_release_is_read(hass: HomeAssistant, path: Path, version: int) -> None:
    """A downgrade finds fields that it does not know, and still the baseline."""
    content = await _good(hass, path)
    content["version"], content["minor_version"] = version, 9
    content["data"]["world"]["memory"]["mood"] = {"good": True}
    content["data"]["weather"] = "rain"
    path.write_text(json.dumps(content))
    kept = await _store(hass).async_load(NOW)
    assert not kept.damaged
    assert kept.world.memory.baseline == 20
    assert kept.knobs == KNOBS


async def test_file_of_an_earlier_release_is_read(hass: HomeAssistant, path: Path) -> None:
    """An upgrade finds fields missing that came later."""
    content = await _good(hass, path)
    del content["data"]["world"]["memory"]["watch"]
    del content["data"]["world"]["memory"]["phase"]["claim"]["uncertain"]
    del content["data"]["world"]["record"]
    del content["data"]["battery"]
    path.write_text(json.dumps(content))
    kept = await _store(hass).async_load(NOW)
    assert kept.world.memory.strip_for_disk() == HELD.memory


async def test_huge_file_is_read(hass: HomeAssistant, path: Path) -> None:
    """A long record is no damage."""
    content = await _good(hass, path)
    content["data"]["world"]["record"]["slots"] = [{"start": NOW.isoformat(), "end": NOW.isoformat()}] * 20_000
    path.write_text(json.dumps(content))
    assert (await _store(hass).async_load(NOW)).world.memory.baseline == 20


BATTERY_OF_0_1_0 = "2252147638651"
# What each file of 0.1.0 in tests/data/store_0_1_0 is about: the phase it is read as, as far as it matters.
_OF_0_1_0: dict[str, tuple[type, int | None, tuple[int, ...]]] = {
    "idle": (Idle, None, ()),
    "holding": (Holding, 20, (100,)),
    "in_flight": (Holding, 20, (100,)),
    "restoring": (Restoring, 20, (100, 20)),
    "overridden": (Overridden, None, ()),
    "watch": (Idle, None, ()),
    "undoing_in_override": (UndoingLateLanding, 45, (100, 45)),
    "nudging": (Restoring, 20, (20,)),
}


@pytest.mark.parametrize("name", _OF_0_1_0)
async def test_file_of_0_1_0_is_read(hass: HomeAssistant, path: Path, name: str) -> None:
    """Files that 0.1.0 wrote in each of its phases: the hold goes on, and the same baseline is put back."""
    shutil.copy(Path(__file__).parent / "data" / "store_0_1_0" / f"{name}.json", path)
    store = EntryStore(hass, "entry", BATTERY_OF_0_1_0)
    kept = await store.async_load(NOW)
    kind, baseline, written = _OF_0_1_0[name]
    memory = kept.world.memory
    assert (kept.damaged, kept.left_behind, type(memory.phase)) == (False, None, kind)
    assert memory.baseline == baseline
    assert (memory.claim.written if memory.claim else ()) == written
    assert (memory.watch is not None) is (name == "watch")
    assert kept.world.account is not None
    assert kept.world.plan.rows or name in {"watch", "restoring", "nudging"}
    if name == "in_flight":
        assert memory.attempt is not None
        assert memory.attempt.failed, "its outcome is unknown"
    if name == "undoing_in_override":
        assert isinstance(memory.phase, UndoingLateLanding)
        assert memory.phase.then is not None
    await store.async_save(kept.world, kept.knobs)
    assert (await EntryStore(hass, "entry", BATTERY_OF_0_1_0).async_load(NOW)).world.memory.phase == memory.phase


@pytest.mark.parametrize("damage", [{"phase": "dancing"}, {"baseline": None}, {"written": 100}, []])
async def test_damaged_file_of_0_1_0_is_set_aside(hass: HomeAssistant, path: Path, damage: Any) -> None:
    """A phase that there was not, a hold without a baseline: nothing moves."""
    stored = json.loads((Path(__file__).parent / "data" / "store_0_1_0" / "holding.json").read_text())
    memory = stored["data"]["world"]["memory"]
    stored["data"]["world"]["memory"] = {**memory, **damage} if isinstance(damage, dict) else damage
    path.write_text(json.dumps(stored))
    assert await EntryStore(hass, "entry", BATTERY_OF_0_1_0).async_load(NOW) == StoreContents(damaged=True)
    assert not path.exists()


async def test_memory_of_another_battery_moves_nothing(hass: HomeAssistant, path: Path) -> None:
    """The entry was given another Powerwall: what the first one needs is told, and not done to the second."""
    await _store(hass, "first").async_save(HELD, KNOBS)
    kept = await _store(hass, "second").async_load(NOW)
    assert kept.world.memory == Memory()
    assert kept.left_behind == 20
    assert kept.knobs == KNOBS


async def test_another_battery_with_nothing_open(hass: HomeAssistant, path: Path) -> None:
    """Nothing to tell."""
    await _store(hass, "first").async_save(World(), KNOBS)
    assert (await _store(hass, "second").async_load(NOW)).left_behind is None


async def test_store_that_breaks(hass: HomeAssistant, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong with saving, it is that it is not saved: a reserve is put back regardless."""

    async def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    store = _store(hass)
    monkeypatch.setattr(Store, "async_save", refuse)
    with pytest.raises(NotSavedError):
        await store.async_save(HELD, KNOBS)


@pytest.mark.parametrize("fails", ["exists", "open"])
async def test_disk_that_gives_nothing(
    hass: HomeAssistant, path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    """It may be well again in a moment: the file is no worse for it, and is read then."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    await _good(hass, path)
    with monkeypatch.context() as patched:
        if fails == "exists":
            patched.setattr(Path, "exists", refuse)
        else:
            patched.setattr("builtins.open", refuse)
        with pytest.raises(NotReadError):
            await _store(hass).async_load(NOW)
    assert (await _store(hass).async_load(NOW)).world.memory.baseline == 20


async def test_file_that_cannot_be_set_aside(hass: HomeAssistant, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes nothing: still no exception."""

    def refuse(*_: object) -> None:
        raise PermissionError

    content = await _good(hass, path)
    path.write_text(_changed(content, "data.world.memory.phase.claim.baseline", 500))
    monkeypatch.setattr(Path, "replace", refuse)
    assert await _store(hass).async_load(NOW) == StoreContents(damaged=True)


async def test_disk_that_takes_nothing(hass: HomeAssistant, path: Path) -> None:
    """It is told at once, and over when the disk is back."""
    store = _store(hass)
    path.parent.rmdir()
    path.parent.write_text("in the way")
    with pytest.raises(NotSavedError):
        await store.async_save(HELD, KNOBS)
    assert store.has_failed
    path.parent.unlink()
    await store.async_save(HELD, KNOBS)
    assert not store.has_failed
    assert path.exists()


async def test_one_store_for_an_entry(hass: HomeAssistant, path: Path) -> None:
    """Two would write over each other; a removed one is forgotten."""
    first = async_get_store(hass, "entry", "site")
    assert async_get_store(hass, "entry", "site") is first
    assert async_get_store(hass, "other", "site") is not first
    await first.async_save(HELD, KNOBS)
    await first.async_remove()
    assert not path.exists()
    assert "entry" not in hass.data[STORES]
