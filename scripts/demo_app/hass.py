"""Runs ``hass`` for the demo: the simulators' launcher, without Home Assistant's voice and pictures.

They need system libraries and a compiler that a fresh machine lacks, and complain about it in log and browser.
"""

from importlib.util import find_spec
import sys
from types import ModuleType

import homeassistant.bootstrap as bootstrap  # noqa: PLR0402  # homeassistant comes first: it replaces some libraries

from tests.simulators.tesla.hass_launcher import main

_UNUSED = (
    *("ai_task", "assist_satellite", "camera", "conversation", "image_processing"),
    *("infrared", "radio_frequency", "stt", "tts", "wake_word"),
)
# Imported, never used, where the browser asks for the list of all actions.
_VOICE = {"pymicro_vad": "MicroVad", "pyspeex_noise": "AudioProcessor"}


def _go_without_voice() -> None:
    bootstrap.DEFAULT_INTEGRATIONS.difference_update(_UNUSED)
    for name, wanted in _VOICE.items():
        if find_spec(name) is None:
            sys.modules[name] = ModuleType(name)
            setattr(sys.modules[name], wanted, object)


if __name__ == "__main__":
    _go_without_voice()
    sys.exit(main())
