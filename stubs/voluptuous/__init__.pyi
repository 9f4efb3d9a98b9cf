# Home Assistant aliases voluptuous to probatio at import: type checkers must see the same.
from probatio import *  # noqa: F403
