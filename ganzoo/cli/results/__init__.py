"""The commands that read, compare and test results."""
