"""Profiles of a training step: time, memory and arithmetic."""
