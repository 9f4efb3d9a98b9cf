"""Rules of talking to Octopus (design 6)."""

from ..breaking import condition, drop, result, swap
from ..rule import Rule

HALF_ANSWERS = ("octopus/test_half_answers.py",)
SHARED = ("stories/test_through_a_day.py", "stories/test_devices.py", "test_frugality.py")

# fmt: off
RULES = (
    Rule("6 leaves Octopus alone when told so", "AccountPoller._failed",
         drop("limited_until"), ("stories/test_fault_octopus.py",)),
    Rule("6 entries on one account share a poll", "async_get_poller",
         condition(True, "key", "pollers"), SHARED),
    Rule("6 never more than 4 polls a minute", "AccountPoller._may_ask",
         condition(False, "MOST_POLLS_A_MINUTE"), ("test_accounts.py",)),
    Rule("6 HTTP only to this machine", "transport._is_loopback",
         result("True"), ("octopus/test_transport.py",)),
    Rule("6 no answer of more than 1,000 rows", "_refuse_too_many_rows",
         result("None"), ("octopus/test_transport.py",)),
    Rule("6 plans count although the list of devices is refused", "_has_plans",
         result("False"), HALF_ANSWERS),
    Rule("6 devices known from before stand in for a list that is not read", "OctopusClient._with_unread",
         result("listed"), HALF_ANSWERS),
    Rule("6 a token service that is useless is left alone for a while", "TokenSource._is_pausing",
         result("False"), HALF_ANSWERS),
    Rule("6 after a limit plans are asked for one by one", "OctopusClient._most_plans",
         result("PLANS_A_MINUTE"), HALF_ANSWERS),
    Rule("6 a field that left the schema is left out", "OmittedFields.names",
         result("frozenset()"), ("octopus/test_schema_changes.py",)),
    Rule("2 an export product is never the import tariff", "octopus.agreements._is_export",
         result("False"), ("octopus/test_agreements.py",)),
    Rule("2 a home that was left buys nothing", "octopus.agreements.read_homes",
         swap("(left_at is None or left_at > now)", "True"), ("octopus/test_agreements.py", "flows/test_home.py")),
    Rule("6 text from Octopus is plain text", "texts.plain_text",
         result("text"), ("flows/test_account_notes.py",)),
    Rule("7 the battery's own entities show no car", "flows.charger._of_battery",
         result("set()"), ("flows/test_charger.py",)),
    Rule("7 the options keep the home", "OctopusPowerwallOptionsFlow.async_step_init",
         swap("(CONF_GUARD_ADVICE_DECLINED, CONF_HOME)", "(CONF_GUARD_ADVICE_DECLINED,)"), ("flows/test_home.py",)),
)
# fmt: on
