"""Finds and drives the battery through Home Assistant's registries, states and services."""
