"""Every kind of mishap: what it disturbs, how it is switched on and off, and how long its effects may last."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from tests.simulators.octopus import MINT, OctopusSimulator
from tests.simulators.ohme import OhmeSimulator
from tests.simulators.tesla import (
    Behaviour,
    BodyError,
    Dropped,
    Hang,
    HttpError,
    Ignored,
    Lag,
    NotADict,
    Override,
    Snap,
    Stale,
    TeslaSimulator,
)

from .truth import Where

type Undo = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Clouds:
    """What can be broken from outside."""

    octopus: OctopusSimulator
    tesla: TeslaSimulator
    ohme: OhmeSimulator


@dataclass(frozen=True, slots=True)
class Mishap:
    """One kind. ``start`` switches it on, with choices that depend on a random number, and returns what ends it.

    ``recovery``: a poll and a decision after most, the longest back-off of design 6 after a rate limit, an hour where
    tokens are refused, the longest wait between two tries of a restore (design 5.7) after writes that failed.
    """

    kind: str
    where: Where
    recovery: timedelta
    start: Callable[[Clouds, Random], Undo]
    weight: int = 1
    also: tuple[Where, ...] = ()


POLL = timedelta(minutes=9)
BACK_OFF = timedelta(minutes=41)
_MINT = timedelta(minutes=72)
_RETRY = timedelta(minutes=38)
READ = timedelta(minutes=9)


def of_octopus(kind: str, recovery: timedelta = POLL, *, name: str = "", **options: Any) -> Mishap:
    """A fault of the simulated Octopus; ``name`` where its kind and options do not name it."""

    def start(clouds: Clouds, _random: Random) -> Undo:
        fault = clouds.octopus.fail(kind, **options)

        def undo() -> None:
            active = clouds.octopus.faults.active
            clouds.octopus.faults.active = [other for other in active if other is not fault]

        return undo

    more = [value.lower() for value in options.values() if isinstance(value, str)] + (
        ["mint"] if "fields" in options else []
    )
    name = name or "_".join(["octopus", kind.lower().replace("-", "_"), *more])
    return Mishap(name, Where.OCTOPUS, recovery, start)


def _tesla(
    kind: str,
    choose: Callable[[Random], Behaviour],
    on: str | tuple[str, ...] = "backup",
    weight: int = 1,
) -> Mishap:
    def start(clouds: Clouds, random: Random) -> Undo:
        rule = clouds.tesla.misbehave(choose(random), on)
        return lambda: clouds.tesla.behave(rule)

    where, recovery = (Where.WRITES, _RETRY) if on == "backup" else (Where.READS, READ)
    return Mishap(f"tesla_{kind}", where, recovery, start, weight)


def _site(kind: str, where: Where, recovery: timedelta, on: dict[str, Any], off: dict[str, Any]) -> Mishap:
    def start(clouds: Clouds, _random: Random) -> Undo:
        def put(values: dict[str, Any]) -> None:
            for name, value in values.items():
                setattr(clouds.tesla.site, name, value)

        put(on)
        return lambda: put(off)

    return Mishap(kind, where, recovery, start)


def _skew(clouds: Clouds, random: Random) -> Undo:
    clouds.octopus.set_clock_skew(random.choice([-3600, -600, 300, 7200]))
    return lambda: clouds.octopus.set_clock_skew(0)


def _new_tokens(clouds: Clouds, random: Random) -> Undo:
    random.choice([clouds.octopus.revoke_tokens, clouds.octopus.expire_tokens, clouds.octopus.revoke_refresh_tokens])()
    return lambda: None


def _once_rejected(clouds: Clouds, _random: Random) -> Undo:
    clouds.octopus.revoke_tokens()
    fault = clouds.octopus.fail("KT-CT-1139", times=1, fields=[MINT])

    def undo() -> None:
        active = clouds.octopus.faults.active
        clouds.octopus.faults.active = [other for other in active if other is not fault]

    return undo


def _tesla_tokens(clouds: Clouds, _random: Random) -> Undo:
    clouds.tesla.expire_tokens()
    return lambda: None


def _tesla_no_tokens(clouds: Clouds, random: Random) -> Undo:
    rule = clouds.tesla.misbehave(random.choice([HttpError(500), HttpError(503, json=False), Dropped()]), "token")
    clouds.tesla.expire_tokens()
    return lambda: clouds.tesla.behave(rule)


def _backup_mode(clouds: Clouds, _random: Random) -> Undo:
    mode = clouds.tesla.site.mode
    clouds.tesla.site.set_in_app(mode="backup")
    return lambda: clouds.tesla.site.set_in_app(mode=mode)


def _grid_down(clouds: Clouds, random: Random) -> Undo:
    clouds.tesla.site.island_status = random.choice(["off_grid", "off_grid_intentional", "off_grid_unintentional"])

    def undo() -> None:
        clouds.tesla.site.island_status = "on_grid"

    return undo


def _reads_and_writes(reads: Behaviour, writes: Behaviour) -> Callable[[Clouds, Random], Undo]:
    """Both at once: what is read meanwhile is no proof of what was written."""

    def start(clouds: Clouds, _random: Random) -> Undo:
        rules = [clouds.tesla.misbehave(reads, "reads"), clouds.tesla.misbehave(writes)]

        def undo() -> None:
            for rule in rules:
                clouds.tesla.behave(rule)

        return undo

    return start


_RETRY_AFTER_S = 3600
# Reads come back when the limit is over; a restore is tried again half an hour after that at the latest.
_LIMITED = timedelta(seconds=_RETRY_AFTER_S) + _RETRY
_LIMIT = HttpError(429, retry_after_s=_RETRY_AFTER_S)
_BOTH: dict[str, tuple[Behaviour, Behaviour, timedelta]] = {
    "tesla_limited": (_LIMIT, HttpError(429), _LIMITED),
    "tesla_limited_and_writes_lost": (_LIMIT, Ignored(), _LIMITED),
    "tesla_stale_and_writes_refused": (Stale(), HttpError(502), _RETRY),
    "tesla_stale_and_writes_lost": (Stale(), Dropped(), _RETRY),
    "tesla_stale_and_writes_ignored": (Stale(), Ignored(), _RETRY),
}

_ERRORS = (400, 403, 404, 408, 410, 429, 500, 502, 503, 520)

MISHAPS: dict[str, Mishap] = {
    mishap.kind: mishap
    for mishap in (
        *(
            of_octopus(kind)
            for kind in ("http_500", "http_502", "http_503", "drop", "hang", "hang_in_body", "truncated")
        ),
        *(of_octopus(kind) for kind in ("not_json", "json_not_object", "redirect", "null")),
        *(of_octopus(kind) for kind in ("number_not_list", "missing_start", "missing_end", "null_end", "unknown_type")),
        *(of_octopus(kind) for kind in ("reversed", "zero_length", "wrong_types", "unreadable_times", "absurd_times")),
        *(of_octopus(kind) for kind in ("null_energy", "unreadable_energy", "null_row", "string_row", "empty_plan")),
        *(of_octopus(kind) for kind in ("KT-CT-4340", "KT-CT-4341", "KT-CT-4360", "KT-CT-7899", "KT-CT-1188")),
        of_octopus("huge_body", size=3_000_000),
        of_octopus("many_rows", count=1_200),
        of_octopus("empty_plan", state="LOST_CONNECTION"),
        of_octopus("empty_plan", state="SMART_CONTROL_NOT_AVAILABLE"),
        of_octopus("KT-CT-4340", device="car"),
        of_octopus("http_429", BACK_OFF),
        of_octopus("cloudfront_403", BACK_OFF),
        of_octopus("KT-CT-1199", BACK_OFF),
        of_octopus("KT-CT-1199", BACK_OFF, fields=[MINT]),
        of_octopus("json_403", _MINT),
        of_octopus("KT-CT-1111", _MINT),
        of_octopus("OE-0103", _MINT),
        Mishap("octopus_clock_differs", Where.OCTOPUS, POLL, _skew),
        Mishap("octopus_tokens_end", Where.OCTOPUS, POLL, _new_tokens),
        Mishap("octopus_mint_rejected_once", Where.OCTOPUS, POLL, _once_rejected),
        _tesla("write_refused", lambda random: HttpError(random.choice(_ERRORS)), weight=3),
        _tesla("write_refused_but_applied", lambda random: HttpError(random.choice(_ERRORS), applied=True), weight=3),
        _tesla("write_refused_html", lambda random: HttpError(502, json=False, applied=random.random() < 0.5)),
        _tesla("write_failed_in_body", lambda random: BodyError(random.choice([400, None])), weight=2),
        _tesla("write_failed_in_body_but_applied", lambda _random: BodyError(400, applied=True)),
        _tesla("write_ignored", lambda _random: Ignored(), weight=3),
        _tesla("write_dropped", lambda _random: Dropped(), weight=2),
        _tesla("write_dropped_but_applied", lambda _random: Dropped(applied=True), weight=2),
        _tesla("write_hangs", lambda _random: Hang(), weight=2),
        _tesla("write_hangs_then_answers", lambda random: Hang(random.randint(5, 55), random.randint(0, 5)), weight=2),
        _tesla("write_hangs_and_lands_later", lambda random: Hang(None, random.randint(1, 500)), weight=4),
        _tesla("write_lags", lambda random: Lag(random.choice([30, 90, 240]), random.choice([0, 90])), weight=3),
        _tesla("write_snaps_to_80", lambda random: Snap(random.choice([0, 200, 900]), hundred=True), weight=2),
        _tesla("read_error", lambda random: HttpError(random.choice([429, 500, 502, 503])), "reads", weight=2),
        _tesla("read_info_error", lambda random: HttpError(random.choice([429, 500, 503])), ("site_info",), weight=2),
        _tesla("read_live_error", lambda random: HttpError(random.choice([429, 500, 503])), ("live_status",)),
        _tesla("read_stale", lambda _random: Stale(), "reads", weight=3),
        _tesla("read_hangs", lambda random: Hang(random.choice([None, 45])), "reads"),
        _tesla("read_dropped", lambda _random: Dropped(), "reads"),
        _tesla("read_not_a_document", lambda random: NotADict(random.choice([None, "busy", 7])), ("live_status",)),
        _tesla("level_zero", lambda _random: Override({"percentage_charged": 0}), ("live_status",), weight=2),
        _tesla("level_missing", lambda _random: Override(missing=("percentage_charged",)), ("live_status",)),
        _tesla(
            "level_absurd", lambda random: Override({"percentage_charged": random.choice([-5, 250, None])}), "reads"
        ),
        _tesla("reserve_missing", lambda _random: Override(missing=("backup_reserve_percent",)), ("site_info",)),
        *(
            Mishap(kind, Where.READS, recovery, _reads_and_writes(reads, writes), 2, (Where.WRITES,))
            for kind, (reads, writes, recovery) in _BOTH.items()
        ),
        _tesla("products_error", lambda _random: HttpError(503), ("products",)),
        Mishap("tesla_tokens_expire", Where.READS, READ, _tesla_tokens),
        Mishap("tesla_tokens_refused", Where.READS, timedelta(minutes=15), _tesla_no_tokens),
        Mishap("powerwall_backup_mode", Where.BLOCK, READ, _backup_mode),
        Mishap("grid_down", Where.BLOCK, READ, _grid_down, 2),
        _site("tesla_site_offline", Where.READS, _RETRY, {"offline": True}, {"offline": False}),
        _site("storm_watch", Where.BLOCK, READ, {"storm_mode_active": True}, {"storm_mode_active": False}),
        _site("grid_services", Where.BLOCK, READ, {"grid_services_active": True}, {"grid_services_active": False}),
        _site("battery_disobeys", Where.EVIDENCE, READ, {"obeys": False}, {"obeys": True}),
    )
}
"""By kind. The entity that goes away, and the charger that says nothing or flickers, are the player's own."""

PHANTOMS = frozenset({"octopus_null_energy", "octopus_unreadable_energy", "octopus_unknown_type"})
"""Those that show a slot an hour ahead where there is none."""

SILENT = frozenset(
    f"octopus_{kind}"
    for kind in (
        *("http_500", "http_502", "http_503", "http_429", "drop", "hang", "hang_in_body", "truncated", "not_json"),
        *("json_not_object", "redirect", "huge_body", "cloudfront_403", "json_403", "kt_ct_1199", "kt_ct_1199_mint"),
        *("kt_ct_1111", "oe_0103", "kt_ct_4341", "kt_ct_1188", "tokens_end", "mint_rejected_once", "bare_401_once"),
        *("limit_on_completed", "name_refused", "preferences_refused", "meters_refused"),
    )
)
"""Those of Octopus' that only keep it from answering, or from telling what no slot needs: the last plan stays."""

BLOCKS = frozenset({"storm_watch", "grid_down", "grid_services"})
"""Those during which nothing may be written at all (design 5.8)."""
