"""Rules of ``domain/price`` and of what surrounds it: certainty, evidence, the allowance (design 2, 3.7)."""

from ..breaking import condition, constant, swap
from ..rule import Rule

CERTAINTY = ("domain/test_certainty.py",)
ALLOWANCE = ("domain/test_allowance.py",)
EVIDENCE = ("domain/test_evidence.py",)
DECIDE = ("domain/test_decide.py",)

# fmt: off
RULES = (
    Rule("2 a plan is good for a start for 15 min", "START_AGE",
         constant("timedelta(minutes=16)"), CERTAINTY),
    Rule("2 a slot that began certain is so for 60 min", "RUNNING_AGE",
         constant("timedelta(minutes=50)"), CERTAINTY),
    Rule("2 no plan is good for more than 2 h", "OLDEST_PLAN",
         constant("timedelta(hours=3)"), CERTAINTY),
    Rule("2 a car of which nothing is known is no evidence", "_judge_slot",
         condition(False, "car_charging", "None"), CERTAINTY),
    Rule("2 a car that does not charge makes a slot dear", "_judge_slot",
         swap("not facts.car_charging", "False"), CERTAINTY),
    Rule("2 an idle car is waited for a quarter of an hour", "IDLE_FOR",
         constant("timedelta(minutes=16)"), ("stories/test_idle_car.py",)),
    Rule("2 without its car a slot is let go", "_judge_slot",
         swap("Judgement(Certainty.NOT_CHEAP, Reason.CAR_IDLE)", "Judgement(Certainty.PERHAPS, Reason.CAR_IDLE)"),
         CERTAINTY),
    Rule("2 the owner's word is certain", "judge",
         condition(False, "OWNER"), CERTAINTY),
    Rule("2 Octopus' live power is good for 5 min", "ACTIVE_POWER_AGE",
         constant("timedelta(minutes=7)"), CERTAINTY),
    Rule("2 an unavailable entity is never off", "evidence._SILENT",
         constant("frozenset()"), EVIDENCE),
    Rule("7 it stays cheap through slots that are certain", "_cheap_until",
         swap("view.judged(Span(slot.interval, SpanKind.SLOT), now).certainty is Certainty.CERTAIN", "False"), DECIDE),
    Rule("3.7 the allowance is enforced", "_judge_slot",
         condition(False, "allowance_left"), CERTAINTY),
    Rule("3.7 it is six hours", "HALF_HOURS_A_DAY",
         constant("13"), ALLOWANCE),
    Rule("3.7 spill-over is no charging", "LEAST_ENERGY_KWH",
         constant("0.06"), ALLOWANCE),
    Rule("3.7 boosts are no part of it", "used_half_hours",
         condition(False, "BOOST"), ALLOWANCE),
    Rule("6 by a wrong clock not even the night is certain", "judge",
         condition(False, "clock_agrees"), CERTAINTY),
    Rule("3.3 charge beats preserve in a joined hold", "_strength",
         swap("intent is Intent.CHARGE", "intent is Intent.PRESERVE"), DECIDE),
)
# fmt: on
