"""Samples drawn from a generator: by latents and conditions, and on the way between two."""
