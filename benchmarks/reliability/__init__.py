"""Counts of what the project withstands: kills, damage, full disks, bad plugins, hostile input."""
