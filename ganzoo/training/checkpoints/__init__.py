"""Checkpoints: the state of a game, kept and gone on from."""
