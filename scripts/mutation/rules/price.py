"""Rules of ``domain/price`` and of what surrounds it: certainty, evidence, the allowance (design 2, 3.7)."""

from ..breaking import condition, constant, result, swap
from ..rule import Rule

CERTAINTY = ("domain/test_certainty.py",)
ALLOWANCE = ("domain/test_allowance.py",)
SUN_ROOM = ("domain/money/test_sun_room.py",)
EVIDENCE = ("domain/test_evidence.py",)
DECIDE = ("domain/test_decide.py",)
HOMES = ("domain/test_agreements.py",)
OCTOPUS_EVIDENCE = ("domain/test_octopus_evidence.py",)
CONTRADICTION = ("domain/test_contradiction.py",)
ACCOUNT_STATE = ("domain/test_account_state.py",)

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
    Rule("9.6 where export pays no room is left for the sun", "room_for",
         swap("too_much <= 0", "False"), SUN_ROOM),
    Rule("9.6 what the home needs comes before the sun's room", "room_for",
         swap("max(FULL if needed_pct is None else needed_pct, fits_pct or 0)", "fits_pct or 0"), SUN_ROOM),
    Rule("9.6 the owner's own word is not lowered for the sun", "_with_room",
         swap("kinds & _OWNERS_WORD", "False"), ("stories/test_sun_room.py",)),
    Rule("3.3 charge beats preserve in a joined hold", "_strength",
         swap("intent is Intent.CHARGE", "intent is Intent.PRESERVE"), DECIDE),
    Rule("2 only the home's own devices and agreements count", "Agreement.is_at",
         result("True"), HOMES),
    Rule("2 of several homes one has to be chosen", "agreements.chosen_home",
         swap("len(known) > 1", "False"), HOMES),
    Rule("2 of several meters the one on Intelligent Octopus Go decides", "agreements._deciding",
         swap("refused or smart or in_force", "refused or in_force"), HOMES),
    Rule("2 without an agreement a live car's slots are perhaps cheap", "agreements._followed_with",
         result("tariff"), HOMES),
    Rule("2 an agreement that has not begun is none that ended", "standing_at",
         condition(False, "begins", "None"), HOMES),
    Rule("2 the state of a device casts doubt on its rows", "doubt_of",
         result("None"), ("domain/test_device_plan.py",)),
    Rule("2 a boost over a smart row is no slot", "DevicePlan.doubt_at",
         result("self.doubt"), ("domain/test_octopus_evidence.py", "stories/test_accounts.py")),
    Rule("2 an entity cannot speak for one car while another boosts", "_charges_on_its_own",
         result("False"), OCTOPUS_EVIDENCE),
    Rule("2 Octopus' power speaks for its own device only", "evidence_for",
         swap("device_key(device) == voice.key", "True"), OCTOPUS_EVIDENCE),
    Rule("2 reports contradict an entity on three days of seven", "TOLD_FROM_DAYS",
         constant("2"), CONTRADICTION),
    Rule("2 a report is waited for", "contradiction.REPORTED_AFTER",
         constant("timedelta(hours=1)"), CONTRADICTION),
    Rule("2 what is missing is waited for longer", "contradiction.MISSING_AFTER",
         constant("timedelta(hours=2)"), CONTRADICTION),
    Rule("2 a late entity is given half an hour", "ChargerRecord.judged",
         swap("after.says is False", "True"), CONTRADICTION),
    Rule("2 what another entity said is forgotten", "ChargerRecord.looked",
         swap("ChargerRecord(key) if key != self.key else self", "self"), CONTRADICTION),
    Rule("6 no car is told after a day", "NO_CAR_TOLD_AFTER",
         constant("timedelta(hours=23)"), ACCOUNT_STATE),
    Rule("6 plans that cannot be read are told after half an hour", "UNREADABLE_TOLD_AFTER",
         constant("timedelta(minutes=28)"), ACCOUNT_STATE),
    Rule("2 a battery that Octopus drives is told", "account_state._drives_battery",
         result("False"), ACCOUNT_STATE),
    Rule("2 an entity that reports contradict lets nothing go", "decide._viewed",
         swap("Problem.CHARGER_CONTRADICTED not in account.problems", "True"), ("domain/test_idle_car.py",)),
    Rule("2 the quarter of an hour is of the slot", "_idle_since",
         swap("max(slot.start, inputs.car_stopped_at)", "inputs.car_stopped_at"), ("domain/test_idle_car.py",)),
)
# fmt: on
