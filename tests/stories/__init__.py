"""Whole days through Home Assistant, with frozen time, the real tesla_fleet component and both simulators."""
