"""The rules that are broken on purpose, by room. To add one, add two lines to the list of its room."""

from ..rule import Rule
from . import octopus, plan, price, reserve, runtime

RULES: tuple[Rule, ...] = (*plan.RULES, *price.RULES, *reserve.RULES, *runtime.RULES, *octopus.RULES)
