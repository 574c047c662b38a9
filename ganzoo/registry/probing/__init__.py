"""Plugins looked at in processes of their own, and what is remembered of them."""
