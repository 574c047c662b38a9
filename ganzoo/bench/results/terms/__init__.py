"""The terms of a bench: its settings, and the types of their values."""
