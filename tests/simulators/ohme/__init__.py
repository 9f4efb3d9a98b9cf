"""Ohme's cloud on 127.0.0.1 with one charger behind it, as far as its client library lets one see it.

In a test::

    async with OhmeSimulator() as ohme:
        ohme.charger.plug_in((at("12:00"), at("13:30")))
        ...                                       # redirected(ohme.url) sends Home Assistant's own ohme here
        ohme.charger.unplug()                     # the slots stay listed, as they do at Ohme
        ohme.fail(503, times=3)

What is known of the cloud comes from the library ``ohme`` (facts/second_round.md 3): one document for the session,
whose ``mode`` says almost everything; slots in quarter hours, past ones too, not cleared when the plug is pulled;
Firebase tokens that live for an hour. Nothing runs in the background: everything follows from the clock.
"""

from .charger import LONGEST_MAX_CHARGE, OhmeCharger, SessionMode
from .redirect import HOSTS, redirect, redirected
from .server import EMAIL, PASSWORD, OhmeSimulator

__all__ = [
    "EMAIL",
    "HOSTS",
    "LONGEST_MAX_CHARGE",
    "PASSWORD",
    "OhmeCharger",
    "OhmeSimulator",
    "SessionMode",
    "redirect",
    "redirected",
]
