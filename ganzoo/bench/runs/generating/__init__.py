"""Samples of a run's generator: with the run's data, for chosen rows and conditions."""
