"""Committed tries of the speedrun, and what is made of them."""
