"""The commands that take a trained generator."""
