"""Rules of ``domain/plan``: which rows count, how they become slots, and slots holds (design 3, 5.9)."""

from ..breaking import condition, constant, result, swap
from ..rule import Rule

PLAN = ("domain/test_plan.py", "domain/test_timeline.py")
TIMELINE_AND_SLOTS = ("domain/test_timeline.py", "stories/test_slots.py")
TIMELINE = ("domain/test_timeline.py", "domain/test_hold.py")
POLLING = ("domain/test_polling.py",)
CAR_GUARD = ("domain/test_car_guard.py",)

# fmt: off
RULES = (
    Rule("3.9 a skipped slot that is taken back is over", "_snapshot",
         swap("(running is not None or view.tariff.cheap_window(now) is not None)", "True"),
         ("stories/test_moving_plans.py",)),
    Rule("3.1 BOOST never counts", "device_plan.counts",
         swap("DispatchType.SMART, None", "DispatchType.SMART, DispatchType.BOOST, None"), PLAN),
    Rule("3.1 a row that ends before it begins never counts", "device_plan.counts",
         swap("dispatch.start < dispatch.end", "True"), PLAN),
    Rule("3.1 a row longer than a day never counts", "LONGEST_DISPATCH",
         constant("timedelta(hours=25)"), PLAN),
    Rule("3.1 a row more than 7 days ahead never counts", "FURTHEST_START",
         constant("timedelta(days=8)"), PLAN),
    Rule("3.2 a begun half hour is kept", "_slot_spans",
         swap("plan.intervals()", "tuple(row.dispatch.interval for row in plan.rows)"), TIMELINE),
    Rule("3.3 slots up to 5 min apart are one", "JOIN_GAP",
         constant("timedelta(minutes=4)"), PLAN),
    Rule("3.3 night slots are dropped", "_slot_spans",
         condition(False, "is_day_slot"), TIMELINE),
    Rule("3.3 a slot that reaches out of the night is a day slot", "timeline.is_day_slot",
         swap("interval.end > night.end", "False"), TIMELINE),
    Rule("3.4 the tail to 05:30 is held", "_slot_spans",
         condition(False, "tail", "None"), TIMELINE),
    Rule("3.5 no hold begins with less than 3 min left", "SHORTEST_START",
         constant("timedelta(minutes=2)"), TIMELINE),
    Rule("3.6 one poll withdraws nothing", "_replaced",
         swap("now - vanished_at < WITHDRAWN_AFTER", "False"), PLAN),
    Rule("3.6 an empty plan of a lost connection withdraws nothing", "read_plan",
         condition(False, "is_lost"), PLAN),
    Rule("3.6 a kept plan keeps its age", "read_plan",
         swap("listed + earlier", "listed + tuple(replace(row, read_at=now) for row in earlier)"), PLAN),
    Rule("3.6 a device that cannot be read keeps its plan", "polled",
         condition(False, "skipped"), ("domain/test_plan.py",)),
    Rule("3.9 a skipped slot is left alone", "_slot_spans",
         swap("without(plan.intervals(), wishes.skipped)", "plan.intervals()"), TIMELINE_AND_SLOTS),
    Rule("4.1 perhaps cheap is preserved", "intent_of",
         condition(False, "certain"), ("domain/test_timeline.py", "domain/test_decide.py")),
    Rule("5.9 the guard begins at 23:30", "NIGHT_GUARD",
         constant("DailyWindow(OFF_PEAK.start.replace(minute=40), OFF_PEAK.end)"), TIMELINE),
    Rule("5.9 the guard may be off", "_guard_spans",
         condition(False, "OFF"), TIMELINE),
    Rule("6 polls are at least 60 s apart", "APART",
         constant("timedelta(seconds=20)"), POLLING),
    Rule("6 a poll 30 s around each edge", "AROUND_EDGE",
         constant("timedelta(seconds=90)"), POLLING),
    Rule("6 backs off longer and longer", "back_off",
         result("BACK_OFF[0]"), POLLING),
    Rule("5.14 the car guard ends two minutes after the car", "LINGERS_FOR",
         constant("timedelta(minutes=3)"), CAR_GUARD),
    Rule("5.14 it never outlasts 12 h", "car_guard.LONGEST",
         constant("timedelta(hours=13)"), CAR_GUARD),
    Rule("5.14 in a slot there is no car guard", "guard_span",
         swap("end = min(end, slot.start)", "pass"), CAR_GUARD),
    Rule("5.14 a car of which nothing is known is not charging", "car_guard.followed",
         swap("CarSession(now) if charging else None", "CarSession(now)"), CAR_GUARD),
    Rule("10.2 a slot of Ohme's is certain only while Ohme shows the car charging", "decide._facts",
         swap("inputs.charger_evidence", "True"), ("domain/test_sources.py",)),
    Rule("10.2 what Ohme lists after the plug is pulled does not count", "_ENDED",
         constant("frozenset()"), ("sources/test_ohme.py",)),
    Rule("3.6 a device that vanishes is held for half an hour", "HELD_WHILE_AWAY",
         constant("timedelta(minutes=25)"), ("domain/test_device_plan.py",)),
    Rule("3.6 a slot that came back twice is damped", "DAMPED_AFTER_RETURNS",
         constant("3"), ("domain/test_device_plan.py",)),
    Rule("3.6 a return counts within half an hour", "RETURNS_WITHIN",
         constant("timedelta(minutes=40)"), ("domain/test_device_plan.py",)),
)
# fmt: on
