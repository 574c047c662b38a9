"""Recipes side by side: two of them, or one and what was played of it."""
