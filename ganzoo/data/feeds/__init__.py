"""Feeds of real batches, and their way to the device."""
