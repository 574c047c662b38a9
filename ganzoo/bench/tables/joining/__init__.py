"""Benches joined into one table, where their terms allow it."""
