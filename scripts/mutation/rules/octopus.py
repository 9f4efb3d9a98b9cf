"""Rules of talking to Octopus (design 6)."""

from ..breaking import condition, drop, result
from ..rule import Rule

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
)
# fmt: on
