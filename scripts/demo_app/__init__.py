"""The demo: boots a real Home Assistant between the two simulators and plays a scenario through it.

``arguments`` reads the command line, ``stories`` are the scenarios, ``london`` moves London's clock where it is night,
``config_dir`` prepares Home Assistant's folder, ``hass_process`` and ``hass_api`` run it and talk to it, ``stage`` puts
all of that together and plays a story, ``narrator`` tells it, ``verdict`` checks it.
"""
