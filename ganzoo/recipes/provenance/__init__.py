"""The parts that a recipe uses: their revisions, and where they come from."""
