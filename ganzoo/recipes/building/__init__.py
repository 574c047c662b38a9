"""The parts of a recipe, built and fitted to each other."""
