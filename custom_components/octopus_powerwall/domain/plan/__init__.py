"""What Octopus plans: dispatches, slots, and the timeline of holds."""
