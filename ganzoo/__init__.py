"""ganzoo: a plugin-based GAN zoo with a registry, recipes and a fair benchmark."""

import logging

from .registry.hookspecs import hookimpl

__version__ = "0.1.0"

__all__ = ["__version__", "hookimpl"]

logging.getLogger(__name__).addHandler(logging.NullHandler())  # a library prints nothing that nobody asked for
