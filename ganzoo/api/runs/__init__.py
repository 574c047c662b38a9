"""Benches and runs, played from a program."""
