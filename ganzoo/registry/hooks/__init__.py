"""The hooks of plugins, and what a plugin offers by them."""
