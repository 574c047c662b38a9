"""Trials of recipes and of parts, before a bench begins."""
