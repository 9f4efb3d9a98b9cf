"""Rules of the shell: what is on disk before a write, timers, starting and stopping, the driver (design 5)."""

from ..breaking import condition, constant, drop, result, swap
from ..rule import Rule

FAULTS = ("stories/test_fault_house.py",)
DAYS = ("stories/test_day_slot.py", "stories/test_through_a_day.py", "stories/test_moving_plans.py")
ORDERLY = ("stories/test_restart_orderly.py",)

# fmt: off
RULES = (
    Rule("5.1 no number that is none comes from the disk", "_decoded_plain",
         condition(False, "isfinite"), ("domain/test_codec.py",)),
    Rule("5.1 whatever breaks in saving, it is not saved", "EntryStore.async_save",
         swap("Exception", "KeyError"), ("test_store.py",)),
    Rule("5.1 on disk before the first write", "DecisionLoop._async_write",
         drop("async_save"), ("stories/test_restart_crash.py", *FAULTS)),
    Rule("5.1 nothing is raised that is not saved", "DecisionLoop._async_write",
         drop("_not_saved"), FAULTS),
    Rule("5.2 exact edges", "DecisionLoop._arm",
         condition(False, "wake_at", "None"), ("stories/test_day_slot.py", "stories/test_slots.py")),
    Rule("5.2 polls with every entity disabled", "Controller.async_start",
         drop("coordinator", "async_add_listener"), DAYS),
    Rule("5.3 a write has a timeout of its own", "WRITE_TIMEOUT_S",
         constant("36000"), ("stories/test_fault_writes.py",)),
    Rule("5.5 choosing in the select ends an override", "Controller.async_set_mode",
         drop("_end_override"), ("stories/test_owner.py",)),
    Rule("5.5 the own call is not another's", "PowerwallDriver._value_set",
         condition(False, "_own_calls"), ("powerwall/test_listening.py",)),
    Rule("5.7 a disabled entry puts the reserve back", "async_unload_entry",
         condition(False, "disabled_by"), ORDERLY),
    Rule("5.7 a stop for good puts the reserve back", "Controller.async_leave",
         condition(False, "for_good"), ORDERLY),
    Rule("5.7 a restart keeps the hold", "async_setup_entry.stop",
         swap("hass.exit_code != RESTART_EXIT_CODE", "True"), ORDERLY),
    Rule("5.10 the battery does not wait for Octopus", "_async_ask_octopus",
         condition(False, "Idle"), (*ORDERLY, "stories/test_restart_crash.py")),
    Rule("7 times that move with every poll stay out of the activity", "_out_of_activity",
         result("{}"), ("test_logbook.py",)),
    Rule("7 the charge target is one that a Tesla takes", "Controller.async_set_charge_target",
         condition(False, "accepts"), ("test_entities.py",)),
)
# fmt: on
