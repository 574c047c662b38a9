"""Speedruns: the time of training until a recipe's samples first meet a track's goals, tried by fixed rules."""
