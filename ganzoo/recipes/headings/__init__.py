"""Recipes and parts as lists show them, from their source alone."""
