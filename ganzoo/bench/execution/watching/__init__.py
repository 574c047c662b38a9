"""Runs in which nothing goes on any more."""
