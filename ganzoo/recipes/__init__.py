"""Recipes: their fields, files, overrides and search spaces, and the parts that are built from them."""
