"""The checks of whole games, played for a few steps."""
