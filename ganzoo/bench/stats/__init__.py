"""Statistics over seeds: intervals, tests of means, and ranks."""
