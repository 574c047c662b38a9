"""The commands that list recipes and parts, and show one."""
