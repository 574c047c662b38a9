"""Suites: files that name several benches."""
