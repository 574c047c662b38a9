"""Monitoring of a run while it trains: diagnostics of the players, alarms, and trackers."""
