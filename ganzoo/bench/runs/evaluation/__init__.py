"""Evaluation of a run: scores, pictures, the best generator, and both again from a finished run's folder."""
