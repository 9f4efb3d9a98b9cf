"""Setting up, changing and repairing an entry, as owners do it in forms."""
