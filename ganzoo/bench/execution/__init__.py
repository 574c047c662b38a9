"""The processes that play runs."""
