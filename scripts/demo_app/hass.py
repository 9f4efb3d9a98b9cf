"""Runs ``hass`` for the demo: the simulators' launcher, without Home Assistant's voice and pictures.

They need system libraries that a fresh machine lacks, and complain about it in the log and in the browser.
"""

import sys

import homeassistant.bootstrap as bootstrap  # noqa: PLR0402  # homeassistant comes first: it replaces some libraries

from tests.simulators.tesla.hass_launcher import main

_UNUSED = ("ai_task", "assist_satellite", "camera", "conversation", "image_processing", "stt", "tts", "wake_word")

if __name__ == "__main__":
    bootstrap.DEFAULT_INTEGRATIONS.difference_update(_UNUSED)
    sys.exit(main())
