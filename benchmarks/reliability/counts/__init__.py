"""The counts, one module each, found by name."""
