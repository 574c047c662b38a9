"""Samples that a generator drew, and the files that they are saved as."""
