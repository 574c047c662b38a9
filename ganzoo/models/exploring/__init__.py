"""A generator on a local page, whose samples torch draws while it is looked at."""

from .server import Explorer

__all__ = ["Explorer"]
