"""The audit of runs: whether what they say of themselves is what they left, and what their generators still do."""
