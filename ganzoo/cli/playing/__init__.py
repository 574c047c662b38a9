"""The commands that play recipes."""
