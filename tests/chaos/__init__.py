"""The chaos run: random days full of mishaps, through Home Assistant with frozen time (issue 3).

``scripts/chaos --days 300 --seed 1`` plays them. Every day is played in a new house and follows from the seed and its
number alone.

* ``story``: what will happen on a day, written down before it begins: ``octoplan`` its slots, ``weather`` all the rest.
* ``faults``: every kind of mishap, how it is switched on, and how long its effects may last.
* ``computer``: the machine Home Assistant runs on. It boots from its disk, stops, and loses power.
* ``truth``: what really is: the plan, what the owner wants, what is broken.
* ``model``: which reserve is right at a moment, worked out from the truth alone, without a look at the integration.
* ``laws``: what must hold at all times, also in the middle of a mishap.
* ``player``: plays a story and asks model and laws.
"""

# Before anything of Home Assistant: it replaces functions that others take their own references to.
import pytest_homeassistant_custom_component.plugins  # type: ignore[import-untyped]  # noqa: F401
