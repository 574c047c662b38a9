"""Values that change over a run, as a recipe gives them."""
