"""The commands that test this installation."""
