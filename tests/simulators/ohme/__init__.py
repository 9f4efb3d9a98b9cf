"""Ohme's cloud on 127.0.0.1 with one charger behind it, as far as its client library lets one see it.

In a test::

    async with OhmeSimulator() as ohme:
        ohme.charger.plug_in((at("12:00"), at("13:30")))
        ...                                       # redirect sends what is meant for Ohme here
        ohme.charger.unplug()                     # the slots stay listed, as they do at Ohme
        ohme.fail(503, times=3)

What is known of the cloud comes from the library ``ohme`` (facts/second_round.md 3): one document for the session,
whose ``mode`` says almost everything; slots in quarter hours, past ones too, not cleared when the plug is pulled;
Firebase tokens that live for an hour. Nothing runs in the background: everything follows from the clock.
"""

from .charger import LONGEST_MAX_CHARGE, OhmeCharger, SessionMode
from .redirect import HOSTS, redirect, redirect_for_good
from .server import EMAIL, PASSWORD, OhmeSimulator
from .storage import OHME_ENTRY_ID, add_to_config_dir

__all__ = [
    "EMAIL",
    "HOSTS",
    "LONGEST_MAX_CHARGE",
    "OHME_ENTRY_ID",
    "PASSWORD",
    "OhmeCharger",
    "OhmeSimulator",
    "SessionMode",
    "add_to_config_dir",
    "redirect",
    "redirect_for_good",
]
