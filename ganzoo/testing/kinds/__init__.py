"""The checks of each kind of part."""
