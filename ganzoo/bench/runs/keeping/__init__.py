"""The state that a run keeps to go on from."""
