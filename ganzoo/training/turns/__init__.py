"""The turns of a game: what they are dealt, and the terms that they ask."""
