"""Rules of the shell: what is on disk before a write, timers, starting and stopping, the driver (design 5)."""

from ..breaking import condition, constant, drop, result, swap
from ..rule import Rule

FAULTS = ("stories/test_fault_house.py",)
DAYS = ("stories/test_day_slot.py", "stories/test_through_a_day.py", "stories/test_moving_plans.py")
ORDERLY = ("stories/test_restart_orderly.py",)
BOOKS_ON_DISK = ("test_books_store.py",)
MONEY_DAYS = ("stories/test_money.py",)

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
    Rule("7 an entity that moves to the battery's device is followed", "_may_be_of_battery",
         condition(True, "entry", "None"), ("powerwall/test_listening.py",)),
    Rule("7 a picked entity is followed when it comes back", "_may_be_of_battery",
         swap("entry.platform == self.binding.kind or entry.id in picked or entity_id in picked",
              "entry.platform == self.binding.kind"), ("powerwall/test_listening.py",)),
    Rule("7 what becomes of other entities is no news of the car", "_is_rename",
         condition(True, "before", "None"), ("stories/test_charger.py",)),
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
    Rule("9.6 a house without a forecast is not asked every minute for ever", "QUICK_TRIES",
         constant("100_000"), ("stories/test_sun_room.py",)),
    Rule("9.1 the rate shown is the one of the whole half hour", "Bookkeeper._rates_now",
         swap("max(band, running.band)", "band"), MONEY_DAYS),
    Rule("9.1 rate and books take a slot as it is billed", "looks._band",
         swap("snapshot.billed_cheap", "snapshot.cheap_rate"), ("domain/test_idle_car.py",)),
    Rule("9.2 what differs from the archive is saved beside it", "BooksStore._payload",
         swap("[row for row in ledger.rows if archive.rows.get(row.start) != row]",
              "[row for row in ledger.rows if row.start not in archive.rows]"), BOOKS_ON_DISK),
    Rule("9.2 days that differ from the archive are saved beside it", "BooksStore._payload",
         swap("archive.days.get(day.date) != day", "day.date not in archive.days"), BOOKS_ON_DISK),
    Rule("9.2 only what has been saved is archived", "BooksStore._async_archive",
         condition(False, "payload", "written"), BOOKS_ON_DISK),
    Rule("9.2 an archive that the disk did not take is none", "BooksStore._async_archive",
         condition(True, "writes"), BOOKS_ON_DISK),
    Rule("9.2 half hours that a set-back clock dropped do not come back", "books_store._read",
         swap("first <= start <= last", "first <= start"), BOOKS_ON_DISK),
    Rule("9.2 two weeks of half hours are written once a day", "MOST_BESIDE",
         constant("10"), BOOKS_ON_DISK),
    Rule("9.2 what was told is saved at once", "Bookkeeper.async_take",
         swap("timedelta() if has_news else HOLD_SAVED_EVERY if is_hold else SAVED_EVERY",
              "HOLD_SAVED_EVERY if is_hold else SAVED_EVERY"), MONEY_DAYS),
    Rule("9.2 a computer that dies forgets an hour of a hold at most", "HOLD_SAVED_EVERY",
         constant("timedelta(hours=3)"), MONEY_DAYS),
    Rule("9.2 a computer that dies forgets four hours at most", "bookkeeper.SAVED_EVERY",
         constant("timedelta(hours=9)"), MONEY_DAYS),
)
# fmt: on
