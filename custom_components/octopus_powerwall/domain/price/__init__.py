"""How cheap power is now: tariffs, allowance, evidence, certainty."""
