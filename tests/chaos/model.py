"""Which reserve is right now: the rules of the design, read once more and written down as plainly as possible.

The model knows the truth and nothing of the integration. Where the truth leaves no doubt it names the right values;
where a mishap is under way, or was a moment ago, it has no opinion.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from math import floor

from .cheapness import certainties_of
from .faults import SILENT
from .stretches import Held, edges_of, ever_held, holds, other_stretches, slot_stretches, widened
from .truth import Disturbance, Time, TrueSlot, Truth, Where, nights_around, united

DEED = timedelta(minutes=6)
AT_AN_EDGE = timedelta(minutes=9)
AT_A_KNOWN_EDGE = timedelta(minutes=3)
BOOTED = timedelta(minutes=6)
LANDS_WITHIN = timedelta(minutes=16)
"""The longest that a write takes to land, or Tesla to change its mind about one."""
BEFORE = timedelta(hours=2)
"""A hold of so long before may still have a write on its way."""
WHOSE_HAND = "whose hand?"
HELD_ANYWAY = "held, whatever the plan is"
UNLESS_LOST = "held, unless the write was lost"
STILL_KNOWN = timedelta(minutes=50)
"""How long a plan is as good as fresh for a slot that has begun (design 2), with some minutes to spare."""
LAG = timedelta(minutes=12)
SHORT = timedelta(minutes=9)
"""What lasts no longer than this is over when a write that it took is sent for the last time."""
SETTLED = timedelta(minutes=45)
"""After so long without anything broken a hold that goes on has seen to what it asks for, unless it has given up."""
# In percent. Tesla's integrations report a missing level as 0 (design 4.3).
_EMPTY = 1.0
SLOTLESS = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the reserve may be; ``None``: no opinion."""

    values: frozenset[int] | None
    why: str

    @property
    def is_strict(self) -> bool:
        """Whether it says what stands, and not only what may."""
        return self.values is not None and self.why not in (UNLESS_LOST, HELD_ANYWAY)


def _nothing(why: str) -> Opinion:
    return Opinion(None, why)


def opinion(truth: Truth, now: datetime, *, ignoring: frozenset[Where] = frozenset()) -> Opinion:
    """What the reserve ought to be now; ``ignoring`` some disturbances, what it ought to be if they were not."""
    if ignoring:
        truth = replace(truth, disturbances=[each for each in truth.disturbances if each.where not in ignoring])
    if truth.on_since is None:
        return _off(truth, now)
    if now - truth.on_since < BOOTED:
        return _nothing("just booted")
    if _is_recent(truth.owner_changed_at, now, DEED):
        return _nothing("the owner has just done something")
    if truth.felt(now, Where.BLOCK):
        return _nothing("blocked")
    blind = truth.felt(now, Where.READS)
    stretches = holds(truth, now)
    if blind and not _stands_still(truth, now, min(each.start for each in blind)):
        return _unless_lost(truth, now, "reading disturbed")
    if _is_doubtful(truth, now, stretches):
        return _held_anyway(truth, now, "who can tell?")
    near = AT_A_KNOWN_EDGE if _is_calm(truth, now, stretches) else AT_AN_EDGE
    if any(abs(edge - now) < near and edge <= now + timedelta(minutes=1) for edge in edges_of(stretches)):
        return _held_anyway(truth, now, "at an edge")
    here = next((each for each in stretches if now in united([held.time for held in each])[0]), None)
    if here is None:
        return _outside(truth, now)
    return _inside(truth, now, here)


def _is_doubtful(truth: Truth, now: datetime, groups: list[list[Held]]) -> bool:
    """Whether nobody outside can tell which slots the integration knows of, and that matters."""
    if any(now in doubt for doubt in truth.doubts):
        return True
    here = [held for group in groups for held in group if now in held.time]
    charges = any(held.why == "guard" and held.intent == "charge" for held in here)
    # A night in which the guard charges up is the same with every slot and without.
    return not charges and any(now in doubt for doubt in _untold(truth, now))


def _off(truth: Truth, now: datetime) -> Opinion:
    if truth.left_well:
        return Opinion(frozenset(wanted_back(truth)), "stopped for good")
    if truth.stood is None:
        return _nothing("off")
    return Opinion(frozenset({truth.stood}), "as it stood when switched off")


def _is_calm(truth: Truth, now: datetime, groups: list[list[Held]]) -> bool:
    """Whether nothing was broken for a quarter of an hour and the plan is well known: edges are met to the second."""
    if truth.broken_since(now - timedelta(minutes=15), now, *Where):
        return False
    wholes = [united([held.time for held in group])[0] for group in groups]
    return not any(
        _has_plan_changed(truth, now - truth.news(now), whole) for whole in wholes if now in whole.wider(minutes=10)
    )


def _has_plan_changed(truth: Truth, since: datetime, whole: Time | None) -> bool:
    """Whether Octopus has changed something of a hold since a moment; of any, where no hold is named."""
    changes = [change for change in truth.plan_changes if change.at > since]
    if whole is None or any(change.times is None for change in changes):
        return bool(changes)
    near = whole.wider(minutes=31)
    times = [time for change in changes for time in change.times or ()]
    return any(stretch.time.touches(near) for group in slot_stretches(times) for stretch in group) or any(
        widened(time).touches(near) for time in times
    )


def _stands_still(truth: Truth, now: datetime, disturbed_at: datetime) -> bool:
    """Whether a hold has had no reason to write since it was seen, or since well before something was disturbed.

    What stood then still stands.
    """
    groups = holds(truth, now)
    here = next((each for each in groups if now in united([held.time for held in each])[0]), None)
    if here is None:
        return False
    since = disturbed_at - LAG
    if truth.seen_held_at is not None:
        since = max(since, truth.seen_held_at)
    changes = (truth.owner_changed_at, truth.charging_changed_at, truth.on_since)
    if any(at is not None and at > since for at in changes) or not _is_free(truth, since):
        return False
    if _has_plan_changed(truth, since, united([held.time for held in here])[0]):
        return False
    if truth.broken_since(since, now, Where.BLOCK, Where.EVIDENCE):
        return False
    if truth.broken_since(since, now, Where.OCTOPUS) and not _knows_plan(truth, now, here):
        return False
    if any(since < edge <= now for edge in edges_of(groups)):
        return False
    covering = [held for group in groups for held in group if now in held.time]
    return bool(covering) and all(
        len(then := certainties_of(truth, since, held)) == 1 and then == certainties_of(truth, now, held)
        for held in covering
    )


def _knows_plan(truth: Truth, now: datetime, here: list[Held]) -> bool:
    """Whether a hold goes on as if Octopus could be read, although it cannot, or has just changed its plan."""
    whole = united([held.time for held in here])[0].wider(minutes=31)
    broken = truth.felt(now, Where.OCTOPUS)
    if any(each.kind == "octopus_clock_differs" for each in broken):
        return False
    slots = [widened(time) for slot in truth.slots for time in slot.all_times()]
    if not any(time.touches(whole) for time in (*slots, *truth.phantoms)):
        # The night and the owner's word need no plan.
        return True
    since = min((each.start for each in broken), default=now)
    if truth.ohme or any(each.kind not in SILENT for each in broken) or now >= since + STILL_KNOWN:
        return False
    if _has_plan_changed(truth, since - truth.news(now), whole):
        return False
    begun = [held.time.start for held in here if held.why == "slot" and now in held.time]
    return bool(truth.cheap_as_a_whole or truth.has_charger) and all(
        start <= since + truth.news(now) for start in begun
    )


def wanted_back(truth: Truth) -> set[int]:
    """What stands when nothing is held: the owner's last word, or the usual reserve once something was written."""
    usual = truth.choices.usual_reserve
    if truth.raised_at is None or truth.raised_at <= truth.will_at:
        return set(truth.will)
    if usual is None:
        return truth.will | truth.maybe
    return {usual} | truth.maybe | (truth.will if truth.maybe or len(truth.will) > 1 else set())


def _outside(truth: Truth, now: datetime) -> Opinion:
    if truth.felt(now, Where.WRITES):
        return _nothing("writing disturbed")
    if truth.felt(now, Where.OCTOPUS) or _has_plan_changed(truth, now - truth.news(now), None):
        once = united([each.wider(minutes=15) for each in ever_held(truth, now)])
        if any(now in each for each in once):
            return _nothing("the plan is not known")
    return Opinion(frozenset(wanted_back(truth)), "nothing is held")


def _inside(truth: Truth, now: datetime, here: list[Held]) -> Opinion:
    whole = united([held.time for held in here])[0]
    if not truth.choices.automation or truth.choices.dry_run:
        if truth.felt(now, Where.WRITES):
            return _nothing("writing disturbed")
        return Opinion(frozenset(wanted_back(truth)), "automation off" if not truth.choices.automation else "dry run")
    unknown = truth.felt(now, Where.OCTOPUS) or _has_plan_changed(truth, now - truth.news(now), whole)
    if unknown and not _knows_plan(truth, now, here):
        return _held_anyway(truth, now, "the plan is not known")
    since = max(whole.start, truth.override.until if truth.override else whole.start)
    lost = [each.start for each in truth.all_felt(since - LAG, now, Where.WRITES) if not _is_made_good(each, now)]
    is_known = bool(lost) and (min(lost) >= since + LAG or _is_after(truth.seen_held_at, since))
    if lost and not (is_known and _stands_still(truth, now, min(lost))):
        return _unless_lost(truth, now, "writing disturbed in this hold")
    if truth.override is not None and truth.override.at <= now:
        over = truth.override
        if now < over.until:
            return Opinion(frozenset({over.value}), "the owner's hand") if over.is_sure else _nothing(WHOSE_HAND)
        if now < _override_ends(truth) + truth.news(now):
            return _nothing("after the owner's hand")
    if whole.end - now < timedelta(minutes=1):
        return _nothing("about to end")
    return _held(truth, now, here, since)


def _is_made_good(disturbance: Disturbance, now: datetime) -> bool:
    """Whether what was written in vain was sent again since; a trial puts back what it found by itself."""
    end = disturbance.end
    if end is None or now < end + disturbance.recovery:
        return False
    return disturbance.kind == "trial" or end - disturbance.start <= SHORT


def _held(truth: Truth, now: datetime, here: list[Held], since: datetime) -> Opinion:
    covering = [held for held in here if now in held.time]
    if not covering:
        return _nothing("in a gap")
    if any(level < _EMPTY for at, level in truth.levels if since - timedelta(minutes=40) <= at <= now):
        return _nothing("an empty battery reads like none")
    values: set[int] = set()
    levels = _levels(truth, since, now)
    for certainties in product(*(certainties_of(truth, now, held) for held in covering)):
        # The owner's word to keep the level says nothing of the price: each stretch is judged for itself.
        charge = any(
            sure and (held.intent or _chosen(truth)) == "charge"
            for held, sure in zip(covering, certainties, strict=True)
        )
        values |= _asked(truth, levels, certain=any(certainties), charge=charge)
    if truth.has_charger and truth.charging is False:
        # A hold on a car that stays idle may let go (design 2).
        values |= wanted_back(truth)
    by_octopus = not truth.has_charger and not truth.ohme
    slow = by_octopus or not _is_calm(truth, now, [here])
    if _is_recent(truth.charging_changed_at, now, DEED if slow else AT_A_KNOWN_EDGE):
        return _nothing("the car has just begun or stopped")
    return Opinion(frozenset(values), "held for " + ", ".join(sorted({held.why for held in covering})))


def _held_anyway(truth: Truth, now: datetime, otherwise: str) -> Opinion:
    """What stands where a guard or the owner's word holds whatever the plan is: it may ask for more, and no more."""
    always = [held for held in other_stretches(truth, now) if now in held.time]
    if not always or not truth.choices.automation or truth.choices.dry_run:
        return _nothing(otherwise)
    ever = united([each.wider(minutes=31) for each in ever_held(truth, now)])
    since = min(each.start for each in ever if now in each) - LAG
    edges = [edge for held in always for edge in (held.time.start, held.time.end)]
    settling = max(since, now - SETTLED)
    if any(abs(edge - now) < AT_AN_EDGE for edge in edges) or not _is_free(truth, settling):
        return _nothing(otherwise)
    broken = truth.broken_since(settling, now, Where.READS, Where.BLOCK)
    lost = any(not _is_made_good(each, now) for each in truth.all_felt(since, now, Where.WRITES))
    if broken or lost or _is_after(truth.on_since, settling):
        return _nothing(otherwise)
    values: set[int] = set()
    levels = _levels(truth, since, now)
    for certain, charge in ((True, True), (True, False), (False, False)):
        values |= _asked(truth, levels, certain=certain, charge=charge)
    return Opinion(frozenset(values), HELD_ANYWAY)


def _levels(truth: Truth, since: datetime, now: datetime) -> range:
    """The whole levels that a hold since a moment may go by."""
    levels = [level for at, level in truth.levels if since - timedelta(minutes=40) <= at <= now]
    return range(max(floor(min(levels)) - 1, 1), min(floor(max(levels)) + 1, 100) + 1)


def _asked(truth: Truth, levels: range, *, certain: bool, charge: bool) -> set[int]:
    """What a hold may ask for, or leave because it is high enough."""
    values: set[int] = set()
    for baseline in _baselines(truth):
        for level in levels:
            kept = max(_accepted(level, certain) if truth.battery.is_tesla else level, baseline)
            wanted = max(truth.choices.charge_target, kept) if charge else kept
            values.add(wanted)
            values.update(found for found in truth.will if found >= wanted)
    return values


def _unless_lost(truth: Truth, now: datetime, otherwise: str) -> Opinion:
    """What may stand in a hold in which writes or readings are disturbed: what it asks for, or what stood before.

    Only where nothing else has changed meanwhile. What lands late is one of the same; what Tesla makes of 100 is 80.
    """
    groups = holds(truth, now)
    here = next((each for each in groups if now in united([held.time for held in each])[0]), None)
    if here is None or not truth.choices.automation or truth.choices.dry_run:
        return _nothing(otherwise)
    whole = united([held.time for held in here])[0]
    broken = truth.all_felt(whole.start - LAG, now, Where.READS, Where.WRITES)
    since = min([whole.start, *(each.start for each in broken)])
    if not _is_free(truth, since):
        return _nothing(otherwise)
    is_tried = any(each.kind == "trial" for each in broken)
    is_new = truth.owner_changed_at is not None and truth.owner_changed_at > since - DEED
    unknown = truth.felt(now, Where.OCTOPUS) or _has_plan_changed(truth, now - truth.news(now), whole)
    if is_tried or is_new or (unknown and not _knows_plan(truth, now, here)):
        return _nothing(otherwise)
    if _is_doubtful(truth, now, groups):
        return _nothing("who can tell?")
    # What stood before may also be what the owner had before the usual reserve was changed.
    values, levels = wanted_back(truth) | truth.will, _levels(truth, since - BEFORE, now)
    values |= {80} if any("snaps" in each.kind for each in broken) else set()
    for certain, charge in ((True, True), (True, False), (False, False)):
        values |= _asked(truth, levels, certain=certain, charge=charge)
    return Opinion(frozenset(values), UNLESS_LOST)


def _baselines(truth: Truth) -> set[int]:
    usual = truth.choices.usual_reserve
    return truth.will | truth.maybe | ({usual} if usual is not None else set())


def _chosen(truth: Truth) -> str:
    return "charge" if truth.choices.charge_up else "preserve"


def _accepted(level: int, certain: bool) -> int:
    if level <= 80 or level == 100:
        return level
    return 100 if certain else 80


def _untold(truth: Truth, now: datetime) -> list[Time]:
    """Where a slot still matters that is over, and of which the integration may never have been told."""
    result = []
    for slot in truth.slots:
        if slot.gone_at is not None and slot.gone_at < slot.end:
            # Who hears of it only in the night holds on to its end: a tail is never withdrawn.
            nights = [
                night
                for night in nights_around(slot.end)
                if night.touches(Time(slot.start, slot.end).wider(minutes=31))
            ]
            result += [night for night in nights if not _was_told(truth, slot.gone_at, night.start)]
        over = min(slot.gone_at or slot.end, slot.end)
        if over <= now and (_is_known(truth, slot, over, now) or _lies_in_night(truth, slot)):
            continue
        if over > now:
            continue
        whole = Time(slot.start, max(slot.end, over + truth.news(now), slot.start + truth.news(now)))
        if truth.widens:
            result.append(whole.wider(minutes=31))
        result += [Time(slot.start, night.end) for night in nights_around(slot.start) if night.touches(whole)]
    return result


def _is_known(truth: Truth, slot: TrueSlot, over: datetime, now: datetime) -> bool:
    """Whether the integration was told of a slot that is over as it last was, and of its withdrawal."""
    if not _was_told(truth, slot.changed_at or slot.listed_at, over):
        return False
    return slot.gone_at is None or slot.gone_at >= slot.end or _was_told(truth, slot.gone_at, now)


def _lies_in_night(truth: Truth, slot: TrueSlot) -> bool:
    """Whether a slot, with all that it was ever joined to, has only ever been in the night: it moves nothing."""
    times = [time for each in truth.slots if each.is_smart for time in each.all_times()]
    wholes = united([widened(time) for time in times] if truth.widens else times)
    own = [whole for whole in wholes if any(time.touches(whole) for time in slot.all_times())]
    return all(
        any(night.start <= whole.start and whole.end <= night.end for night in nights_around(whole.start))
        for whole in own
    )


def _was_told(truth: Truth, listed_at: datetime, over: datetime) -> bool:
    """Whether the computer was on and Octopus answered for long enough to tell of a slot before it was over."""
    broken = [
        (each.start, None if each.end is None else each.end + each.recovery)
        for each in truth.disturbances
        if each.where is Where.OCTOPUS
    ]
    told_from = listed_at
    for start, end in sorted([*broken, *truth.off], key=lambda period: period[0]):
        if end is not None and end <= told_from:
            continue
        if start - told_from >= truth.news(start):
            return True
        if end is None:
            return False
        told_from = max(told_from, end)
    return over - told_from >= truth.news(over)


def override_until(truth: Truth, now: datetime) -> datetime:
    """The latest end known of what is held now."""
    here = next((each for each in holds(truth, now) if now in united([held.time for held in each])[0]), None)
    return united([held.time for held in here])[0].end if here else now


def _override_ends(truth: Truth) -> datetime:
    """When nothing keeps the hands off any more: no slot has run for half an hour, also none that was withdrawn.

    Of a withdrawal the integration may not have been told.
    """
    over = truth.override
    assert over is not None
    ends = over.until
    running = united([time for slot in truth.slots if slot.is_smart for time in slot.all_times()])
    for slot in running:
        if slot.start <= ends and slot.end + SLOTLESS > ends:
            ends = slot.end + SLOTLESS
    return ends


def _is_free(truth: Truth, since: datetime) -> bool:
    """Whether the owner's hand has been over since a moment."""
    return truth.override is None or _override_ends(truth) + truth.news(since) <= since


def _is_after(at: datetime | None, since: datetime) -> bool:
    return at is not None and at > since


def _is_recent(at: datetime | None, now: datetime, within: timedelta) -> bool:
    return at is not None and now - at < within
