"""The schema of a recipe: its fields, and what they refuse."""
