"""Rules of ``domain/reserve``: what the battery is told, what is proof, whose hand a reading shows (design 4, 5)."""

from ..rule import Rule

RULES: tuple[Rule, ...] = ()
