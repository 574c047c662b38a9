"""Updates of the players' weights."""
