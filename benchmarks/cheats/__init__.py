"""Cheats and mistakes: how the thresholds of the verdicts were fixed, and how many planted ones they catch."""
