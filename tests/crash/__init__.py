"""Real crashes: a real Home Assistant process, killed at any moment of a hold, and the reserve that it ends with."""
