"""Sanity of the replayed year: cases small enough to be worked out by hand."""
