"""Rules of ``domain/reserve``: what the battery is told, what is proof, whose hand a reading shows (design 4, 5)."""

from ..breaking import condition, constant, drop, result, swap
from ..rule import Rule

HOLD = ("domain/test_hold.py", "domain/test_decide.py")
MEMORY = ("domain/test_memory.py", "domain/test_hold.py")
RESERVE = ("domain/test_reserve.py",)
WRITING = ("domain/test_writing.py", "domain/test_hold.py")
OBEDIENCE = ("domain/test_obedience.py", "domain/test_hold.py")
QUESTIONS = ("domain/test_questions.py",)
MACHINE = ("domain/test_hold_machine.py",)

# fmt: off
RULES = (
    Rule("4.2 what a battery refuses is not asked of it", "_fit",
         result("reserve_pct"), RESERVE),
    Rule("4.2 the value does not follow the level", "_wanted",
         swap("phase.frozen is None", "True"), HOLD),
    Rule("4.3 a level of 0 is none", "Level.is_sound",
         swap("0 < self.value <= FULL", "0 <= self.value <= FULL"), RESERVE),
    Rule("4.3 a level is good for 10 min", "LEVEL_AGE",
         constant("timedelta(minutes=12)"), RESERVE),
    Rule("4.3 a trusted level is good for 30 min", "TRUSTED_LEVEL_AGE",
         constant("timedelta(minutes=35)"), RESERVE),
    Rule("4.3 an answer to a question of long ago is none", "is_asked",
         swap("2 * ASKED_EVERY", "99 * ASKED_EVERY"), QUESTIONS),
    Rule("4.4 nothing is written if it is high enough", "_choose_for_hold",
         condition(False, "standing", "wanted"), HOLD),
    Rule("5.1 the usual reserve is put back if there is one", "_start_hold",
         swap("found if usual is None else usual", "found"), HOLD),
    Rule("5.1 a baseline of 0 is one", "_start_hold",
         swap("found if usual is None else usual", "found or 20"), HOLD),
    Rule("5.1 a hold inherits an unconfirmed baseline", "_resume_hold",
         result("_start_hold(memory, situation)"), HOLD),
    Rule("5.1 a reserve out of range is not believed", "_decoded_within",
         condition(False, "bound"), ("test_store.py", "domain/test_codec.py")),
    Rule("5.3 a reading of the first minute is no proof", "CONFIRMED_AFTER",
         constant("timedelta(seconds=10)"), WRITING),
    Rule("5.3 sent again only after a fresh reading", "_is_resend_due",
         swap("is_fresh(attempt, situation.reading)", "True"), HOLD),
    Rule("5.3 a late landing is undone", "Memory.watch_over",
         result("None"), MEMORY),
    Rule("5.3 an echo is no proof that 100 became 80", "readings._has_snapped",
         condition(False, "CONFIRMED_AFTER"), HOLD),
    Rule("5.4 80 is ours after 100", "Memory.ours",
         drop("fallbacks"), MEMORY),
    Rule("5.4 the baseline is ours until proof", "Memory.ours",
         condition(False, "claim", "proven"), MEMORY),
    Rule("5.5 one reading is not the owner's will", "_check_for_owner",
         condition(True, "POLL_APART"), HOLD),
    Rule("5.5 the call of another is the owner's will at once", "_check_for_owner",
         condition(False, "_shows_call"), HOLD),
    Rule("5.5 a call is remembered for 5 min", "CALL_REMEMBERED",
         constant("timedelta(minutes=50)"), QUESTIONS),
    Rule("5.5 an override lasts 30 min after the last slot", "SLOTLESS_FOR",
         constant("timedelta(minutes=10)"), HOLD),
    Rule("5.5 an override outlives a late landing", "_check_watch",
         swap("memory.phase if isinstance(memory.phase, Overridden) else None", "None"), HOLD),
    Rule("5.5 without a slot an override ends with its hold", "slot_seen_at",
         swap("self.demand.slot_ended_at or self.now - SLOTLESS_FOR", "self.now"), ("domain/test_decide.py",)),
    Rule("5.6 a battery that ignores its reserve is told once more", "reach_verdict",
         condition(False, "patience"), OBEDIENCE),
    Rule("5.6 told once at one instant", "_is_resend_due",
         condition(True, "sent_at", "now"), HOLD),
    Rule("5.6 the owner is told once", "hold._tell",
         swap("disobeys and not was.not_obeying", "False"), HOLD),
    Rule("5.7 a restore is tried without end", "resend_due",
         condition(True, "endless"), HOLD),
    Rule("5.7 switched off, the reserve goes back", "Situation.due",
         swap("self.settings.automation and self.demand.due", "self.demand.due"), HOLD),
    Rule("5.8 nothing is written while blocked", "_obstacle_to_write",
         condition(False, "block", "None"), HOLD),
    Rule("5.8 backup mode stops a start", "obstacle_to_start",
         condition(False, "backup_mode"), HOLD),
    Rule("5.8 an unavailable number is never written", "_obstacle_to_write",
         condition(False, "value", "None"), HOLD),
    Rule("5.10 a write under way at a crash is of unknown outcome", "recover",
         result("replace(memory, senses=Senses())"), MEMORY),
    Rule("5.11 a dry run writes nothing", "_choose_for_hold",
         condition(False, "dry_run"), HOLD),
    Rule("2 only a slot that began certain is so for longer", "_continue_hold",
         swap("situation.demand.in_slot", "True"), ("domain/test_decide.py",)),
    Rule("3.8 nothing that happened lies ahead of a clock set back", "move_into_past",
         result("memory"), MACHINE),
)
# fmt: on
