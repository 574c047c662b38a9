"""Benchmarks and counts, each a command: README.md has them. A package, so that no other of the name is found first."""
